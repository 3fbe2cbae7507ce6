/* The scheduler: sched.h says what it promises, runqueue.h what holds. sweep.c is its other
 * half. */
#include "obj/sched.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/ipi.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>
#include <arch/vectors.h>

#include "base/assert.h"
#include "obj/fault.h"
#include "obj/runqueue.h"
#include "obj/view.h"

static struct runqueue runqueues[CPUS_MAX];

void sched_init_cpu(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = &runqueues[cpu->id.v];
    rq->next_wake = UINT64_MAX;
    list_init(&rq->sleepers);
    list_init(&rq->clearing);
    rq->ready = 0;
    rq->wakes = NULL;
    rq->sweeper = (struct thread){.state = THREAD_BLOCKED, .cpu = cpu, .wanted = cpu};
    list_init(&rq->sweeper.node);
    for (uint32_t i = 0; i < PRIORITIES; i++)
        list_init(&rq->queues[i]);
    cpu->runqueue = rq;
}

/* A CPU looks at its `resched` before it returns to user code. Another one is interrupted, unless
 * it has been already. */
static void mark(struct cpu *cpu, uint32_t why)
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
        mark(cpu, RESCHED_CHOOSE);
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

/* Another CPU runs the thread: it puts it down and comes into the kernel, where it waits for the
 * lock with nothing in its hands. */
static void recall(struct cpu *cpu)
{
    cpu->resched |= RESCHED_CHOOSE;
    if (!mmu_view_is_kernel(cpu->view))
        mmu_leave_user(cpu);
}

void sched_remove(struct thread *thread)
{
    struct cpu *cpu = thread->cpu;
    if (thread->state == THREAD_READY)
        runqueue_remove(cpu->runqueue, thread);
    else if (thread->state == THREAD_BLOCKED)
        list_remove(&thread->node);
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
        if (cpu != cpu_this() && cpu->thread != NULL && cpu->thread->process == process)
            cpu->resched |= RESCHED_CHOOSE;
    }
    uint64_t left = mmu_view_evict(&view->mmu, &process->caps);
    for (uint32_t i = 0; left >> i != 0; i++) {
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
    if (cpu->runqueue->ready >> cpu->thread->priority != 0)
        sched_end_turn();
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
    cpu->runqueue->next_wake = min_u64(cpu->runqueue->next_wake, time);
}

void sched_sleep_until(uint64_t time)
{
    sched_wake_at(time);
    sched_block(cpu_this()->thread);
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    struct cpu *cpu = thread->cpu;
    if (thread->state == THREAD_READY) {
        runqueue_remove(cpu->runqueue, thread);
        thread->priority = priority;
        sched_ready(thread);
        return;
    }
    thread->priority = priority;
    lock_urge(thread);
    if (thread == cpu->thread)
        mark(cpu, RESCHED_CHOOSE);
}

void sched_set_cpu(struct thread *thread, struct cpu *cpu)
{
    struct cpu *before = thread->cpu;
    thread->wanted = cpu;
    if (before == cpu)
        return;
    if (before->thread == thread) {
        mark(before, RESCHED_MOVE);
        return;
    }
    if (thread->state == THREAD_READY)
        runqueue_remove(before->runqueue, thread);
    thread->cpu = cpu;
    if (thread->state == THREAD_READY)
        sched_ready(thread);
}

/* If that leaves work, it is at their priority; the thread that runs does not wait for it. */
static void wake_sleepers(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    uint32_t own_work = cpu->resched & RESCHED_WORK;
    uint64_t now = clock_now();
    rq->next_wake = UINT64_MAX;
    while (!list_is_empty(&rq->sleepers)) {
        struct thread *thread = list_item(list_first(&rq->sleepers), struct thread, timer);
        rq->next_wake = thread->wake_time;
        if (thread->wake_time > now)
            break;
        rq->next_wake = UINT64_MAX;
        rq->wakes = thread;
        sched_unblock(thread);
    }
    if (rq->wakes == NULL)
        return;
    rq->wakes = NULL;
    cpu->resched = (cpu->resched & ~(uint32_t)RESCHED_WORK) | own_work;
    sweep_start(cpu);
}

bool sched_tick_alone(void)
{
    struct cpu *cpu = cpu_this();
    if (cpu->thread->slice <= 1 || clock_now() >= cpu->runqueue->next_wake)
        return false;
    cpu->thread->slice--;
    return true;
}

