/*
 * POSIX threads, on futexes (vasco/futex.h): as the standard has them, but for what is named here.
 * It takes the place of newlib's header of this name.
 *
 * A mutex that is free is locked, and one for which nobody waits unlocked, without a system call.
 * Whatever lies in a segment works between all processes that have the segment. Only a robust mutex
 * notices that its owner has ended. Results are 0 or the number of an error, where nothing else is
 * said.
 *
 * Both clocks count from boot (clock_nanoseconds), so they are one. Not there: cancellation,
 * clean-up handlers, signals, scheduling policies. Of a thread's priority says
 * pthread_attr_setschedparam: 0 to 31, and without it that of its maker. There are at most
 * THREADS_STARTED_MAX threads (vasco/thread.h) at a time; the memory of a detached one comes back
 * when another is created.
 */
#ifndef LIBC_PTHREAD_H
#define LIBC_PTHREAD_H

#include <sched.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC ((clockid_t)4)
#endif

/* --- threads -------------------------------------------------------------------------------- */

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1
#define PTHREAD_STACK_MIN 16384
/* What pthread_join tells of a thread that somebody else has ended. */
#define PTHREAD_CANCELED ((void *)-1)

/* Starts a thread that calls `routine(argument)` in the home view. Does not block. Errors: EAGAIN
 * (no memory, or too many threads), EINVAL (the priority). */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *),
                   void *argument);

/* Blocks until the thread has ended, then forgets it; `result`, if it is not null, gets what it has
 * ended with. Errors: EINVAL (it is detached, or the first thread of the program), EDEADLK (the
 * calling thread), ESRCH (somebody else has joined it meanwhile). */
int pthread_join(pthread_t thread, void **result);

/* Has a thread be forgotten by itself when it ends. Does not block. Errors: EINVAL (it is detached
 * already, or the first thread of the program). */
int pthread_detach(pthread_t thread);

/* The calling thread. Does not block. */
pthread_t pthread_self(void);

/* Whether both are the same thread. Does not block. Errors: none. */
int pthread_equal(pthread_t a, pthread_t b);

/* Ends the calling thread; the program goes on while it has another. Does not block. */
void pthread_exit(void *result) __attribute__((noreturn));

/* Lets the next ready thread of the same priority run. Does not block. Errors: none. */
int sched_yield(void);

/* What pthread_create is told: attributes as for a null pointer, and their end. Does not block.
 * Errors: none. */
int pthread_attr_init(pthread_attr_t *attr);
int pthread_attr_destroy(pthread_attr_t *attr);

/* Whether the thread begins detached. Does not block. Errors: EINVAL (another state). */
int pthread_attr_setdetachstate(pthread_attr_t *attr, int state);
int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state);

/* The size of its stack. Does not block. Errors: EINVAL (less than PTHREAD_STACK_MIN, more than
 * 1 MiB). */
int pthread_attr_setstacksize(pthread_attr_t *attr, size_t nbytes);
int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *nbytes);

/* Its priority, 0 to 31. Does not block. Errors: EINVAL (another priority). */
int pthread_attr_setschedparam(pthread_attr_t *attr, const struct sched_param *param);
int pthread_attr_getschedparam(const pthread_attr_t *attr, struct sched_param *param);

/* --- for attributes of all that follows ------------------------------------------------------- */

#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED 1

/* --- mutexes -------------------------------------------------------------------------------- */

#define PTHREAD_MUTEX_NORMAL 0
#define PTHREAD_MUTEX_RECURSIVE 1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_STALLED 0
#define PTHREAD_MUTEX_ROBUST 1
/* clang-format off */
#define PTHREAD_MUTEX_INITIALIZER {0, 0, 0}
/* clang-format on */

/* Makes a free mutex. Does not block. Errors: none. */
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);

/* Ends a mutex. Does not block. Errors: EBUSY (it is locked). */
int pthread_mutex_destroy(pthread_mutex_t *mutex);

