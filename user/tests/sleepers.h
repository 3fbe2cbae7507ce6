/*
 * Workers that wait at futexes: what the tests of futexes share.
 */
#ifndef TESTS_SLEEPERS_H
#define TESTS_SLEEPERS_H

#include <vasco/futex.h>

#include "test.h"
#include "worker.h"

#define NSLEEPERS WORKERS

extern struct worker sleepers[NSLEEPERS];

/* Starts worker `i`, of a higher priority, at a futex whose word is as it is: when this returns, it
 * waits. `flags` as for sys_futex_wait. */
bool sleeper_start(size_t i, volatile uint64_t *word, uint64_t flags);

/* The same, in a view. */
bool sleeper_start_in(size_t i, handle_t view, volatile uint64_t *word);

bool sleeper_waits(size_t i);

/* It has ended with this result; drops it. */
void sleeper_check_end(size_t i, int64_t result);

/* Starts worker `i` with nothing to do but to wait for its end. Returns its id, for words that it
 * owns. */
uint64_t sleeper_own(size_t i);

/* Ends it. */
void sleeper_destroy(size_t i);

/* Waits for what others bring about, five seconds at most. */
#define check_woken(x)                                                                             \
    do {                                                                                           \
        for (int turn_ = 0; turn_ < 5000 && !(x); turn_++)                                         \
            sys_thread_sleep(MILLISECOND);                                                         \
        check(x);                                                                                  \
    } while (0)

#endif