void sched_tick(void)
{
    struct cpu *cpu = cpu_this();
    cpu->ticked = false;
    wake_sleepers(cpu);
    if (cpu->thread == NULL || --cpu->thread->slice > 0)
        return;
    cpu->thread->slice = SLICE_TICKS;
    sched_yield();
}

/* Leaves the CPU without a thread until one is ready. No user addresses are loaded meanwhile, so
 * that nothing keeps a view from ending; and no clock ticks if nobody sleeps. */
static rarely void idle(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    cpu->thread = NULL;
    mmu_view_leave();
    while (rq->ready == 0) {
        bool sleepless = list_is_empty(&rq->sleepers);
        cpu->resched = 0;
        if (sleepless)
            clock_tick_off();
        kernel_unlock();
        cpu_wait_for_interrupt();
        kernel_lock();
        if (sleepless)
            clock_tick_on();
        if (cpu->ticked)
            sched_tick();
    }
}

/* Who was evicted from a view (sched_evict) has been told where it stood. */
static inlined void leave(struct cpu *cpu, struct thread *thread)
{
    if (likely(!mmu_view_is_kernel(cpu->view))) {
        thread->view = view_of_mmu(cpu->view);
        thread->stands = thread->view->handle;
    }
    context_save(&thread->context);
}

static inlined void enter(struct cpu *cpu, struct thread *thread)
{
    thread->state = THREAD_RUNNING;
    thread->notes = 0;
    cpu->thread = thread;
    cpu->caps = &thread->process->caps;
    cpu->switch_caps = thread->switch_caps;
    context_make_current(cpu, &thread->context);
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
        ASSERT(thread->cpu->runqueue == rq);
    }
}

static void check_cpu(const struct cpu *cpu)
{
    const struct runqueue *rq = cpu->runqueue;
    uint64_t last = 0;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++)
        check_queue(rq, priority);
    list_for_each(node, &rq->sleepers) {
        const struct thread *thread = list_item(node, struct thread, timer);
        ASSERT(thread->state == THREAD_BLOCKED && thread->wake_time >= last);
        ASSERT(thread->wake_time >= rq->next_wake);
        last = thread->wake_time;
    }
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
    if (next == before && likely(next->epoch == next->process->epoch)) {
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

/* The running thread goes on on another CPU. */
static void move(struct cpu *cpu)
{
    struct thread *thread = cpu->thread;
    if (thread == NULL || thread->state != THREAD_RUNNING || thread->wanted == cpu)
        return;
    leave(cpu, thread);
    context_forget(cpu);
    cpu->thread = NULL;
    cpu->runqueue->ended_priority = thread->priority;
    thread->cpu = thread->wanted;
    sched_ready(thread);
}

static rarely void tell_or_sweep(struct cpu *cpu)
{
    bool tell = (cpu->resched & RESCHED_TELL) != 0 && cpu->thread != NULL;
    cpu->resched &= ~(uint32_t)RESCHED_TELL;
    if (tell)
        fault_tell_missed();
    if ((cpu->resched & RESCHED_MOVE) != 0)
        move(cpu);
    cpu->resched &= ~(uint32_t)RESCHED_MOVE;
    if ((cpu->resched & RESCHED_WORK) == 0)
        return;
    cpu->resched &= ~(uint32_t)RESCHED_WORK;
    sweep_or_wait(cpu);
}

/* The same with something else before or behind it; not so short that it should be inlined. */
static rarely bool settle_slowly(struct cpu *cpu)
{
    tell_or_sweep(cpu);
    bool chosen = choose(cpu);
    if (cpu->watched)
        kernel_lock_end(cpu);
    return chosen;
}

/* Clears what has ended, then chooses. */
static inlined bool settle(struct cpu *cpu)
{
    if (unlikely(cpu->attention & ~(uint64_t)RESCHED_CHOOSE))
        return settle_slowly(cpu);
    return choose(cpu);
}

/* Between two choices the CPU has no thread, and others may have the lock. */
static void give_way(void)
{
    if (!kernel_lock_is_wanted())
        return;
    kernel_unlock();
    kernel_lock();
}

void sched_run(void)
{
    struct cpu *cpu = cpu_this();
    while (!settle(cpu))
        give_way();
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