/*
 * Locks a mutex. Blocks until the mutex is free; a normal one that is the caller's already is
 * waited for in vain. EOWNERDEAD says that it is locked, but that its owner has ended and may have
 * left something half done: pthread_mutex_consistent ends that. Errors: EOWNERDEAD (a robust mutex,
 * whose owner has ended), ENOTRECOVERABLE (a robust mutex that was unlocked after that and not made
 * consistent), EDEADLK (of the type ERRORCHECK: it is the caller's already), EAGAIN (of the type
 * RECURSIVE: too deep), EINVAL (it does not lie in mapped memory).
 */
int pthread_mutex_lock(pthread_mutex_t *mutex);

/* As pthread_mutex_lock, until the clock shows `time` at most. Errors: ETIMEDOUT (the time was
 * over), EINVAL (a time that there is not). */
int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time);

/* As pthread_mutex_lock, if it is free. Does not block. Errors: EBUSY (it is locked). */
int pthread_mutex_trylock(pthread_mutex_t *mutex);

/* Unlocks a mutex, and wakes the first who waits for it. Does not block. Errors: EPERM (it is not
 * the caller's; a normal mutex that is not robust does not notice). */
int pthread_mutex_unlock(pthread_mutex_t *mutex);

/* Says that what a robust mutex protects is whole again. Does not block. Errors: EINVAL (it is not
 * the caller's, or no owner has ended). */
int pthread_mutex_consistent(pthread_mutex_t *mutex);

/* What pthread_mutex_init is told: attributes as for a null pointer, and their end. Does not block.
 * Errors: none. */
int pthread_mutexattr_init(pthread_mutexattr_t *attr);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attr);

/* Its type: what happens when its owner locks it again, and whether it notices when somebody else
 * unlocks it. Does not block. Errors: EINVAL (another type). */
int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type);

/* Whether it notices that its owner has ended. Does not block. Errors: EINVAL (neither
 * PTHREAD_MUTEX_STALLED nor PTHREAD_MUTEX_ROBUST). */
int pthread_mutexattr_setrobust(pthread_mutexattr_t *attr, int robust);
int pthread_mutexattr_getrobust(const pthread_mutexattr_t *attr, int *robust);

/* Whether it is for several processes; it works between them in either case. Does not block.
 * Errors: EINVAL (neither PTHREAD_PROCESS_PRIVATE nor PTHREAD_PROCESS_SHARED). */
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared);
int pthread_mutexattr_getpshared(const pthread_mutexattr_t *attr, int *shared);

/* --- condition variables ---------------------------------------------------------------------- */

/* clang-format off */
#define PTHREAD_COND_INITIALIZER {0, 0, 0}
/* clang-format on */

/* Makes a condition variable. Does not block. Errors: none. */
int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr);

/* Ends one. Does not block. Errors: EBUSY (somebody waits). */
int pthread_cond_destroy(pthread_cond_t *cond);

/* Unlocks the mutex, blocks until somebody signals, and locks the mutex again. It may return
 * without a signal. Errors: EPERM (the mutex notices that it is not the caller's), and those of
 * pthread_mutex_lock. */
int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);

/* As pthread_cond_wait, until the clock shows `time` at most; the mutex is locked then too. Errors:
 * ETIMEDOUT (the time was over), EINVAL (a time that there is not). */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *time);

/* Lets one who waits, or all of them, go on. Does not block. Errors: none. */
int pthread_cond_signal(pthread_cond_t *cond);
int pthread_cond_broadcast(pthread_cond_t *cond);

/* What pthread_cond_init is told: attributes as for a null pointer, and their end. Does not block.
 * Errors: none. */
int pthread_condattr_init(pthread_condattr_t *attr);
int pthread_condattr_destroy(pthread_condattr_t *attr);

/* Its clock. Does not block. Errors: EINVAL (neither CLOCK_REALTIME nor CLOCK_MONOTONIC). */
int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock);
int pthread_condattr_getclock(const pthread_condattr_t *attr, clockid_t *clock);

/* Whether it is for several processes; it works between them in either case. Does not block.
 * Errors: EINVAL (neither PTHREAD_PROCESS_PRIVATE nor PTHREAD_PROCESS_SHARED). */
int pthread_condattr_setpshared(pthread_condattr_t *attr, int shared);
int pthread_condattr_getpshared(const pthread_condattr_t *attr, int *shared);

/* --- barriers ------------------------------------------------------------------------------- */

