/* What the tests of several CPUs share: see smp.h. */
#include "smp.h"

static _Alignas(16) char fault_stacks[WORKERS][PAGE_BYTES];
static struct smp_faults faults[WORKERS];

size_t smp_cpus(void)
{
    uint32_t ncpus = kit_system_info().ncpus;
    return ncpus < SMP_MAX ? ncpus : SMP_MAX;
}

/* SDM 2A, CPUID: leaf 1, EBX, bits 31 to 24. */
uint32_t smp_apic_id(void)
{
    uint32_t a = 1, b, c, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return b >> 24;
}

uint32_t smp_apic_id_of(size_t cpu)
{
    uint32_t home = kit_thread_info(0).cpu;
    check_eq(sys_thread_set_cpu(0, cpu), STATUS_OK);
    uint32_t id = smp_apic_id();
    check_eq(sys_thread_set_cpu(0, home), STATUS_OK);
    return id;
}

bool smp_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *), size_t cpu)
{
    return worker_start(worker, slot, body, PRIORITY_DEFAULT) &&
           check_eq(sys_thread_set_cpu(worker->thread, cpu), STATUS_OK);
}

void smp_linger(uint64_t turns)
{
    for (uint64_t i = 0; i < turns; i++)
        __asm__ volatile("pause");
}

static void handle(struct fault_report *report)
{
    size_t slot = ((uintptr_t)report - (uintptr_t)fault_stacks) / PAGE_BYTES;
    if (report->kind == FAULT_VIEW_LOST) {
        faults[slot].lost++;
    } else {
        faults[slot].pages++;
        report->rax = SMP_NOTHING;
        report->rip += 3;
    }
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle,
                      (uintptr_t)fault_stacks[slot] + PAGE_BYTES);
}

void smp_survive(size_t slot)
{
    faults[slot] = (struct smp_faults){0};
    sys_thread_set_handler((uintptr_t)handle, (uintptr_t)fault_stacks[slot] + PAGE_BYTES);
}

struct smp_faults *smp_faults(size_t slot)
{
    return &faults[slot];
}
