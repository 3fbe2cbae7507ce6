/*
 * The scheduler: sched.h says what it promises.
 *
 * Invariants:
 *   R1  a READY thread is in the queue of its priority, and bit n of `ready` says whether queue n has
 *       any
 *   R2  the running thread is in no queue
 */
#include "obj/sched.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/mmu.h>

#include "base/assert.h"
#include "obj/view.h"

struct runqueue {
    uint32_t ready;
    struct list queues[PRIORITIES];
    struct list sleepers; /* by wake_time */
};

static struct runqueue runqueues[CPUS_MAX];

void sched_init_cpu(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = &runqueues[cpu->id.v];
    list_init(&rq->sleepers);
    for (uint32_t i = 0; i < PRIORITIES; i++)
        list_init(&rq->queues[i]);
    cpu->runqueue = rq;
}

/* At the end: the thread's next turn is a new one. */
static void enqueue(struct runqueue *rq, struct thread *thread)
{
    thread->slice = SLICE_TICKS;
    thread->state = THREAD_READY;
    list_push_back(&rq->queues[thread->priority], &thread->node);
    rq->ready |= (uint32_t)1 << thread->priority;
}

/* At the front: the thread goes on with its turn when those before it have run. */
static void enqueue_first(struct runqueue *rq, struct thread *thread)
{
    thread->state = THREAD_READY;
    list_push_front(&rq->queues[thread->priority], &thread->node);
    rq->ready |= (uint32_t)1 << thread->priority;
}

static void dequeue(struct runqueue *rq, struct thread *thread)
{
    list_remove(&thread->node);
    if (list_is_empty(&rq->queues[thread->priority]))
        rq->ready &= ~((uint32_t)1 << thread->priority);
}

static uint32_t highest(uint32_t ready)
{
    return 31 - (uint32_t)__builtin_clz(ready);
}

void sched_ready(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    enqueue(cpu->runqueue, thread);
    if (cpu->thread == NULL || thread->priority > cpu->thread->priority)
        cpu->resched = 1;
}

void sched_block(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    ASSERT(thread == cpu->thread);
    thread->state = THREAD_BLOCKED;
    cpu->resched = 1;
}

void sched_wake(struct thread *thread, int64_t result)
{
    ASSERT(thread->state == THREAD_BLOCKED);
    list_remove(&thread->node);
    if (thread->waiting_for != NULL) {
        struct object *object = thread->waiting_for;
        thread->waiting_for = NULL;
        object_put(object);
    }
    context_set_result(&thread->context, result);
    sched_ready(thread);
}

void sched_wake_all(struct list *waiters, int64_t result)
{
    while (!list_is_empty(waiters))
        sched_wake(list_item(list_first(waiters), struct thread, node), result);
}

void sched_remove(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    if (thread->state == THREAD_READY)
        dequeue(cpu->runqueue, thread);
    else if (thread->state == THREAD_BLOCKED)
        list_remove(&thread->node);
    if (cpu->thread == thread) {
        context_forget_current();
        cpu->thread = NULL;
        cpu->resched = 1;
    }
}

void sched_yield(void)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    if (cpu->runqueue->ready >> thread->priority == 0)
        return;
    enqueue(cpu->runqueue, thread);
    cpu->resched = 1;
}

void sched_sleep_until(uint64_t time)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    struct list *place = list_first(&cpu->runqueue->sleepers);
    while (place != &cpu->runqueue->sleepers &&
           list_item(place, struct thread, node)->wake_time <= time)
        place = place->next;
    thread->wake_time = time;
    sched_block(thread);
    list_insert_before(place, &thread->node);
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    struct cpu *cpu = cpu_this();
    if (thread->state == THREAD_READY) {
        dequeue(cpu->runqueue, thread);
        thread->priority = priority;
        sched_ready(thread);
        return;
    }
    thread->priority = priority;
    if (thread == cpu->thread)
        cpu->resched = 1;
}

static void wake_sleepers(struct runqueue *rq)
{
    uint64_t now = clock_now();
    while (!list_is_empty(&rq->sleepers)) {
        struct thread *thread = list_item(list_first(&rq->sleepers), struct thread, node);
        if (thread->wake_time > now)
            return;
        sched_wake(thread, STATUS_OK);
    }
}

void sched_tick(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = cpu->runqueue;
    wake_sleepers(rq);
    if (cpu->thread == NULL || --cpu->thread->slice > 0)
        return;
    cpu->thread->slice = SLICE_TICKS;
    sched_yield();
}

static struct thread *take_highest(struct runqueue *rq)
{
    uint32_t priority = highest(rq->ready);
    struct thread *thread = list_item(list_first(&rq->queues[priority]), struct thread, node);
    dequeue(rq, thread);
    return thread;
}

/* Leaves the CPU without a thread until one is ready. No user addresses are loaded meanwhile, so that
 * nothing keeps a view from ending. */
static void idle(struct cpu *cpu)
{
    cpu->thread = NULL;
    mmu_view_leave();
    while (cpu->runqueue->ready == 0)
        cpu_wait_for_interrupt();
}

static void leave(struct cpu *cpu, struct thread *thread)
{
    thread->view = view_of_mmu(cpu->view);
    context_save(&thread->context);
}

static void enter(struct cpu *cpu, struct thread *thread)
{
    cpu->thread = thread;
    cpu->caps = &thread->process->caps;
    context_make_current(&thread->context);
    context_load(&thread->context);
    if (&thread->view->mmu != cpu->view)
        mmu_view_load(&thread->view->mmu);
    cpu_count_event(COUNTER_THREAD_SWITCHES);
}

void sched_run(void)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = cpu->runqueue;
    struct thread *before = cpu->thread;
    if (before != NULL && before->state == THREAD_RUNNING)
        enqueue_first(rq, before);
    if (unlikely(rq->ready == 0)) {
        if (before != NULL)
            leave(cpu, before);
        before = NULL;
        idle(cpu);
    }
    struct thread *next = take_highest(rq);
    if (next != before) {
        if (before != NULL)
            leave(cpu, before);
        enter(cpu, next);
    }
    next->state = THREAD_RUNNING;
    cpu->resched = 0;
    context_resume(&next->context);
}
