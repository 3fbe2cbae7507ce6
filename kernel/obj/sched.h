/*
 * floor 6: the scheduler. Fixed priorities, round robin inside one, a run queue for each CPU.
 *
 * Nothing here switches at once: it marks the CPU (`resched`), and the way back to user code chooses
 * the next thread (sched_run). So kernel code always runs to its end.
 */
#ifndef VASCO_OBJ_SCHED_H
#define VASCO_OBJ_SCHED_H

#include <arch/cpu.h>

#include "base/list.h"
#include "base/types.h"
#include "obj/thread.h"

/* Ticks for which a thread runs before another of its priority gets its turn. */
#define SLICE_TICKS 10

/* Prepares the run queue of this CPU. */
void sched_init_cpu(void);

/* Puts a thread that is in no queue at the end of its priority's. */
void sched_ready(struct thread *thread);

/* The running thread waits: whoever calls puts it on a list by its `node`. */
void sched_block(struct thread *thread);

/* Ends a thread's wait; its system call returns `result`. */
void sched_wake(struct thread *thread, int64_t result);
void sched_wake_all(struct list *waiters, int64_t result);

/* Takes a thread out of whatever queue it is in; a running one is no longer current. */
void sched_remove(struct thread *thread);

/* The running thread gives way to others of its priority. */
void sched_yield(void);

/* The running thread waits until clock_now() is at least `time`. */
void sched_sleep_until(uint64_t time);

void sched_set_priority(struct thread *thread, uint32_t priority);

/* The heartbeat: wakes sleepers, ends time slices. */
void sched_tick(void);

/* Chooses the next thread and returns to it, or idles until there is one. */
_Noreturn void sched_run(void);

#endif
