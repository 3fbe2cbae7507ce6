/*
 * Long work beside the threads: the steps of calls that take long, and the sweeper, which goes on
 * with what a call has left (obj/work.h) when somebody else should run.
 */
#include <arch/cpu.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>

#include "base/assert.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "obj/view.h"
#include "obj/work.h"

void sched_step_begin(void)
{
    struct cpu *cpu = cpu_this();
    cpu->step_began = cpu_cycles();
}

bool sched_step(void)
{
    struct cpu *cpu = cpu_this();
    uint64_t took = cpu_cycles() - cpu->step_began;
    if (took > cpu->counters[COUNTER_LONGEST_STEP])
        cpu->counters[COUNTER_LONGEST_STEP] = took;
    cpu_let_interrupts_in();
    cpu->step_began = cpu_cycles();
    if (cpu->ticked)
        sched_tick();
    return (cpu->resched & RESCHED_CHOOSE) != 0 || kernel_lock_is_wanted();
}

int64_t sched_again(struct repeat repeat)
{
    struct cpu *cpu = cpu_this();
    cpu->repeat = repeat;
    cpu->resched |= RESCHED_CHOOSE;
    return SYSCALL_AGAIN;
}

static void sweep_for(struct cpu *cpu, uint32_t priority)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *sweeper = &rq->sweeper;
    if (sweeper->state == THREAD_BLOCKED) {
        sweeper->priority = priority;
        sweeper->slice = SLICE_TICKS;
        runqueue_add_first(rq, sweeper);
    } else if (sweeper->priority < priority) {
        bool ready = sweeper->state == THREAD_READY;
        if (ready)
            runqueue_remove(rq, sweeper);
        sweeper->priority = priority;
        if (ready)
            runqueue_add_first(rq, sweeper);
    }
}

uint32_t sched_work_priority(void)
{
    const struct cpu *cpu = cpu_this();
    const struct runqueue *rq = cpu->runqueue;
    if (rq->wakes_at != NOBODY_WAKES)
        return (uint32_t)rq->wakes_at;
    return cpu->thread != NULL ? cpu->thread->priority : rq->ended_priority;
}

void sweep_or_wait(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *thread = cpu->thread;
    bool waits = thread != NULL && thread->state == THREAD_RUNNING;
    if (waits && (cpu->resched & RESCHED_CHOOSE) == 0 && work_do(thread->priority))
        return;
    thread = cpu->thread; /* null, if it was itself among what was cleared */
    sweep_for(cpu, sched_work_priority());
    if (thread == NULL || !waits)
        return;
    if (thread->state == THREAD_READY)
        runqueue_remove(rq, thread);
    bool somewhere = !mmu_view_is_kernel(cpu->view); /* not if the work has thrown it back */
    if (somewhere && view_is_doomed(view_of_mmu(cpu->view)))
        thread->notes |= THREAD_KNOWS;
    thread->clears_at = thread->priority;
    sched_block(thread);
    list_push_back(&rq->clearing, &thread->node);
}

/* Threads whose work is done go on. */
static void wake_clearing(struct runqueue *rq)
{
    int left = work_highest();
    for (struct list *node = list_first(&rq->clearing); node != &rq->clearing;) {
        struct thread *thread = list_item(node, struct thread, node);
        node = node->next;
        if ((int)thread->clears_at > left)
            sched_unblock(thread);
    }
}

void sweep_start(struct cpu *cpu)
{
    int priority = work_highest();
    if (priority < 0)
        return;
    if (cpu->thread == NULL || priority > (int)cpu->thread->priority)
        sched_mark(cpu, RESCHED_CHOOSE);
    sweep_for(cpu, (uint32_t)priority);
}

void sweep(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *sweeper = &rq->sweeper;
    cpu->thread = sweeper;
    sweeper->state = THREAD_RUNNING;
    bool done = work_do(sweeper->priority);
    cpu->thread = NULL;
    cpu->resched = 0;
    if (!done && sweeper->state == THREAD_RUNNING)
        runqueue_add_first(rq, sweeper);
    if (!done)
        return;
    if (sweeper->state == THREAD_READY)
        runqueue_remove(rq, sweeper);
    sweeper->state = THREAD_BLOCKED;
    wake_clearing(rq);
    sweep_start(cpu);
}
