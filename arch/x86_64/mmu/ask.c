/*
 * What CPUs ask of each other. The holder of the kernel lock asks and waits; whoever is asked
 * answers in its interrupt handler, or while it waits for the lock. In both places it has no
 * translation in use and is not in the middle of a switch, so an answer says that as well.
 */
#include "mmu/ask.h"

#include <arch/ipi.h>
#include <arch/mmu.h>
#include <arch/vectors.h>

#include "base/assert.h"
#include "cpu/instr.h"
#include "mem/trace_ring.h"

/* One batch is finished, and one view left, at a time: under the kernel lock. */
static const struct tlb_batch *asked_batch;
static const struct mmu_view *asked_view;

/* How often all answers have been awaited: for traces. */
static uint64_t questions;

static bool stands_nowhere(const struct cpu *cpu)
{
    return mmu_view_is_kernel(__atomic_load_n(&cpu->view, __ATOMIC_ACQUIRE));
}

static void ask(struct cpu *cpu, uint32_t what)
{
    ASSERT(cpu->asked == 0);
    if (trace_is_on(cpu_this()))
        trace_add(cpu_this(), TRACE_ASK, cpu->id.v, (struct trace_values){{questions}});
    __atomic_store_n(&cpu->asked, what, __ATOMIC_RELEASE);
    ipi_send(cpu->id, VECTOR_ASK);
    cpu_count_event(COUNTER_ASKED);
}

static void await_all(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        while (__atomic_load_n(&cpus[i]->asked, __ATOMIC_ACQUIRE) != 0)
            cpu_pause();
    }
    questions++;
}

void ask_to_flush(const struct tlb_batch *batch)
{
    const struct cpu *self = cpu_this();
    bool asked = false;
    asked_batch = batch;
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        struct mmu_view *view = __atomic_load_n(&cpu->view, __ATOMIC_ACQUIRE);
        if (likely(mmu_view_is_current(view, cpu)) || cpu == self)
            continue;
        ask(cpu, ASK_FLUSH);
        asked = true;
    }
    if (asked)
        await_all();
}

void mmu_await_switches(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        if (cpu != cpu_this() && !stands_nowhere(cpu))
            ask(cpu, ASK_NOTHING);
    }
    await_all();
}

uint64_t mmu_view_evict(const struct mmu_view *view, const struct cap_table *table)
{
    uint64_t asked = 0;
    uint64_t left = 0;
    asked_view = view;
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        bool may_switch = cpu->thread != NULL && cpu->caps == table;
        if (cpu == cpu_this() || stands_nowhere(cpu) || (!may_switch && cpu->view != view))
            continue;
        asked |= (uint64_t)1 << i;
        ask(cpu, ASK_LEAVE);
    }
    await_all();
    for (uint32_t i = 0; i < cpu_count; i++) {
        if ((asked >> i & 1) != 0 && stands_nowhere(cpus[i]))
            left |= (uint64_t)1 << i;
    }
    return left;
}

void mmu_leave_user(struct cpu *cpu)
{
    asked_view = NULL;
    ask(cpu, ASK_LEAVE);
    await_all();
}

void mmu_follow_trace(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (cpus[i] != cpu_this())
            ask(cpus[i], ASK_TRACE);
    }
    await_all();
    cpu_follow_trace();
}

void mmu_answer(void)
{
    struct cpu *cpu = cpu_this();
    uint32_t asked = __atomic_load_n(&cpu->asked, __ATOMIC_ACQUIRE);
    if (asked == 0)
        return;
    if (asked & ASK_FLUSH)
        tlb_batch_apply(asked_batch);
    if (asked & ASK_LEAVE && (asked_view == NULL || cpu->view == asked_view))
        mmu_view_leave();
    if (asked & ASK_TRACE)
        cpu_follow_trace();
    if (trace_is_on(cpu))
        trace_add(cpu, TRACE_ANSWER, cpu->id.v, (struct trace_values){{questions}});
    __atomic_store_n(&cpu->asked, 0, __ATOMIC_RELEASE);
}
