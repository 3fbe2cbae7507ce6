/*
 * floor 6: the scheduler. Fixed priorities, round robin inside one, a run queue for each CPU.
 *
 * Nothing here switches at once: it marks the CPU (`resched`), and the way back to user code
 * chooses the next thread (sched_run). So kernel code always runs to its end.
 *
 * All of it runs under the kernel lock, which the way back to user code gives back. A CPU may find
 * its `resched` set by another one when it has waited for the lock: then it does not begin what it
 * came for, but chooses first; the thread comes again with its call or its fault.
 */
#ifndef VASCO_OBJ_SCHED_H
#define VASCO_OBJ_SCHED_H

#include <arch/cpu.h>

#include "base/list.h"
#include "base/types.h"
#include "obj/thread.h"

/* Prepares the run queue of this CPU. */
void sched_init_cpu(void);

/* Bits of struct cpu's `resched`: what is to be done before the return to user code. */
#define RESCHED_CHOOSE 1
#define RESCHED_WORK 2 /* the running call has queued work (obj/work.h) */
#define RESCHED_TELL 4 /* the running thread's fault handler has missed something (obj/fault.h) */
#define RESCHED_MOVE 8 /* the running thread goes on on another CPU */

/* Puts a thread that is in no queue at the end of its priority's. */
void sched_ready(struct thread *thread);

/* The running thread waits: whoever calls puts it on a list by its `node`. */
void sched_block(struct thread *thread);

/* Ends a thread's wait; its system call returns `result`, unless it waits with a fault, whose
 * registers stay as they are. */
void sched_wake(struct thread *thread, int64_t result);

/* The same; its call returns what it returned when the wait began, or is made again. */
void sched_unblock(struct thread *thread);

/* The running thread, which is about to wait, is unblocked when clock_now() is `time`. */
void sched_wake_at(uint64_t time);

/* The running thread's call is to be made again: it returns this, with what sched_again left. */
#define SYSCALL_AGAIN (-0x10000)

/*
 * Long work in system calls: between two steps of it interrupts come in. If sched_step then says
 * that somebody else should run, the call stops where it is and returns sched_again(): the thread
 * makes the call `repeat` when it runs next.
 */
void sched_step_begin(void);
bool must_check sched_step(void);
int64_t sched_again(struct repeat repeat);

/* The running thread's call returns to these registers; what it returns itself is for
 * sched_return. */
#define SYSCALL_RESUME (-0x10001)
int64_t sched_resume(const struct fault_report *report);

/* The priority at which the running thread's call has its work done; in a tick, that of a thread
 * which it wakes. */
uint32_t sched_work_priority(void);

/* Takes a thread out of whatever queue it is in; a running one is no longer current. */
void sched_remove(struct thread *thread);

/* The running thread gives way to others of its priority: if there are any; or whether or not, and
 * the way back chooses anew. */
void sched_yield(void);
void sched_end_turn(void);

/* The running thread waits until clock_now() is at least `time`. */
void sched_sleep_until(uint64_t time);

/* A thread runs at this priority from now on. */
void sched_set_priority(struct thread *thread, uint32_t priority);

/* A thread that has not ended runs on this CPU from now on. */
void sched_set_cpu(struct thread *thread, struct cpu *cpu);

/* The running thread of a CPU, this one or another, stops where it is, in no view, and looks around
 * before it goes on. */
void sched_halt(struct cpu *cpu);

/* No thread on another CPU stands in the view when this returns. Its capability has been cleared.
 * */
void sched_evict(struct view *view);

/* The heartbeat: wakes sleepers, ends time slices. */
void sched_tick(void);

/* The same in user code, without the kernel lock, if nothing but the CPU's own thread is concerned;
 * false: take the lock, and call sched_tick. */
bool must_check sched_tick_alone(void);

/* Checks R1 and R2 (obj/runqueue.h), and the order of the sleepers. For tests. */
void sched_check(void);

/* Clears what has ended, chooses the next thread and returns to it, or idles until there is one. */
_Noreturn void sched_run(void);

/* The running thread goes on with the registers in its context, if nobody else should run. */
_Noreturn void sched_go_on(void);

/* The same at the end of a system call: with its result for the thread that made it, unless it has
 * ended. */
_Noreturn void sched_return(int64_t result);

#endif
