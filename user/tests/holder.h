/*
 * Processes of this program that lock a robust mutex in a segment which all of them have, and are
 * killed meanwhile.
 *
 *     tests holder stays      locks it, and keeps it
 *     tests holder works      locks and unlocks it again and again, changing what it guards
 */
#ifndef TESTS_HOLDER_H
#define TESTS_HOLDER_H

#include <pthread.h>

#include "kit.h"

#define HOLDER_BASE 0x20000000 /* near the program: a new table would stay */

struct holder_stage {
    pthread_mutex_t mutex;
    uint64_t held;        /* one stays */
    uint64_t guarded[2];  /* equal, if nobody is inside */
    uint64_t nvisits;     /* that came to their end */
    uint64_t ntaken_over; /* from a holder that was killed; */
    uint64_t ntorn;       /* in the middle */
    uint64_t wrong;
};

static inline struct holder_stage *holder_stage(void)
{
    return (struct holder_stage *)(uintptr_t)HOLDER_BASE;
}

/* One visit; whoever finds that the last holder was killed puts things in order. */
void holder_visit(struct holder_stage *stage);

int holder_main(const char *what);

#endif
