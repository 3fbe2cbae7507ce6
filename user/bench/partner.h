/* The other side of a process switch: this program in another process, which only yields. */
#ifndef BENCH_PARTNER_H
#define BENCH_PARTNER_H

/* The argument that makes the program one. */
#define PARTNER "partner"

/* Yields until the process is destroyed. */
_Noreturn void partner_main(void);

#endif
