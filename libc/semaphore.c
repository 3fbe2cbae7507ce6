/*
 * Semaphores. Value and number of waiters are one word, so that whoever posts learns in the same
 * moment whether to wake: afterwards the semaphore may be gone.
 */
#include <errno.h>
#include <semaphore.h>

#include "pthread_internal.h"

#define VALUE_MASK UINT64_C(0xffffffff)
#define WAITER ((uint64_t)1 << 32)

static int fail_with(int error)
{
    errno = error;
    return -1;
}

int sem_init(sem_t *sem, int shared, unsigned int value)
{
    (void)shared;
    if (value > SEM_VALUE_MAX)
        return fail_with(EINVAL);
    *sem = (sem_t){value};
    return 0;
}

int sem_destroy(sem_t *sem)
{
    return word_load(&sem->__word) < WAITER ? 0 : fail_with(EBUSY);
}

/* Takes one if there is one, and is then no waiter any more (`waits`: WAITER) if it was. */
static bool try_take(sem_t *sem, uint64_t waits)
{
    uint64_t word = word_load(&sem->__word);
    while ((word & VALUE_MASK) != 0) {
        if (word_change(&sem->__word, word, word - 1 - waits))
            return true;
        word = word_load(&sem->__word);
    }
    return false;
}

static int take_until(sem_t *sem, uint64_t deadline)
{
    __atomic_fetch_add(&sem->__word, WAITER, __ATOMIC_SEQ_CST);
    while (!try_take(sem, WAITER)) {
        uint64_t word = word_load(&sem->__word);
        if ((word & VALUE_MASK) != 0)
            continue;
        int error = wait_error(futex_wait(&sem->__word, word, deadline));
        if (error != 0) {
            __atomic_fetch_sub(&sem->__word, WAITER, __ATOMIC_SEQ_CST);
            return fail_with(error);
        }
    }
    return 0;
}

int sem_trywait(sem_t *sem)
{
    return try_take(sem, 0) ? 0 : fail_with(EAGAIN);
}

int sem_wait(sem_t *sem)
{
    return try_take(sem, 0) ? 0 : take_until(sem, FUTEX_FOREVER);
}

int sem_timedwait(sem_t *sem, const struct timespec *time)
{
    uint64_t deadline;
    if (try_take(sem, 0))
        return 0;
    int error = deadline_of(time, &deadline);
    return error != 0 ? fail_with(error) : take_until(sem, deadline);
}

int sem_post(sem_t *sem)
{
    uint64_t word = word_load(&sem->__word);
    do {
        if ((word & VALUE_MASK) == SEM_VALUE_MAX)
            return fail_with(EOVERFLOW);
    } while (!__atomic_compare_exchange_n(&sem->__word, &word, word + 1, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
    if (word >= WAITER)
        futex_wake(&sem->__word, 1);
    return 0;
}

int sem_getvalue(sem_t *sem, int *value)
{
    *value = (int)(word_load(&sem->__word) & VALUE_MASK);
    return 0;
}
