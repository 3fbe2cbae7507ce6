/*
 * floor 6: the run queue of a CPU, as the files of the scheduler see it: sched.c and sweep.c.
 *
 * Invariants:
 *   R1  a READY thread is in the queue, by its priority
 *   R2  the running thread is in no queue
 */
#ifndef VASCO_OBJ_RUNQUEUE_H
#define VASCO_OBJ_RUNQUEUE_H

#include "obj/queue.h"
#include "obj/thread.h"

/* Ticks for which a thread runs before another of its priority gets its turn. */
#define SLICE_TICKS 10

/*
 * The sweeper is a thread of the kernel's own, without process and registers. It goes on with the
 * work (obj/work.h) that a thread left when somebody else had to run; that thread waits for it.
 */
struct runqueue {
    struct thread_queue threads;
    uint32_t ended_priority; /* of the running thread that ended last */
    struct thread *wakes;    /* while a tick wakes it */
    struct list sleepers;    /* struct thread, timer: by wake_time */
    uint64_t next_wake; /* of the first of them, or before it; the CPU reads it without the lock */
    struct list clearing; /* threads that wait for the sweeper */
    struct thread sweeper;
};

/* At the end: the thread's next turn is a new one. */
static inline void runqueue_add(struct runqueue *rq, struct thread *thread)
{
    thread->slice = SLICE_TICKS;
    thread->state = THREAD_READY;
    queue_add(&rq->threads, &thread->node, thread->priority);
}

/* At the front: the thread goes on with its turn when those before it have run. */
static inline void runqueue_add_first(struct runqueue *rq, struct thread *thread)
{
    thread->state = THREAD_READY;
    queue_add_first(&rq->threads, &thread->node, thread->priority);
}

static inline void runqueue_remove(struct runqueue *rq, struct thread *thread)
{
    queue_remove(&rq->threads, &thread->node, thread->priority);
}

static inlined struct thread *runqueue_take(struct runqueue *rq)
{
    return list_item(queue_take(&rq->threads), struct thread, node);
}

/* --- sched.c -------------------------------------------------------------------------------- */

/* Sets bits of `resched`. A CPU looks there before it returns to user code; another one is
 * interrupted, unless it has been already. */
void sched_mark(struct cpu *cpu, uint32_t why);

/* --- sweep.c -------------------------------------------------------------------------------- */

/* The call that ends now has queued work. It is done at once, unless somebody else should run
 * first: then the sweeper does it, at the priority of the thread, and the thread waits. */
void sweep_or_wait(struct cpu *cpu);

/* If there is work, lets the sweeper of this CPU, or of another one, do it when its turn comes. */
void sweep_start(struct cpu *cpu);

/* The sweeper's turn. */
void sweep(struct cpu *cpu);

#endif
