/*
 * Long work beside the threads: the steps of calls that take long, and the sweeper, which goes on with what a
 * call has left (obj/work.h) when somebody else should run.
 */
#include <arch/cpu.h>

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
    return (cpu->resched & RESCHED_CHOOSE) != 0;
}

int64_t sched_again(struct repeat repeat)
{
    struct cpu *cpu = cpu_this();
    cpu->repeat = repeat;
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
        runqueue_remove(rq, sweeper);
        sweeper->priority = priority;
        runqueue_add_first(rq, sweeper);
    }
}

void sweep_or_wait(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *thread = cpu->thread;
    bool waits = thread != NULL && thread->state == THREAD_RUNNING;
    bool at_once = rq->sweeper.state == THREAD_BLOCKED && (cpu->resched & RESCHED_CHOOSE) == 0;
    if (waits && at_once && work_do())
        return;
    thread = cpu->thread; /* null, if it was itself among what was cleared */
    sweep_for(cpu, thread != NULL ? thread->priority : rq->ended_priority);
    if (thread == NULL || !waits)
        return;
    if (thread->state == THREAD_READY)
        runqueue_remove(rq, thread);
    if (view_is_doomed(view_of_mmu(cpu->view)))
        thread->notes |= THREAD_CLEARS;
    sched_block(thread);
    list_push_back(&rq->clearing, &thread->node);
}

void sweep(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    cpu->thread = &rq->sweeper;
    rq->sweeper.state = THREAD_RUNNING;
    bool done = work_do();
    cpu->thread = NULL;
    cpu->resched = 0;
    if (!done && rq->sweeper.state == THREAD_RUNNING)
        runqueue_add_first(rq, &rq->sweeper);
    if (!done)
        return;
    sched_remove(&rq->sweeper);
    rq->sweeper.state = THREAD_BLOCKED;
    while (!list_is_empty(&rq->clearing)) {
        struct thread *thread = list_item(list_first(&rq->clearing), struct thread, node);
        list_remove(&thread->node);
        sched_ready(thread);
    }
}
