/* Servers of the benchmarks: jobs of a partner (partner.h). */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#define PARTNER_SERVE "serve"

#define PARTNER_GATE "gate"

_Noreturn void own_gate(void);
_Noreturn void serve_short_messages(void);

#endif
