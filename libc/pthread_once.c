/* Once: the first thread runs the routine, the others wait until it has. */
#include "pthread_internal.h"

/* What the state is. */
#define NEW 0
#define RUNS 1
#define RUNS_AND_OTHERS_WAIT 2
#define DONE 3

static void run(pthread_once_t *once, void (*routine)(void))
{
    routine();
    if (__atomic_exchange_n(&once->__state, DONE, __ATOMIC_SEQ_CST) == RUNS_AND_OTHERS_WAIT)
        futex_wake(&once->__state, INT64_MAX);
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
    if (word_change(&once->__state, NEW, RUNS))
        run(once, routine);
    while (__atomic_load_n(&once->__state, __ATOMIC_ACQUIRE) != DONE) {
        word_change(&once->__state, RUNS, RUNS_AND_OTHERS_WAIT);
        futex_wait(&once->__state, RUNS_AND_OTHERS_WAIT, FUTEX_FOREVER);
    }
    return 0;
}
