/* The scheduler: sched.h says what it promises, runqueue.h what holds. Here is what happens to
 * threads; choose.c goes from one to the next, and sweep.c does the work that they leave. */
#include "obj/sched.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/ipi.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>
#include <arch/vectors.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/endpoint.h"
#include "obj/fault.h"
#include "obj/notification.h"
#include "obj/priority.h"
#include "obj/runqueue.h"
#include "obj/view.h"

static struct runqueue runqueues[CPUS_MAX];

void sched_init_cpu(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = &runqueues[cpu->id.v];
    rq->next_wake = UINT64_MAX;
    rq->timers = NULL;
    list_init(&rq->clearing);
    queue_init(&rq->threads);
    rq->wakes_at = NOBODY_WAKES;
    rq->sweeper = (struct thread){.state = THREAD_BLOCKED, .cpu = cpu, .wanted = cpu};
    list_init(&rq->sweeper.node);
    cpu->runqueue = rq;
}

void sched_mark(struct cpu *cpu, uint32_t why)
{
    bool marked = cpu->resched != 0;
    cpu->resched |= why;
    if (likely(cpu == cpu_this()) || marked)
        return;
    ipi_send(cpu->id, VECTOR_CHOOSE);
    cpu_count_event(COUNTER_CHOOSE_SENT);
}

void sched_ready(struct thread *thread)
{
    struct cpu *cpu = thread->cpu;
    runqueue_add(cpu->runqueue, thread);
    if (cpu->thread == NULL || thread->priority > cpu->thread->priority)
        sched_mark(cpu, RESCHED_CHOOSE);
}

void sched_block(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    ASSERT(thread == cpu->thread);
    thread->state = THREAD_BLOCKED;
    cpu->resched |= RESCHED_CHOOSE;
}

void sched_unblock(struct thread *thread)
{
    ASSERT(thread->state == THREAD_BLOCKED);
    thread_stop_waiting(thread);
    sched_ready(thread);
}

void sched_wake(struct thread *thread, int64_t result)
{
    if (likely(thread->fault.state == FAULT_CALL_NONE))
        context_set_result(&thread->context, result);
    sched_unblock(thread);
}

/* Another CPU runs the thread: it puts it down and comes into the kernel, where it waits for the
 * lock with nothing in its hands. */
static void recall(struct cpu *cpu)
{
    cpu->resched |= RESCHED_CHOOSE;
    if (!mmu_view_is_kernel(cpu->view))
        mmu_leave_user(cpu);
}

void sched_halt(struct cpu *cpu)
{
    if (cpu != cpu_this()) {
        recall(cpu);
        return;
    }
    cpu->resched |= RESCHED_CHOOSE;
    mmu_view_leave();
}

void sched_remove(struct thread *thread)
{
    struct cpu *cpu = thread->cpu;
    if (thread->state == THREAD_READY)
        runqueue_remove(cpu->runqueue, thread);
    if (cpu->thread == thread) {
        if (cpu != cpu_this())
            recall(cpu);
        cpu->runqueue->ended_priority = thread->priority;
        context_forget(cpu);
        cpu->thread = NULL;
        cpu->resched |= RESCHED_CHOOSE;
    }
}

/* Threads of the process on other CPUs must choose anew, since they may stand in the view; those
 * that do find out when they run next. */
void sched_evict(struct view *view)
{
    const struct process *process = view->process;
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        if (cpu != cpu_this() && cpu->thread != NULL && cpu->caps == &process->caps)
            cpu->resched |= RESCHED_CHOOSE;
    }
    uint64_t left = mmu_view_evict(&view->mmu, &process->caps);
    for (uint32_t i = 0; i < cpu_count; i++) {
        if ((left >> i & 1) != 0 && cpus[i]->thread != NULL)
            cpus[i]->thread->stands = view->handle;
    }
}

/* It may have been ended while the CPU waited for the lock, or be about to move. That somebody else
 * has become ready (at the same tick) is no reason to keep its turn. */
void sched_end_turn(void)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    if (likely(thread != NULL && thread->state == THREAD_RUNNING && thread->wanted == cpu))
        runqueue_add(cpu->runqueue, thread);
    cpu->resched |= RESCHED_CHOOSE;
}

void sched_yield(void)
{
    struct cpu *cpu = cpu_this();
    if (cpu->runqueue->threads.ready >> cpu->thread->priority != 0)
        sched_end_turn();
}

void sched_wake_at(uint64_t time)
{
    timer_start(&cpu_this()->thread->timer, time);
}

void sched_sleep_until(uint64_t time)
{
    sched_wake_at(time);
    sched_block(cpu_this()->thread);
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    struct cpu *cpu = thread->cpu;
    if (thread->priority == priority)
        return;
    if (thread->state == THREAD_READY) {
        runqueue_remove(cpu->runqueue, thread);
        thread->priority = priority;
        sched_ready(thread);
        return;
    }
    if (thread->waiting_for != NULL && thread->waiting_for->type == OBJECT_ENDPOINT)
        endpoint_requeue(container_of(thread->waiting_for, struct endpoint, object), thread,
                         priority);
    else if (thread->waiting_for != NULL && thread->waiting_for->type == OBJECT_NOTIFICATION)
        notification_requeue(container_of(thread->waiting_for, struct notification, object), thread,
                             priority);
    thread->priority = priority;
    lock_urge(thread);
    if (thread == cpu->thread)
        sched_mark(cpu, RESCHED_CHOOSE);
}

void sched_set_cpu(struct thread *thread, struct cpu *cpu)
{
    struct cpu *before = thread->cpu;
    thread->wanted = cpu;
    if (before == cpu)
        return;
    if (before->thread == thread) {
        sched_mark(before, RESCHED_MOVE);
        return;
    }
    if (thread->state == THREAD_READY)
        runqueue_remove(before->runqueue, thread);
    thread->cpu = cpu;
    if (thread->state == THREAD_READY)
        sched_ready(thread);
}

bool sched_tick_alone(void)
{
    struct cpu *cpu = cpu_this();
    if (cpu->thread->slice <= 1 || clock_now() >= cpu->runqueue->next_wake || priority_is_late())
        return false;
    cpu->thread->slice--;
    return true;
}

void sched_tick(void)
{
    struct cpu *cpu = cpu_this();
    cpu->ticked = false;
    timers_tick(cpu);
    priority_go_on();
    if (cpu->thread == NULL || --cpu->thread->slice > 0)
        return;
    cpu->thread->slice = SLICE_TICKS;
    sched_yield();
}

/* --- checks --------------------------------------------------------------------------------- */

static void check_queue(const struct runqueue *rq, uint32_t priority)
{
    const struct list *queue = &rq->threads.queues[priority];
    ASSERT(list_is_empty(queue) == ((rq->threads.ready >> priority & 1) == 0));
    list_for_each(node, queue) {
        const struct thread *thread = list_item(node, struct thread, node);
        ASSERT(thread->state == THREAD_READY && thread->priority == priority);
        ASSERT(thread->cpu->runqueue == rq);
    }
}

static void check_cpu(const struct cpu *cpu)
{
    const struct runqueue *rq = cpu->runqueue;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++)
        check_queue(rq, priority);
    timers_check(cpu);
    list_for_each(node, &rq->clearing)
        ASSERT(list_item(node, struct thread, node)->state == THREAD_BLOCKED);
    ASSERT(cpu->thread == NULL || cpu->thread->state != THREAD_RUNNING ||
           list_is_empty(&cpu->thread->node));
    ASSERT(cpu->thread == NULL || cpu->thread->cpu == cpu);
}

void sched_check(void)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        check_cpu(cpus[i]);
}
