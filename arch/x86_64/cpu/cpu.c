/* The CPUs' records, and how one starts, waits and stops. */
#include "cpu/cpu.h"

#include <arch/ipi.h>

#include "base/assert.h"
#include "cpu/features.h"
#include "cpu/instr.h"
#include "cpu/percpu.h"
#include "cpu/registers.h"

struct cpu *cpus[CPUS_MAX];
uint32_t cpu_count;

void cpu_init(struct cpu_machine *m, cpu_id_t id)
{
    ASSERT(id.v == cpu_count && id.v < CPUS_MAX);
    struct cpu *cpu = &m->cpu;
    cpu->self = cpu;
    cpu->id = id;
    cpu->trap_stack = &m->tss.rsp[0];
    for (uint64_t n = 1; n <= TRAP_STACKS; n++)
        *(struct cpu **)m->tss.ist[n - 1] = cpu;
    features_enable();
    descriptors_init(m);
    cpu_write_msr(MSR_GS_BASE, (uint64_t)cpu);
    cpu_write_msr(MSR_KERNEL_GS_BASE, 0);
}

/* Whoever reads the count finds the record. */
void cpu_join(void)
{
    struct cpu *cpu = cpu_this();
    ASSERT(cpu->id.v == cpu_count);
    cpus[cpu->id.v] = cpu;
    __atomic_store_n(&cpu_count, cpu->id.v + 1, __ATOMIC_RELEASE);
}

void cpu_wait_for_interrupt(void)
{
    cpu_halt_enabled();
}

void cpu_let_interrupts_in(void)
{
    cpu_enable_interrupts_briefly();
}

void cpu_stop(void)
{
    for (;;) {
        cpu_disable_interrupts();
        cpu_halt();
    }
}

static bool stopping;

void cpu_stop_others(void)
{
    __atomic_store_n(&stopping, true, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (cpus[i] != cpu_this())
            ipi_send_nmi(cpus[i]->id);
    }
}

bool cpu_is_told_to_stop(void)
{
    return __atomic_load_n(&stopping, __ATOMIC_SEQ_CST);
}

uint64_t cpu_cycles(void)
{
    return cpu_read_tsc();
}
