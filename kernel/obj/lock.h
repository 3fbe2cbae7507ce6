/*
 * floor 6: the locks of lockable segments (SEG_LOCKABLE). A thread stands in a view of a VAS only
 * while it has the lock of every lockable segment attached there: shared where the view only reads
 * it, exclusive where the view can write. Who has to wait is served in the order of coming, readers
 * and writers alike. How a thread comes to its locks, and loses them, is in obj/hold.h.
 *
 *   struct seg, lock            the sum over its links, and who waits
 *   struct link, lock           how many threads hold the segment through this link, or who
 *   struct space, locks         the lockable links of a VAS, and the threads with a hold there
 *   struct thread, hold         in which view it stands, and up to which segment it has the locks
 *
 * A link that goes takes what is held through it along at once. What a thread had for itself alone,
 * and lost in the middle, is marked abandoned, until a later holder says that the segment is whole
 * again.
 *
 * Invariants:
 *   L1  a segment's lock has the sum of its links' readers, or their one writer, never both
 *   L2  a link is held by each thread with a hold on its VAS up to the segment's id or beyond
 *   L3  with lockable links a VAS has no view whose capability lacks CAP_SLOWLY
 *   L4  a lockable link is added, and made writable, only while no thread has a hold on the VAS
 *   L5  while a thread has a hold its switches find no capability on the fast path
 */
#ifndef VASCO_OBJ_LOCK_H
#define VASCO_OBJ_LOCK_H

#include "base/list.h"
#include "base/status.h"

struct link;
struct seg;
struct space;
struct thread;

struct seg_lock {
    uint32_t nreaders;
    bool abandoned;
    struct thread *writer;
    struct list waiters; /* struct thread, node */
    uint32_t urgency;    /* the highest priority of one that has waited since nobody did */
};

struct link_lock {
    uint32_t nreaders;
    struct thread *writer;
    struct list in_space; /* in the lockable links of the space */
};

struct space_locks {
    uint32_t nlinks;
    uint32_t nthreads;
    struct list links;   /* struct link, lock.in_space: by their segments' ids */
    struct list threads; /* struct thread, hold.in_space */
    struct list changed; /* the same, of those that have to be looked at */
};

void lock_init_seg(struct seg_lock *lock);
void lock_init_space(struct space_locks *locks);

/* --- links ---------------------------------------------------------------------------------- */

/* Needs obj/link.h. */
#define for_each_lockable(link, space)                                                             \
    for (struct link *link = list_item((space)->locks.links.next, struct link, lock.in_space);     \
         &link->lock.in_space != &(space)->locks.links;                                            \
         link = list_item(link->lock.in_space.next, struct link, lock.in_space))

/* The link of a lockable segment, or null. */
struct link *lock_find_link(const struct space *space, const struct seg *seg);

/* May a lockable segment be linked to this VAS now? BUSY, NO_SLOT. */
status_t must_check lock_check_link(const struct space *space);

/* May the link allow writing from now on? BUSY. */
status_t must_check lock_check_widen(const struct link *link);

void lock_add_link(struct link *link);
void lock_remove_link(struct link *link);

/* Has the threads with a hold on a VAS looked through (hold_look_some): a link or a view went. */
void lock_look_through(struct space *space);

/* --- having it ------------------------------------------------------------------------------ */

/* Whoever waits. */
bool lock_is_free(const struct seg_lock *lock, bool exclusive);

/* The lock is free. */
void lock_take(struct link *link, struct thread *thread, bool exclusive);

/* The thread has it. */
void lock_give_back(struct link *link, const struct thread *thread, bool abandons);

/* The running thread, which has the lock for itself alone, says that the segment is whole again.
 * NOT_LOCKED. */
status_t must_check lock_mark_consistent(struct seg *seg);

/* --- waiting for it ------------------------------------------------------------------------- */

/* The segment for whose lock a thread waits, or null. */
struct seg *lock_awaited(const struct thread *thread);

/* The running thread waits for this lock. */
void lock_wait_for(struct seg *seg);

/* A thread has another priority, and may wait. */
void lock_urge(const struct thread *thread);

/* A thread does not wait for this segment's lock any more; those behind it may go on. */
void lock_waiter_left(struct seg *seg);

/* One step of waking those whose turn it is; true when there are none. */
bool lock_grant_some(struct seg *seg);

/* --- checks --------------------------------------------------------------------------------- */

/* Checks L1 to L4. For tests. */
void lock_check_space(const struct space *space);
void lock_check_seg(const struct seg *seg);

#endif
