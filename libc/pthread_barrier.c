/*
 * Barriers. Each thread that comes draws a number, which says in which round it is and whether it
 * completes it; so threads of the next round can come while those of the last are still waking.
 */
#include <errno.h>

#include "pthread_internal.h"

int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attr,
                         unsigned int count)
{
    (void)attr;
    if (count == 0)
        return EINVAL;
    *barrier = (pthread_barrier_t){.__count = count};
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    return word_load(&barrier->__arrived) % barrier->__count == 0 ? 0 : EBUSY;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    uint64_t number = __atomic_fetch_add(&barrier->__arrived, 1, __ATOMIC_SEQ_CST);
    uint64_t round = number / barrier->__count;
    if ((number + 1) % barrier->__count == 0) {
        __atomic_fetch_add(&barrier->__rounds, 1, __ATOMIC_SEQ_CST);
        futex_wake(&barrier->__rounds, INT64_MAX);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    uint64_t complete;
    while ((complete = __atomic_load_n(&barrier->__rounds, __ATOMIC_SEQ_CST)) <= round) {
        int error = wait_error(futex_wait(&barrier->__rounds, complete, FUTEX_FOREVER));
        if (error != 0)
            return error;
    }
    return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
    *attr = (pthread_barrierattr_t){0};
    return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
    (void)attr;
    return 0;
}
