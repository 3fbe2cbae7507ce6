/*
 * floor 6: futexes. A futex is a 64-bit word of a segment at which threads wait, in the order of
 * coming, until somebody wakes them. What the word means is the programs' affair: the kernel reads
 * it, and never writes it. Its name is the segment and the offset, so it is the same one in every
 * view and every process.
 *
 *   bucket --- first --- first --- ...                     one for each word, by futex.in_bucket
 *                |         |
 *              second    second                            in the order of coming, by futex.same
 *
 * A futex exists while threads wait at it, and all of it lies in them: waiting takes no memory.
 *
 * No wake is lost. Who wakes has changed the word first. The word is compared, and the thread put
 * into its queue, under one hold of the kernel lock, and wakes happen under it too. If the wake
 * comes later, it finds the thread. If it came before, the lock was given on behind it, and so the
 * changed word is seen: another CPU's stores before its entry are visible to the next holder.
 *
 * A word can name its owner, by the thread's id (FUTEX_OWNED). Then the first who waits watches
 * that thread: when it ends, all who wait there are woken one after the other. A word has one
 * watched thread at a time. Who comes to wait names it anew, from the word as it is then; after a
 * wake it is the first thread that was woken, since that one is about to take the word, or to come
 * back and wait. So, whoever ends between the two, somebody is told; those who are told look at the
 * word again, since it need not be its owner that has ended. While they are told nobody joins them
 * (ENDED), so that it comes to an end.
 *
 * Whoever waits refers to the segment and not to a link. Detaching or revoking leaves it waiting;
 * the segment's end wakes it.
 *
 * Invariants:
 *   F1  a thread with futex.word.seg is BLOCKED, refers to that segment and is in its list
 *   F2  of those who wait at one word exactly one, the first, is in the word's bucket
 *   F3  only a first one watches, a thread that has not ended or is being cleared
 */
#ifndef VASCO_OBJ_FUTEX_H
#define VASCO_OBJ_FUTEX_H

#include "base/list.h"
#include "base/status.h"

struct seg;
struct thread;

struct futex_word {
    struct seg *seg;
    uint64_t offset;
};

/* In each thread. */
struct futex_wait {
    struct futex_word word; /* at which it waits; seg null: at none */
    struct list same;       /* a ring, without head, of those who wait at that word */
    struct list in_bucket;  /* of the first of them */
    struct list in_seg;
    struct thread *watched; /* by the first of them; or null */
    struct list in_watched;
    struct list watchers; /* struct thread, futex.in_watched: those who watch this thread */
};

/* Boot. */
void futex_init(void);

/* Of a new thread, which is zero. */
void futex_init_thread(struct futex_wait *wait);

/* The word at an address of the view in which the running thread stands. UNALIGNED, BAD_ADDRESS (it
 * cannot be read there), DESTROYED. */
status_t must_check futex_find(uptr_t address, struct futex_word *out);

/* Blocks the running thread, and then its call returns OK, TIMED_OUT, DESTROYED, or ENDED. CHANGED
 * if the word is not as expected; with an owner: ENDED, BAD_ARGUMENT (it is the running thread). An
 * error, and TIMED_OUT if the deadline is over already: it is not blocked. NO_MEMORY: a page of a
 * sparse segment could not be filled. */
status_t must_check futex_wait(struct futex_word word, uint64_t expected, uint64_t deadline,
                               uint64_t flags);

/* Wakes the first `count` who wait, and returns how many there were. Takes time by that. */
uint64_t futex_wake(struct futex_word word, uint64_t count);

/* Wakes the first `nwake` who wait at `from`, and lets the next `nmove` wait at `to`. *n is how
 * many that were. Errors like those of futex_wait, of `from` or, for the owner, of `to`. */
struct futex_requeue {
    struct futex_word from;
    struct futex_word to;
    uint64_t expected;
    uint64_t nwake;
    uint64_t nmove;
    uint64_t flags; /* of those that wait at `to` then */
};
status_t must_check futex_requeue(const struct futex_requeue *requeue, uint64_t *n);

/* A thread that waits at a futex does so no more. */
void futex_forget(struct thread *thread);

/* One step of waking those who watch a thread that has ended; true when there are none. */
bool futex_tell_end_some(struct thread *thread);

/* One step of waking those who wait in a segment that ends; true when there are none. */
bool futex_clear_some(struct seg *seg);

/* Checks F1 to F3. The last returns how many wait in all. For tests. */
void futex_check_thread(const struct thread *thread);
void futex_check_seg(const struct seg *seg);
uint32_t futex_check(void);

#endif
