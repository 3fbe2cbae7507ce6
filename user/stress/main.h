/* What main.c and crowd.c have for the others. */
#ifndef STRESS_MAIN_H
#define STRESS_MAIN_H

#include "stress.h"

/* Everything that the masters make is charged to this pool. */
handle_t main_pool(void);

/* The segment that all processes have at home. */
handle_t main_board(void);

/* CPUs that are used: as many as a process has threads. */
uint64_t main_cpus(void);

/* The process number `process` of those that are killed: 1 and more. */
handle_t main_child(uint64_t process);

#endif
