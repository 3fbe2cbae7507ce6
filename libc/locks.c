/*
 * The locks that the C library asks for (newlib's <sys/lock.h>). One kind serves all: recursive,
 * taken by one atomic exchange. A thread that finds it taken yields, and if that does not help
 * sleeps, so that a holder of lower priority gets to run.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <vasco/thread.h>

#include "internal.h"

struct __lock {
    _Atomic uintptr_t owner; /* address of the holder's struct thread_control, or 0 */
    unsigned int depth;      /* the holder's alone */
};

/* newlib's static locks. */
#define STATIC_LOCK(name)                                                                          \
    extern struct __lock __lock___##name;                                                          \
    struct __lock __lock___##name;
STATIC_LOCK(sinit_recursive_mutex)
STATIC_LOCK(sfp_recursive_mutex)
STATIC_LOCK(atexit_recursive_mutex)
STATIC_LOCK(at_quick_exit_mutex)
STATIC_LOCK(malloc_recursive_mutex)
STATIC_LOCK(env_recursive_mutex)
STATIC_LOCK(tz_mutex)
STATIC_LOCK(dd_hash_mutex)
STATIC_LOCK(arc4random_mutex)
/* And one of ours: vas_views.c. */
STATIC_LOCK(vas_attachments_mutex)

#define YIELDS_BEFORE_SLEEP 16
#define SLEEP_NANOSECONDS 100000

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    uintptr_t self = (uintptr_t)thread_control();
    uintptr_t nobody = 0;
    if (atomic_load_explicit(&lock->owner, memory_order_relaxed) != self &&
        !atomic_compare_exchange_strong_explicit(&lock->owner, &nobody, self, memory_order_acquire,
                                                 memory_order_relaxed))
        return 0;
    lock->depth++;
    return 1;
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    for (unsigned int tries = 0; !__retarget_lock_try_acquire_recursive(lock); tries++) {
        if (tries < YIELDS_BEFORE_SLEEP)
            thread_yield();
        else
            thread_sleep(SLEEP_NANOSECONDS);
    }
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (--lock->depth == 0)
        atomic_store_explicit(&lock->owner, 0, memory_order_release);
}

/* Locks of streams and the like. newlib does not expect this to fail. */
void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    *lock = calloc(1, sizeof(**lock));
    if (*lock == NULL)
        abort();
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_init(_LOCK_T *lock)
{
    __retarget_lock_init_recursive(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    __retarget_lock_close_recursive(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    __retarget_lock_acquire_recursive(lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return __retarget_lock_try_acquire_recursive(lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
    __retarget_lock_release_recursive(lock);
}