#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

/* Makes a barrier for `count` threads. Does not block. Errors: EINVAL (a count of 0). */
int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attr,
                         unsigned int count);

/* Ends one. Does not block. Errors: EBUSY (somebody waits). */
int pthread_barrier_destroy(pthread_barrier_t *barrier);

/* Blocks until `count` threads have come. Returns PTHREAD_BARRIER_SERIAL_THREAD to the last of
 * them, 0 to the others. Errors: EINVAL (it does not lie in mapped memory). */
int pthread_barrier_wait(pthread_barrier_t *barrier);

/* What pthread_barrier_init is told: attributes as for a null pointer, and their end. Does not
 * block. Errors: none. */
int pthread_barrierattr_init(pthread_barrierattr_t *attr);
int pthread_barrierattr_destroy(pthread_barrierattr_t *attr);

/* Whether it is for several processes; it works between them in either case. Does not block.
 * Errors: EINVAL (neither PTHREAD_PROCESS_PRIVATE nor PTHREAD_PROCESS_SHARED). */
int pthread_barrierattr_setpshared(pthread_barrierattr_t *attr, int shared);
int pthread_barrierattr_getpshared(const pthread_barrierattr_t *attr, int *shared);

/* --- read-write locks ------------------------------------------------------------------------- */

/* clang-format off */
#define PTHREAD_RWLOCK_INITIALIZER {0}
/* clang-format on */

/* Makes a free lock. Does not block. Errors: none. */
int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr);

/* Ends one. Does not block. Errors: EBUSY (it is locked). */
int pthread_rwlock_destroy(pthread_rwlock_t *lock);

/* Locks it to read, with others, or to write, alone. Blocks while others have it. Whoever comes
 * while somebody waits, waits too: so a reader must not lock a second time. Errors: EINVAL (it does
 * not lie in mapped memory). */
int pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int pthread_rwlock_wrlock(pthread_rwlock_t *lock);

/* As pthread_rwlock_rdlock, until the clock shows `time` at most. Errors: ETIMEDOUT (the time was
 * over), EINVAL (a time that there is not). */
int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time);
int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time);

/* As pthread_rwlock_rdlock, if nobody has to be waited for. Does not block. Errors: EBUSY (somebody
 * has). */
int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock);
int pthread_rwlock_trywrlock(pthread_rwlock_t *lock);

/* Unlocks it, and wakes those who wait if nobody has it any more. Does not block. Errors: EPERM
 * (nobody has it). */
int pthread_rwlock_unlock(pthread_rwlock_t *lock);

/* What pthread_rwlock_init is told: attributes as for a null pointer, and their end. Does not
 * block. Errors: none. */
int pthread_rwlockattr_init(pthread_rwlockattr_t *attr);
int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr);

/* Whether it is for several processes; it works between them in either case. Does not block.
 * Errors: EINVAL (neither PTHREAD_PROCESS_PRIVATE nor PTHREAD_PROCESS_SHARED). */
int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attr, int shared);
int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *attr, int *shared);

/* --- once ------------------------------------------------------------------------------------- */

/* clang-format off */
#define PTHREAD_ONCE_INIT {0}
/* clang-format on */

/* Has the first thread that comes run the routine, and blocks until it has run. Errors: none. */
int pthread_once(pthread_once_t *once, void (*routine)(void));

/* --- data of each thread's own ---------------------------------------------------------------- */

#define PTHREAD_KEYS_MAX 256
#define PTHREAD_DESTRUCTOR_ITERATIONS 4

/* Makes a key, whose value is null in every thread. `destructor`, if it is not null, gets the value
 * of a thread that ends, if that is not null. Does not block. Errors: EAGAIN (there are
 * PTHREAD_KEYS_MAX). */
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));

/* Ends a key; destructors do not run. Does not block. Errors: EINVAL (no key). */
int pthread_key_delete(pthread_key_t key);

/* Sets the calling thread's value. Does not block. Errors: EINVAL (no key). */
int pthread_setspecific(pthread_key_t key, const void *value);

/* The calling thread's value, null if there is none. Does not block. */
void *pthread_getspecific(pthread_key_t key);

#ifdef __cplusplus
}
#endif

#endif
