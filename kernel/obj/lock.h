/*
 * floor 6: the locks of lockable segments (SEG_LOCKABLE). A thread stands in a view of a VAS only
 * while it has the lock of every lockable segment attached there: shared where the view only reads
 * it, exclusive where the view can write. The switch in takes them, one after the other by the ids
 * of the segments, so that threads never wait for each other in a ring; the switch out gives them
 * back. Who has to wait is served in the order of coming, readers and writers alike.
 *
 *   struct thread, hold         in which view it stands, and up to which segment it has the locks
 *   struct link, lock           how many threads hold the segment through this link, or who
 *   struct seg, lock            the sum over its links, and who waits
 *   struct space, locks         the lockable links of a VAS, and the threads with a hold there
 *
 * A link that goes takes what is held through it along at once, and a view that goes leaves its
 * threads to be looked through in steps. A thread that ends in a view, or loses it, gives its locks
 * back; what it had for itself alone is marked abandoned, until a later holder says that the
 * segment is whole again.
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
#include "cap/cap.h"

struct link;
struct seg;
struct space;
struct thread;
struct view;

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

struct hold {
    struct space *space; /* of the VAS; null: no hold */
    handle_t view;
    uint64_t upto;  /* it has the locks of the segments up to this id */
    bool entered;   /* it has them all */
    bool exclusive; /* while it waits: what for */
    struct list in_space;
};

/* The table that the fast path sees while the running thread has a hold: an empty one. */
extern struct cap_table lock_no_caps;

void lock_init_seg(struct seg_lock *lock);
void lock_init_space(struct space_locks *locks);

/* --- links ---------------------------------------------------------------------------------- */

/* May a lockable segment be linked to this VAS now? BUSY, NO_SLOT. */
status_t must_check lock_check_link(const struct space *space);

/* May the link allow writing from now on? BUSY. */
status_t must_check lock_check_widen(const struct link *link);

void lock_add_link(struct link *link);
void lock_remove_link(struct link *link);

/* --- switching ------------------------------------------------------------------------------ */

/*
 * The running thread gives back what it holds and takes what the view needs; it may then be loaded.
 * Waits until clock_now() is `deadline` at most: *waits says that the thread is blocked, and goes
 * on with the same call. TIMED_OUT: it holds nothing, and has left the view in which it held
 * something; but if the time was over from the start, nothing has changed. BUSY: it would have to
 * turn a shared lock into an exclusive one; nothing has changed.
 */
status_t must_check lock_enter(struct view *view, uint64_t deadline, bool *waits);

/* No deadline. */
#define LOCK_FOREVER UINT64_MAX

/* Has a segment that the view locks been abandoned? */
bool lock_is_abandoned(const struct view *view);

/* The running thread, which has the lock for itself alone, says that the segment is whole again.
 * NOT_LOCKED. */
status_t must_check lock_mark_consistent(struct seg *seg);

/* A thread that waits to enter a view goes on with something else. */
void lock_give_up(struct thread *thread);

/* A thread is about to run after views of its process have gone: if its own is among them, it gives
 * its locks back. */
void lock_look_around(struct thread *thread);

/* A thread ends. */
void lock_forget(struct thread *thread);

/* A thread does not wait for this segment's lock any more; those behind it may go on. */
void lock_waiter_left(struct seg *seg);

/* A thread has another priority, and may wait. */
void lock_urge(const struct thread *thread);

/* A view has gone. */
void lock_forget_view(const struct view *view);

/* --- steps of long work --------------------------------------------------------------------- */

/* One step of waking those whose turn it is; true when there are none. */
bool lock_grant_some(struct seg *seg);

/* One step of looking through the threads after a change; true when done. */
bool lock_look_some(struct space *space);

/* Checks L1 to L4. For tests. */
void lock_check_space(const struct space *space);
void lock_check_seg(const struct seg *seg);

#endif
