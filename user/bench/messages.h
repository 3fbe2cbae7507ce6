/* Servers of the benchmarks: jobs of a partner (partner.h). */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#define PARTNER_SERVE "serve"

_Noreturn void serve_short_messages(void);

#endif
