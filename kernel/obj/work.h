/*
 * floor 6: long work in short steps. Whatever ends can take long: a segment of a terabyte, a
 * process with thousands of capabilities. So objects that end are queued, and cleared in steps that
 * each take a bounded time; between two steps interrupts come in, and a thread that should run
 * first does. The console is queued in the same way while its screen is not drawn (obj/devices.h).
 *
 * There is a queue for each priority: an object is cleared at that of the thread whose call ended
 * it, or of the highest that waits for it. The queues are worked on by the scheduler, on the way
 * back to user code, and the thread goes on when its own are done (obj/sweep.c).
 */
#ifndef VASCO_OBJ_WORK_H
#define VASCO_OBJ_WORK_H

#include "cap/cap.h"

struct cpu;

enum step {
    STEP_MORE, /* there is more to do */
    STEP_DONE,
    STEP_LATER /* others in the same queue come first */
};

/* Boot. */
void work_init(void);

/* Queues an object, once, to be cleared, and to be freed if nothing refers to it then. The running
 * thread goes on when that is done. */
void work_add(struct object *o);

/* The same at this priority at least, but no thread waits for it. It is for a thread on `cpu`: that
 * one's sweeper does it, or this one's, whoever comes to it first. */
void work_leave(struct object *o, uint32_t priority, struct cpu *cpu);

/* An object in a queue is to be cleared at this priority at least. */
void work_raise(struct object *o, uint32_t priority);

/* The priority of the most urgent work; -1 if there is none. */
int work_highest(void);

/* If the object is in the queue, the running thread waits until it has been cleared. */
static inline void work_wait_for(struct object *o)
{
    if (o->queued)
        work_add(o);
}

/* Works until nothing of at least this priority is left (true), or until somebody else should
 * run. */
bool work_do(uint32_t priority);

/* The object is dead from now on, and is cleared with all that hangs on it. */
void object_destroy(struct object *o);

#endif
