/* The other half of the scheduler: choosing the next thread, on the way back to user code, and
 * going to it. All of it runs under the kernel lock, which the last step gives back. */
#include <arch/clock.h>
#include <arch/context.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>

#include "obj/fault.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "obj/switch.h"
#include "obj/trace.h"
#include "obj/view.h"

/* --- going to a thread, or to none ---------------------------------------------------------- */

/* Leaves the CPU without a thread until one is ready. No user addresses are loaded meanwhile, so
 * that nothing keeps a view from ending; and no clock ticks if no timer is set. */
static rarely void idle(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    cpu->thread = NULL;
    mmu_view_leave();
    if (trace_is_on(cpu))
        trace_idle(cpu);
    while (rq->threads.ready == 0) {
        bool timeless = rq->timers == NULL;
        cpu->resched = 0;
        if (timeless)
            clock_tick_off();
        kernel_unlock();
        cpu_wait_for_interrupt();
        kernel_lock();
        if (timeless)
            clock_tick_on();
        if (cpu->ticked)
            sched_tick();
    }
}

static rarely void leave(struct cpu *cpu, struct thread *thread)
{
    switch_note_place(cpu, thread);
    context_save(&thread->context);
}

static rarely void enter(struct cpu *cpu, struct thread *thread)
{
    context_load(&thread->context);
    switch_make_current(cpu, thread);
    switch_load_view(cpu, thread);
}

/* Something has happened to the process since the thread ran last: its end, or that of a view. A
 * thread that has lost its view gives its locks back, and then others may have to run first. */
static rarely bool enter_otherwise(struct cpu *cpu, struct thread *thread)
{
    cpu->thread = NULL;
    cpu->runqueue->ended_priority = thread->priority; /* if it ends now */
    if (!thread_look_around(thread))
        return false;
    handle_t lost = thread->notes & THREAD_LOST ? thread->lost : 0;
    enter(cpu, thread);
    fault_go_on(lost);
    return cpu->thread == thread && cpu->resched == 0;
}

void sched_go_on(void)
{
    struct cpu *cpu = cpu_this();
    if (likely(cpu->attention == 0))
        context_resume(&cpu->thread->context);
    sched_run();
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

/* --- choosing ------------------------------------------------------------------------------- */

/* There is no thread to come from, or the one to go to is no ordinary one. False: it has to be
 * chosen again. */
static rarely bool go_otherwise(struct cpu *cpu, struct thread *before, struct thread *next)
{
    if (before != NULL)
        leave(cpu, before);
    if (next == &cpu->runqueue->sweeper) {
        sweep(cpu);
        return false;
    }
    if (next->epoch != next->process->epoch)
        return enter_otherwise(cpu, next);
    enter(cpu, next);
    return true;
}

/* Nobody is ready, or was when this began. */
static rarely bool choose_idle(struct cpu *cpu, struct thread *before)
{
    if (before != NULL)
        leave(cpu, before);
    idle(cpu);
    cpu->resched = 0;
    return go_otherwise(cpu, NULL, runqueue_take(cpu->runqueue));
}

/* Makes the next thread current. False if it has to be chosen again: it turned out to have ended,
 * or was the sweeper. */
static inlined bool choose(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    struct thread *before = cpu->thread;
    if (before != NULL && before->state == THREAD_RUNNING)
        runqueue_add_first(rq, before);
    if (unlikely(rq->threads.ready == 0))
        return choose_idle(cpu, before);
    cpu->resched = 0;
    struct thread *next = runqueue_take(rq);
    if (next == before) {
        if (unlikely(next->epoch == EPOCH_PAST))
            return go_otherwise(cpu, before, next);
        next->state = THREAD_RUNNING;
        next->notes = 0;
        return true;
    }
    if (unlikely(before == NULL || next == &rq->sweeper || next->epoch != next->process->epoch))
        return go_otherwise(cpu, before, next);
    switch_note_place(cpu, before);
    switch_threads(cpu, before, next);
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
    if (!cpu->watched)
        return chosen;
    if (chosen && trace_is_on(cpu))
        trace_resume(cpu);
    kernel_lock_end(cpu);
    if (!chosen)
        kernel_lock_begin(cpu);
    return chosen;
}

/* Clears what has ended, then chooses. */
static inlined bool settle(struct cpu *cpu)
{
    if (unlikely(cpu->attention & ~(uint64_t)RESCHED_CHOOSE))
        return settle_slowly(cpu);
    return choose(cpu);
}

/* Between two choices others may have the lock. If the CPU has a thread then, it is as if it waited
 * at the entry of a call. */
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
