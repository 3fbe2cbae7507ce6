/*
 * Read-write locks. The word counts the readers, or says that a writer is inside, and that somebody
 * waits. Nobody comes in while somebody waits, so that readers do not keep writers out for ever;
 * when the lock is free, all who wait are woken and try again.
 */
#include <errno.h>

#include "pthread_internal.h"

#define WRITER ((uint64_t)1 << 62)
#define WAITERS ((uint64_t)1 << 63)

/* What the word becomes for one more; 0 if he has to wait. */
static uint64_t entered(uint64_t word, bool writes)
{
    if (writes)
        return word == 0 ? WRITER : 0;
    return (word & (WRITER | WAITERS)) == 0 ? word + 1 : 0;
}

static int lock_until(pthread_rwlock_t *lock, bool writes, uint64_t deadline)
{
    for (;;) {
        uint64_t word = word_load(&lock->__word);
        uint64_t next = entered(word, writes);
        if (next != 0) {
            if (word_change(&lock->__word, word, next))
                return 0;
            continue;
        }
        if ((word & WAITERS) == 0 && !word_change(&lock->__word, word, word | WAITERS))
            continue;
        int error = wait_error(futex_wait(&lock->__word, word | WAITERS, deadline));
        if (error != 0)
            return error;
    }
}

static int try_lock(pthread_rwlock_t *lock, bool writes)
{
    uint64_t word, next;
    do {
        word = word_load(&lock->__word);
        next = entered(word, writes);
        if (next == 0)
            return EBUSY;
    } while (!word_change(&lock->__word, word, next));
    return 0;
}

static int timed_lock(pthread_rwlock_t *lock, bool writes, const struct timespec *time)
{
    uint64_t deadline;
    if (try_lock(lock, writes) == 0)
        return 0;
    int error = deadline_of(time, &deadline);
    return error != 0 ? error : lock_until(lock, writes, deadline);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return lock_until(lock, false, FUTEX_FOREVER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    return try_lock(lock, false);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    return timed_lock(lock, false, time);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return lock_until(lock, true, FUTEX_FOREVER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    return try_lock(lock, true);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    return timed_lock(lock, true, time);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    uint64_t word, left;
    do {
        word = word_load(&lock->__word);
        if ((word & ~WAITERS) == 0)
            return EPERM;
        left = (word & WRITER) != 0 || (word & ~WAITERS) == 1 ? 0 : word - 1;
    } while (!word_change(&lock->__word, word, left));
    if (left == 0 && (word & WAITERS) != 0)
        futex_wake(&lock->__word, INT64_MAX);
    return 0;
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr)
{
    (void)attr;
    *lock = (pthread_rwlock_t){0};
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return word_load(&lock->__word) == 0 ? 0 : EBUSY;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
    *attr = (pthread_rwlockattr_t){0};
    return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
    (void)attr;
    return 0;
}
