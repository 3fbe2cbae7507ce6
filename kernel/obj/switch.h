/*
 * floor 6: from one thread to another, on this CPU. While a thread runs the CPU knows where: the
 * capability table in `cpu->caps` is that of the process, `cpu->view` is the view. Both are noted
 * in the thread when it is put down. For the scheduler (choose.c), and for who hands the CPU over.
 */
#ifndef VASCO_OBJ_SWITCH_H
#define VASCO_OBJ_SWITCH_H

#include <arch/context.h>
#include <arch/mmu.h>

#include "obj/process.h"
#include "obj/runqueue.h"
#include "obj/thread.h"

static inlined void switch_note_view(const struct cpu *cpu, struct thread *thread)
{
    thread->process = process_of(cpu->caps);
    thread->view = view_of_mmu(cpu->view);
    thread->stands = thread->view->handle;
}

/* Who was evicted from a view (sched_evict) has been told where it stood. */
static inlined void switch_note_place(const struct cpu *cpu, struct thread *thread)
{
    if (likely(!mmu_view_is_kernel(cpu->view)))
        switch_note_view(cpu, thread);
    else
        thread->process = process_of(cpu->caps);
}

static inlined void switch_make_current(struct cpu *cpu, struct thread *thread)
{
    thread->state = THREAD_RUNNING;
    thread->notes = 0;
    cpu->caps = &thread->process->caps;
    cpu->switch_caps = hold_switch_caps(thread, cpu->caps);
    cpu->thread = thread; /* with a table that is there: the oracle looks, without the lock */
    context_make_current(cpu, &thread->context);
    cpu_count_event(COUNTER_THREAD_SWITCHES);
}

static inlined void switch_load_view(const struct cpu *cpu, struct thread *thread)
{
    if (&thread->view->mmu != cpu->view)
        mmu_view_load(&thread->view->mmu);
}

/* From the running thread, whose place is noted, to one whose process has not changed since it ran
 * last. */
static inlined void switch_threads(struct cpu *cpu, struct thread *from, struct thread *to)
{
    context_switch(&from->context, &to->context);
    switch_make_current(cpu, to);
    switch_load_view(cpu, to);
}

/* Can the running thread, which is about to block in its call, hand its CPU over to this one, which
 * is blocked and not less urgent than it? The call has done nothing yet: so nobody is more urgent,
 * and the CPU stands in the thread's view (entry.asm, .not_now). */
static inlined bool switch_is_easy(const struct cpu *cpu, const struct thread *to)
{
    return to->cpu == cpu && to->epoch == to->process->epoch;
}

/* The same if it is less urgent: nobody else should run either. */
static inlined bool switch_is_next(const struct cpu *cpu, const struct thread *to)
{
    return (cpu->runqueue->threads.ready >> to->priority) >> 1 == 0;
}

/* The CPU goes to a blocked thread whose call returns a message; the running one blocks. */
static inlined _Noreturn void switch_hand_over(struct cpu *cpu, struct thread *to)
{
    struct thread *from = cpu->thread;
    from->state = THREAD_BLOCKED;
    switch_note_view(cpu, from);
    switch_threads(cpu, from, to);
    context_resume_message(&to->context);
}

#endif
