/* The scheduler: sched.h says what it promises, runqueue.h what holds. sweep.c is its other
 * half. */
#include "obj/sched.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/mmu.h>

#include "base/assert.h"
#include "obj/fault.h"
#include "obj/runqueue.h"
#include "obj/view.h"

static struct runqueue runqueues[CPUS_MAX];

void sched_init_cpu(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = &runqueues[cpu->id.v];
    list_init(&rq->sleepers);
    list_init(&rq->clearing);
    rq->ready = 0;
    rq->wakes = NULL;
    rq->sweeper = (struct thread){.state = THREAD_BLOCKED};
    list_init(&rq->sweeper.node);
    for (uint32_t i = 0; i < PRIORITIES; i++)
        list_init(&rq->queues[i]);
    cpu->runqueue = rq;
}

void sched_ready(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    runqueue_add(cpu->runqueue, thread);
    if (cpu->thread == NULL || thread->priority > cpu->thread->priority)
        cpu->resched |= RESCHED_CHOOSE;
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
    context_set_result(&thread->context, result);
    sched_unblock(thread);
}

void sched_remove(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    if (thread->state == THREAD_READY)
        runqueue_remove(cpu->runqueue, thread);
    else if (thread->state == THREAD_BLOCKED)
        list_remove(&thread->node);
    if (cpu->thread == thread) {
        cpu->runqueue->ended_priority = thread->priority;
        context_forget_current();
        cpu->thread = NULL;
        cpu->resched |= RESCHED_CHOOSE;
    }
}

void sched_yield(void)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    if (cpu->runqueue->ready >> thread->priority == 0)
        return;
    runqueue_add(cpu->runqueue, thread);
    cpu->resched |= RESCHED_CHOOSE;
}

void sched_wake_at(uint64_t time)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    struct list *place = list_first(&cpu->runqueue->sleepers);
    while (place != &cpu->runqueue->sleepers &&
           list_item(place, struct thread, timer)->wake_time <= time)
        place = place->next;
    thread->wake_time = time;
    list_insert_before(place, &thread->timer);
}

void sched_sleep_until(uint64_t time)
{
    sched_wake_at(time);
    sched_block(cpu_this()->thread);
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    struct cpu *cpu = cpu_this();
    if (thread->state == THREAD_READY) {
        runqueue_remove(cpu->runqueue, thread);
        thread->priority = priority;
        sched_ready(thread);
        return;
    }
    thread->priority = priority;
    lock_urge(thread);
    if (thread == cpu->thread)
        cpu->resched |= RESCHED_CHOOSE;
}

/* If that leaves work, it is at their priority; the thread that runs does not wait for it. */
static void wake_sleepers(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    uint32_t own_work = cpu->resched & RESCHED_WORK;
    uint64_t now = clock_now();
    while (!list_is_empty(&rq->sleepers)) {
        struct thread *thread = list_item(list_first(&rq->sleepers), struct thread, timer);
        if (thread->wake_time > now)
            break;
        rq->wakes = thread;
        sched_unblock(thread);
    }
    if (rq->wakes == NULL)
        return;
    rq->wakes = NULL;
    cpu->resched = (cpu->resched & ~(uint32_t)RESCHED_WORK) | own_work;
    sweep_start(cpu);
}

void sched_tick(void)
{
    struct cpu *cpu = cpu_this();
    wake_sleepers(cpu);
    if (cpu->thread == NULL || --cpu->thread->slice > 0)
        return;
    cpu->thread->slice = SLICE_TICKS;
    sched_yield();
}

/* Leaves the CPU without a thread until one is ready. No user addresses are loaded meanwhile, so
 * that nothing keeps a view from ending. */
static rarely void idle(struct cpu *cpu)
{
    cpu->thread = NULL;
    mmu_view_leave();
    while (cpu->runqueue->ready == 0)
        cpu_wait_for_interrupt();
}

static void leave(struct cpu *cpu, struct thread *thread)
{
    thread->view = view_of_mmu(cpu->view);
    thread->stands = thread->view->handle;
    context_save(&thread->context);
}

static inlined void enter(struct cpu *cpu, struct thread *thread)
{
    thread->state = THREAD_RUNNING;
    thread->notes = 0;
    cpu->thread = thread;
    cpu->caps = &thread->process->caps;
    cpu->switch_caps = thread->switch_caps;
    context_make_current(&thread->context);
    context_load(&thread->context);
    if (&thread->view->mmu != cpu->view)
        mmu_view_load(&thread->view->mmu);
    cpu_count_event(COUNTER_THREAD_SWITCHES);
}

