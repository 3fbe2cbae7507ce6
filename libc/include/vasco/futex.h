/*
 * Futexes: 64-bit words at which threads wait. The word lies in any segment, aligned to 8; threads
 * of different processes, in different views, meet at the same word of the same segment. Locks and
 * the like are built of it (pthread.h): the word says in user memory how things are, and the kernel
 * is called only when somebody has to wait or be woken. Whoever changes the word so that others may
 * go on, changes it first and wakes then; then no wake is lost.
 *
 * Waiting needs the word to be readable, no more. So whoever may read it can also take a wake that
 * was meant for another: a word that only some may wait at belongs where only they can read it.
 *
 * Errors of all: UNALIGNED, BAD_ADDRESS (not mapped here, not readable), DESTROYED (the segment
 * is), NO_MEMORY (its pool has none for the page).
 */
#ifndef VASCO_FUTEX_H
#define VASCO_FUTEX_H

#include <vasco/syscalls.h>

#include "abi/status.h"

/*
 * Blocks while nobody wakes, if the word is as expected; until clock_nanoseconds() is `deadline` at
 * most (FUTEX_FOREVER: no such moment). Returns OK when it was woken, which is no promise that the
 * word has changed. Errors: CHANGED (at once), TIMED_OUT, DESTROYED (also meanwhile), ENDED (only
 * where others use futex_wait_owned, and are told of an end). To detach the segment, or to lose the
 * view in another way, does not end the wait. A thread that stands in a view with lockable segments
 * keeps their locks while it waits.
 */
static inline int64_t futex_wait(const volatile void *word, uint64_t expected, uint64_t deadline)
{
    return sys_futex_wait((uintptr_t)word, expected, deadline, 0);
}

/*
 * The same at a word that names its owner: its bits of FUTEX_OWNER_MASK are the id (thread_info) of
 * the thread that has it. ENDED, at once: that thread has ended. ENDED after a while: the owner has
 * ended, or a thread that was woken and has not taken the word; all who wait are told so, and have
 * to look again. A deadline of 0 asks about the owner alone: ENDED or TIMED_OUT. All who wait have
 * to wait in this way, and whoever was woken takes the word or waits again. Errors: also
 * BAD_ARGUMENT (the owner is the calling thread).
 */
static inline int64_t futex_wait_owned(const volatile void *word, uint64_t expected,
                                       uint64_t deadline)
{
    return sys_futex_wait((uintptr_t)word, expected, deadline, FUTEX_OWNED);
}

/* Wakes the first `count` (at most INT64_MAX) who wait at the word, in the order of coming. Returns
 * how many there were. */
static inline int64_t futex_wake(const volatile void *word, uint64_t count)
{
    return sys_futex_wake((uintptr_t)word, count, 0);
}

/*
 * If the word `from` is as expected, wakes the first `nwake` who wait there, and lets the next
 * `nmove` wait at `to`, as if they had called there. Returns how many there were, woken or moved.
 * `flags`: FUTEX_OWNED if `to` names its owner. Errors: CHANGED, ENDED (the owner of `to` has),
 * BAD_ARGUMENT (one word), TOO_LARGE (more than FUTEX_REQUEUE_MAX).
 */
static inline int64_t futex_requeue(const volatile void *from, const volatile void *to,
                                    uint64_t expected, uint64_t nwake, uint64_t nmove,
                                    uint64_t flags)
{
    return sys_futex_requeue((uintptr_t)from, (uintptr_t)to, expected, nwake, nmove, flags);
}

#endif
