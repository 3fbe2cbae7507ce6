/*
 * The locks that the C library asks for (newlib's <sys/lock.h>). One kind serves all: recursive,
 * taken by one atomic exchange, with a futex for those who have to wait.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <vasco/futex.h>

#include "internal.h"

struct __lock {
    /* Address of the holder's struct thread_control, or 0; and WAITERS if others may wait. */
    _Atomic uintptr_t owner;
    unsigned int depth; /* the holder's alone */
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

#define WAITERS ((uintptr_t)1)

/* Takes a lock that is free, or the caller's already. */
static int try_take(_LOCK_T lock, uintptr_t waiters)
{
    uintptr_t self = (uintptr_t)thread_control();
    uintptr_t nobody = 0;
    if ((atomic_load_explicit(&lock->owner, memory_order_relaxed) & ~WAITERS) != self &&
        !atomic_compare_exchange_strong_explicit(&lock->owner, &nobody, self | waiters,
                                                 memory_order_acquire, memory_order_relaxed))
        return 0;
    lock->depth++;
    return 1;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return try_take(lock, 0);
}

/* Whoever has waited does not know whether others still do. */
static void wait_and_take(_LOCK_T lock)
{
    do {
        uintptr_t owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
        if (owner != 0 && ((owner & WAITERS) != 0 ||
                           atomic_compare_exchange_strong(&lock->owner, &owner, owner | WAITERS)))
            futex_wait(&lock->owner, owner | WAITERS, FUTEX_FOREVER);
    } while (!try_take(lock, WAITERS));
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    if (!try_take(lock, 0))
        wait_and_take(lock);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (--lock->depth == 0 && (atomic_exchange(&lock->owner, 0) & WAITERS) != 0)
        futex_wake(&lock->owner, 1);
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
