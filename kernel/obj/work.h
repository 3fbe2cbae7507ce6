/*
 * floor 6: long work in short steps. Whatever ends can take long: a segment of a terabyte, a process
 * with thousands of capabilities. So objects that end are queued, and cleared in steps that each take
 * a bounded time; between two steps interrupts come in, and a thread that should run first does.
 *
 * The queue is worked on by the scheduler, on the way back to user code: at the priority of the thread
 * whose call added to it, and before that thread goes on (obj/sched.c).
 */
#ifndef VASCO_OBJ_WORK_H
#define VASCO_OBJ_WORK_H

#include "cap/cap.h"

enum step {
    STEP_MORE, /* there is more to do */
    STEP_DONE,
    STEP_LATER /* others in the queue come first */
};

/* Queues an object, once, to be cleared, and to be freed if nothing refers to it then. The running thread
 * goes on when that is done. */
void work_add(struct object *o);

bool work_is_pending(void);

/* If the object is in the queue, the running thread waits until it has been cleared. */
static inline void work_wait_for(struct object *o)
{
    if (o->queued)
        work_add(o);
}

/* Works until nothing is left (true), or until somebody else should run. */
bool work_do(void);

/* The object is dead from now on, and is cleared with all that hangs on it. */
void object_destroy(struct object *o);

#endif