/* Something has happened to the process since the thread ran last: its end, or that of a view. A
 * thread that has lost its view gives its locks back, and then others may have to run first. */
static rarely bool enter_otherwise(struct cpu *cpu, struct thread *thread)
{
    cpu->thread = NULL;
    cpu->runqueue->ended_priority = thread->priority; /* if it ends now */
    if (!thread_look_around(thread))
        return false;
    bool lost = (thread->notes & THREAD_LOST) != 0;
    enter(cpu, thread);
    if (lost)
        fault_view_lost(thread->lost);
    return cpu->thread == thread && cpu->resched == 0;
}

int64_t sched_resume(const struct fault_report *report)
{
    struct cpu *cpu = cpu_this();
    cpu->report = *report;
    cpu->resched |= RESCHED_CHOOSE;
    return SYSCALL_RESUME;
}

static inlined void take_result(struct cpu *cpu, int64_t result)
{
    if (unlikely(cpu->thread == NULL))
        return;
    struct context *context = &cpu->thread->context;
    if (likely(result > SYSCALL_AGAIN))
        context_set_result(context, result);
    else if (result == SYSCALL_AGAIN)
        context_repeat_call(context, cpu->repeat);
    else
        context_take_report(context, &cpu->report);
}

static void check_queue(const struct runqueue *rq, uint32_t priority)
{
    const struct list *queue = &rq->queues[priority];
    ASSERT(list_is_empty(queue) == ((rq->ready >> priority & 1) == 0));
    list_for_each(node, queue) {
        const struct thread *thread = list_item(node, struct thread, node);
        ASSERT(thread->state == THREAD_READY && thread->priority == priority);
    }
}

void sched_check(void)
{
    const struct cpu *cpu = cpu_this();
    const struct runqueue *rq = cpu->runqueue;
    uint64_t last = 0;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++)
        check_queue(rq, priority);
    list_for_each(node, &rq->sleepers) {
        const struct thread *thread = list_item(node, struct thread, timer);
        ASSERT(thread->state == THREAD_BLOCKED && thread->wake_time >= last);
        last = thread->wake_time;
    }
    list_for_each(node, &rq->clearing)
        ASSERT(list_item(node, struct thread, node)->state == THREAD_BLOCKED);
    ASSERT(cpu->thread == NULL || cpu->thread->state != THREAD_RUNNING ||
           list_is_empty(&cpu->thread->node));
}

/* --- choosing ------------------------------------------------------------------------------- */

/* Makes the next thread current. False if it has to be chosen again: it turned out to have ended,
 * or was the sweeper. */
static inlined bool choose(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *before = cpu->thread;
    if (before != NULL && before->state == THREAD_RUNNING)
        runqueue_add_first(rq, before);
    if (unlikely(rq->ready == 0)) {
        if (before != NULL)
            leave(cpu, before);
        before = NULL;
        idle(cpu);
    }
    cpu->resched = 0;
    struct thread *next = runqueue_take(rq);
    if (next == before) {
        next->state = THREAD_RUNNING;
        next->notes = 0;
        return true;
    }
    if (before != NULL)
        leave(cpu, before);
    if (unlikely(next == &rq->sweeper)) {
        sweep(cpu);
        return false;
    }
    if (unlikely(next->epoch != next->process->epoch))
        return enter_otherwise(cpu, next);
    enter(cpu, next);
    return true;
}

static rarely void tell_or_sweep(struct cpu *cpu)
{
    bool tell = (cpu->resched & RESCHED_TELL) != 0 && cpu->thread != NULL;
    cpu->resched &= ~(uint32_t)RESCHED_TELL;
    if (tell)
        fault_tell_missed();
    if ((cpu->resched & RESCHED_WORK) == 0)
        return;
    cpu->resched &= ~(uint32_t)RESCHED_WORK;
    sweep_or_wait(cpu);
}

/* Clears what has ended, then chooses. */
static inlined bool settle(struct cpu *cpu)
{
    if (unlikely(cpu->resched & (RESCHED_WORK | RESCHED_TELL)))
        tell_or_sweep(cpu);
    return choose(cpu);
}

void sched_run(void)
{
    struct cpu *cpu = cpu_this();
    while (!settle(cpu))
        continue;
    context_resume(&cpu->thread->context);
}

void sched_return(int64_t result)
{
    struct cpu *cpu = cpu_this();
    take_result(cpu, result);
    if (unlikely(!settle(cpu)))
        sched_run();
    context_resume(&cpu->thread->context);
}
