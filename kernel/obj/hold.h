/*
 * floor 6: what a thread has while it stands in a view with lockable segments: their locks
 * (obj/lock.h). The switch in takes them, one after the other by the ids of the segments, so that
 * threads never wait for each other in a ring; the switch out gives them back. A thread that ends
 * in a view, or loses it, gives them back too. A view that goes leaves its threads to be looked
 * through in steps.
 */
#ifndef VASCO_OBJ_HOLD_H
#define VASCO_OBJ_HOLD_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"

struct space;
struct thread;
struct view;

struct hold {
    struct space *space; /* of the VAS; null: no hold */
    handle_t view;
    uint64_t upto;  /* it has the locks of the segments up to this id */
    bool entered;   /* it has them all */
    bool exclusive; /* while it waits: what for */
    struct list in_space;
};

/* The table that the fast path sees while the running thread has a hold: an empty one. */
extern struct cap_table hold_no_caps;

/* --- switching ------------------------------------------------------------------------------ */

/*
 * The running thread gives back what it holds and takes what the view needs; it may then be loaded.
 * Waits until clock_now() is `deadline` at most: *waits says that the thread is blocked, and goes
 * on with the same call. TIMED_OUT: it holds nothing, and has left the view in which it held
 * something; but if the time was over from the start, nothing has changed. BUSY: it would have to
 * turn a shared lock into an exclusive one; nothing has changed.
 */
status_t must_check hold_enter(struct view *view, uint64_t deadline, bool *waits);

/* No deadline. */
#define HOLD_FOREVER UINT64_MAX

/* The running thread gives back what it holds, and is about to load a view without locks. */
void hold_leave(struct thread *thread);

/* Has a segment that the view locks been abandoned? */
bool hold_is_abandoned(const struct view *view);

/* --- losing it ------------------------------------------------------------------------------ */

/* A thread that waits to enter a view goes on with something else. */
void hold_give_up(struct thread *thread);

/* A thread is about to run after views of its process have gone: if its own is among them, it gives
 * its locks back. */
void hold_look_around(struct thread *thread);

/* A thread ends. */
void hold_forget(struct thread *thread);

/* A view has gone. */
void hold_forget_view(const struct view *view);

/* One step of looking through the threads after a change; true when done. */
bool hold_look_some(struct space *space);

#endif
