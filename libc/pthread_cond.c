/*
 * Condition variables. Threads wait at a number that grows with each signal: who has read it, and
 * unlocked the mutex, does not fall asleep if there was a signal in between.
 *
 * Whoever signals while it owns the mutex wakes nobody, who could only wait again, but lets the
 * waiters wait for the mutex (futex_requeue): each then is woken by the one who unlocks it.
 */
#include <errno.h>

#include "pthread_internal.h"

/* --- waiting ---------------------------------------------------------------------------------- */

static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline)
{
    unsigned int depth = mutex->__depth;
    if (mutex->__kind != PTHREAD_MUTEX_NORMAL && !mutex_is_mine(mutex))
        return EPERM;
    uint64_t sequence = __atomic_load_n(&cond->__sequence, __ATOMIC_SEQ_CST);
    __atomic_store_n(&cond->__mutex, mutex, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&cond->__nwaiters, 1, __ATOMIC_SEQ_CST);
    mutex->__depth = 0;
    mutex_release(mutex);
    int64_t status = futex_wait(&cond->__sequence, sequence, deadline);
    __atomic_fetch_sub(&cond->__nwaiters, 1, __ATOMIC_SEQ_CST);
    /* A signal may have been this thread's: then it must not be lost to the others. */
    if (status == STATUS_TIMED_OUT &&
        __atomic_load_n(&cond->__sequence, __ATOMIC_SEQ_CST) != sequence)
        status = STATUS_OK;
    /* Others may have been moved to the mutex with this one. */
    int error = mutex_take(mutex, FUTEX_FOREVER, FUTEX_WAITERS);
    if (error == 0)
        mutex->__depth = depth;
    return error != 0 ? error : wait_error(status);
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    return wait_until(cond, mutex, FUTEX_FOREVER);
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *time)
{
    uint64_t deadline;
    int error = deadline_of(time, &deadline);
    return error != 0 ? error : wait_until(cond, mutex, deadline);
}

/* --- signals ---------------------------------------------------------------------------------- */

/* Lets up to `count` wait for the mutex, which the calling thread owns, and will wake them when it
 * unlocks it. Those who are left are to be woken: returns how many at most. */
static uint64_t move_some(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t count)
{
    uint64_t flags = (mutex->__kind & MUTEX_ROBUST) != 0 ? FUTEX_OWNED : 0;
    __atomic_fetch_or(&mutex->__word, FUTEX_WAITERS, __ATOMIC_SEQ_CST);
    while (count > 0) {
        uint64_t sequence = __atomic_load_n(&cond->__sequence, __ATOMIC_SEQ_CST);
        uint64_t wanted = count < FUTEX_REQUEUE_MAX ? count : FUTEX_REQUEUE_MAX;
        int64_t moved =
            futex_requeue(&cond->__sequence, &mutex->__word, sequence, 0, wanted, flags);
        if (moved == STATUS_CHANGED)
            continue;
        if (moved < 0)
            return count;
        if ((uint64_t)moved < wanted)
            return 0;
        count -= wanted;
    }
    return 0;
}

static int signal_some(pthread_cond_t *cond, uint64_t count)
{
    if (__atomic_load_n(&cond->__nwaiters, __ATOMIC_SEQ_CST) == 0)
        return 0;
    __atomic_fetch_add(&cond->__sequence, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_t *mutex = __atomic_load_n(&cond->__mutex, __ATOMIC_SEQ_CST);
    if (mutex != NULL && mutex_is_mine(mutex))
        count = move_some(cond, mutex, count);
    if (count > 0)
        futex_wake(&cond->__sequence, count);
    return 0;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    return signal_some(cond, 1);
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    return signal_some(cond, INT64_MAX);
}

/* --- life ------------------------------------------------------------------------------------- */

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
    (void)attr; /* both clocks are one */
    *cond = (pthread_cond_t){0};
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    return __atomic_load_n(&cond->__nwaiters, __ATOMIC_SEQ_CST) == 0 ? 0 : EBUSY;
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
    *attr = (pthread_condattr_t){.__clock = CLOCK_REALTIME};
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attr->__clock = (int)clock;
    return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *attr, clockid_t *clock)
{
    *clock = (clockid_t)attr->__clock;
    return 0;
}
