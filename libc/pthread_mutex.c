/*
 * Mutexes. The word says all:
 *
 *     0                                free
 *     the owner's id                   locked, and nobody waits
 *     the owner's id | FUTEX_WAITERS   locked, and somebody may wait
 *     ... | FUTEX_OWNER_DIED           robust: an owner before this one ended; see below
 *     FUTEX_OWNER_DIED                 robust: not recoverable
 *
 * Whoever has waited takes it with FUTEX_WAITERS, since others may be behind; whoever unlocks it
 * with that bit wakes the first. In between anybody may take it, so that nobody who runs has to
 * wait for one who does not.
 *
 * Those who wait for a robust one wait for its owner's end as well, of which the kernel tells them.
 * They are also told when one ends that was woken and has not taken it; so each looks at the word
 * again, and asks about the owner that it has then. Whoever finds it ended takes the mutex over,
 * with FUTEX_OWNER_DIED; that goes by pthread_mutex_consistent, or it stays behind when the mutex
 * is unlocked.
 */
#include <errno.h>
#include <limits.h>

#include "pthread_internal.h"

#define TYPE(mutex) ((mutex)->__kind & 3)
#define UNRECOVERABLE FUTEX_OWNER_DIED

static bool is_robust(const pthread_mutex_t *mutex)
{
    return (mutex->__kind & MUTEX_ROBUST) != 0;
}

static bool is_unrecoverable(const pthread_mutex_t *mutex, uint64_t word)
{
    return is_robust(mutex) && (word & ~FUTEX_WAITERS) == UNRECOVERABLE;
}

/* --- locking ---------------------------------------------------------------------------------- */

/* Takes it over if the owner that the word names has ended; what is new in its word then. */
static bool take_over(pthread_mutex_t *mutex, uint64_t word)
{
    uint64_t waiters = word & FUTEX_WAITERS;
    if (sys_futex_wait((uintptr_t)&mutex->__word, word, 0, FUTEX_OWNED) != STATUS_ENDED ||
        !word_change(&mutex->__word, word, thread_id() | waiters | FUTEX_OWNER_DIED))
        return false;
    mutex->__depth = 0;
    return true;
}

int mutex_take(pthread_mutex_t *mutex, uint64_t deadline, uint64_t waiters)
{
    const uint64_t self = thread_id();
    for (;;) {
        uint64_t word = word_load(&mutex->__word);
        if (word == 0) {
            if (word_change(&mutex->__word, 0, self | waiters))
                return 0;
            continue;
        }
        if (is_unrecoverable(mutex, word))
            return ENOTRECOVERABLE;
        if ((word & FUTEX_WAITERS) == 0 && !word_change(&mutex->__word, word, word | FUTEX_WAITERS))
            continue;
        word |= FUTEX_WAITERS;
        bool watches = is_robust(mutex) && (word & FUTEX_OWNER_MASK) != self;
        int64_t status =
            sys_futex_wait((uintptr_t)&mutex->__word, word, deadline, watches ? FUTEX_OWNED : 0);
        waiters = FUTEX_WAITERS;
        if (status == STATUS_ENDED && take_over(mutex, word))
            return EOWNERDEAD;
        int error = wait_error(status);
        if (error != 0)
            return error;
    }
}

/* The mutex is the calling thread's already; `otherwise` if that is no error by its type. */
static int lock_again(pthread_mutex_t *mutex, int otherwise)
{
    if (TYPE(mutex) == PTHREAD_MUTEX_ERRORCHECK && otherwise != EBUSY)
        return EDEADLK;
    if (TYPE(mutex) != PTHREAD_MUTEX_RECURSIVE)
        return otherwise;
    if (mutex->__depth == UINT_MAX)
        return EAGAIN;
    mutex->__depth++;
    return 0;
}

/* A normal one that is locked twice is waited for in vain, as the standard wants it. */
static int lock_until(pthread_mutex_t *mutex, uint64_t deadline)
{
    if (mutex_is_mine(mutex)) {
        int error = lock_again(mutex, -1);
        if (error >= 0)
            return error;
    }
    return mutex_take(mutex, deadline, 0);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (__builtin_expect(word_change(&mutex->__word, 0, thread_id()), 1))
        return 0;
    return lock_until(mutex, FUTEX_FOREVER);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time)
{
    uint64_t deadline;
    if (word_change(&mutex->__word, 0, thread_id()))
        return 0;
    int error = deadline_of(time, &deadline);
    return error != 0 ? error : lock_until(mutex, deadline);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (word_change(&mutex->__word, 0, thread_id()))
        return 0;
    uint64_t word = word_load(&mutex->__word);
    if (mutex_is_mine(mutex))
        return lock_again(mutex, EBUSY);
    if (is_unrecoverable(mutex, word))
        return ENOTRECOVERABLE;
    return is_robust(mutex) && word != 0 && take_over(mutex, word) ? EOWNERDEAD : EBUSY;
}

/* --- unlocking -------------------------------------------------------------------------------- */

void mutex_release(pthread_mutex_t *mutex)
{
    uint64_t left = 0, count = 1;
    if (is_robust(mutex) && (word_load(&mutex->__word) & FUTEX_OWNER_DIED) != 0) {
        left = UNRECOVERABLE;
        count = INT64_MAX; /* all learn of it */
    }
    uint64_t word = __atomic_exchange_n(&mutex->__word, left, __ATOMIC_SEQ_CST);
    if ((word & FUTEX_WAITERS) != 0)
        futex_wake(&mutex->__word, count);
}

static int unlock_checked(pthread_mutex_t *mutex)
{
    if (!mutex_is_mine(mutex))
        return EPERM;
    if (mutex->__depth > 0)
        mutex->__depth--;
    else
        mutex_release(mutex);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->__kind != PTHREAD_MUTEX_NORMAL)
        return unlock_checked(mutex);
    uint64_t word = __atomic_exchange_n(&mutex->__word, 0, __ATOMIC_SEQ_CST);
    if (__builtin_expect((word & FUTEX_WAITERS) != 0, 0))
        futex_wake(&mutex->__word, 1);
    return 0;
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    if (!is_robust(mutex) || !mutex_is_mine(mutex) ||
        (word_load(&mutex->__word) & FUTEX_OWNER_DIED) == 0)
        return EINVAL;
    __atomic_fetch_and(&mutex->__word, ~FUTEX_OWNER_DIED, __ATOMIC_SEQ_CST);
    return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
    *mutex = (pthread_mutex_t){.__kind = attr != NULL ? attr->__kind : PTHREAD_MUTEX_DEFAULT};
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    uint64_t word = word_load(&mutex->__word);
    return word == 0 || is_unrecoverable(mutex, word) ? 0 : EBUSY;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
    *attr = (pthread_mutexattr_t){.__kind = PTHREAD_MUTEX_DEFAULT};
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attr->__kind = (attr->__kind & MUTEX_ROBUST) | (unsigned int)type;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type)
{
    *type = (int)TYPE(attr);
    return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attr, int robust)
{
    if (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST)
        return EINVAL;
    attr->__kind = TYPE(attr) | (robust == PTHREAD_MUTEX_ROBUST ? MUTEX_ROBUST : 0);
    return 0;
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *attr, int *robust)
{
    *robust = (attr->__kind & MUTEX_ROBUST) != 0 ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED;
    return 0;
}
