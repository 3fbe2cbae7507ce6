/* Recording what a CPU does: trace.h says when. */
#include "obj/trace.h"

#include <arch/context.h>
#include <arch/mmu.h>

#include "base/string.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

#define NAME_WORDS 2
_Static_assert(sizeof(struct name) == NAME_WORDS * sizeof(uint64_t), "among the values");

static struct trace_values values_with_name(uint64_t first, struct name name, uint64_t last)
{
    struct trace_values values = {{first, 0, 0, last}};
    memcpy(&values.v[1], &name, sizeof(name));
    return values;
}

/* --- where the CPU is ------------------------------------------------------------------------ */

static void place_thread(struct cpu *cpu)
{
    struct trace_ring *ring = cpu->trace;
    const struct process *process = process_of(cpu->caps);
    if (cpu->thread->object.id == ring->thread && process->object.id == ring->process)
        return;
    ring->thread = cpu->thread->object.id;
    ring->process = process->object.id;
    ring->view = 0; /* is told again */
    trace_add(cpu, TRACE_THREAD, 0, values_with_name(process->object.id, process->object.name, 0));
}

static void place_view(struct cpu *cpu)
{
    struct trace_ring *ring = cpu->trace;
    if (mmu_view_is_kernel(cpu->view))
        return;
    const struct view *view = view_of_mmu(cpu->view);
    if (view->object.id == ring->view)
        return;
    ring->view = view->object.id;
    if (view->vas == NULL)
        trace_add(cpu, TRACE_VIEW, 0,
                  values_with_name(0, name_from_string("home"), (uint64_t)view->handle));
    else
        trace_add(
            cpu, TRACE_VIEW, 0,
            values_with_name(view->vas->object.id, view->vas->object.name, (uint64_t)view->handle));
}

void trace_place(struct cpu *cpu)
{
    if (cpu->thread == NULL)
        return;
    place_thread(cpu);
    place_view(cpu);
}

void trace_idle(struct cpu *cpu)
{
    cpu->trace->thread = cpu->trace->process = cpu->trace->view = 0;
    trace_add(cpu, TRACE_IDLE, 0, (struct trace_values){{0}});
}

/* --- what it does ---------------------------------------------------------------------------- */

void trace_return(struct cpu *cpu, int64_t result)
{
    trace_add(cpu, TRACE_RETURN, 0, (struct trace_values){{(uint64_t)result}});
    trace_place(cpu);
}

/* A thread that ran until now returns from its call where it made it; another one where it is. One
 * that does not return from a call makes it again, or goes on where it was interrupted, or was sent
 * to. */
void trace_resume(struct cpu *cpu)
{
    int64_t result;
    bool returns = context_returns(&cpu->thread->context, &result);
    if (cpu->thread->object.id != cpu->trace->thread)
        trace_place(cpu);
    if (returns) {
        trace_return(cpu, result);
        return;
    }
    trace_add(cpu, TRACE_RESUME, 0, (struct trace_values){{0}});
    trace_place(cpu);
}

void trace_fault(struct cpu *cpu, uint64_t vector, uint64_t address, uint64_t access, uint64_t rip)
{
    trace_place(cpu);
    trace_add(cpu, TRACE_FAULT, (uint32_t)vector, (struct trace_values){{address, access, rip}});
}

void trace_interrupt(struct cpu *cpu, uint64_t vector)
{
    trace_add(cpu, TRACE_INTERRUPT, (uint32_t)vector, (struct trace_values){{0}});
}

/* --- on and off ------------------------------------------------------------------------------ */

status_t trace_start(uint64_t nevents)
{
    TRY(trace_rings_create(&pool_root.pool, nevents));
    for (uint32_t i = 0; i < cpu_count; i++)
        cpus[i]->watched |= WATCH_TRACE;
    mmu_follow_trace();
    return STATUS_OK;
}

/* Who records without the kernel lock does so before it answers. */
void trace_stop(void)
{
    if (!trace_is_on(cpu_this()))
        return;
    for (uint32_t i = 0; i < cpu_count; i++)
        cpus[i]->watched &= ~(uint32_t)WATCH_TRACE;
    mmu_follow_trace();
    trace_rings_free(&pool_root.pool);
}
