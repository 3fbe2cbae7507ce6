/*
 * Starting the other CPUs (SDM 3A 8.4.4), one after the other, since they share the early stack.
 * Each comes by the early tables (start.asm), goes to the kernel's own root and then to its own
 * stack, from where it answers. What there is to say of it says the first CPU.
 *
 * Whoever takes the ticket (start.asm) is the one that starts, and has the early stack for itself.
 * A CPU is waited for only so long until it takes it; one that comes later finds none, and stops.
 */
#include <arch/clock.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/string.h"
#include "boot/acpi_madt.h"
#include "boot/boot.h"
#include "boot/memory.h"
#include "cpu/apic.h"
#include "cpu/cpu.h"
#include "cpu/descriptors.h"
#include "cpu/features.h"
#include "cpu/instr.h"
#include "cpu/percpu.h"
#include "cpu/tsc_sync.h"

#define MICROSECOND ((uint64_t)1000)
#define INIT_TIME (10000 * MICROSECOND)
#define STARTUP_TIME (200 * MICROSECOND)
#define PATIENCE (2000000 * MICROSECOND) /* an emulator on a busy host is slow */

uint32_t start_ticket; /* 0: none */

enum start_state {
    START_AWAITED,
    START_ARRIVED,
    START_UNSUITABLE,
};

/* Between the first CPU and the one that starts. */
static struct {
    uint64_t root;
    struct cpu_machine *machine;
    cpu_id_t id;
    uint32_t state;
} start;

extern char start_page[], start_page_end[];     /* start.asm */
extern char early_tables[], early_tables_end[]; /* boot.asm */

_Noreturn void start_here(void);

/* --- the CPU that starts -------------------------------------------------------------------- */

static void answer(enum start_state state)
{
    __atomic_store_n(&start.state, state, __ATOMIC_RELEASE);
}

static void start_on_own_stack(void)
{
    mmu_view_leave();
    apic_init();
    answer(START_ARRIVED);
    tsc_sync_follow();
    clock_start();
    cpu_started();
}

/* On the early stack, by the early tables. They do not show the record: the root comes first, and
 * before it the features, as its entries have the no-execute bit. */
void start_here(void)
{
    descriptors_load_traps();
    if (!features_are_here()) {
        answer(START_UNSUITABLE);
        cpu_stop();
    }
    features_enable();
    cpu_write_cr3(start.root);
    cpu_init(start.machine, start.id);
    boot_on_stack(cpu_this()->stack_top, start_on_own_stack);
}

/* --- the first CPU -------------------------------------------------------------------------- */

struct cpu_machine *boot_cpu_machine(cpu_id_t id)
{
    struct cpu_machine *m = cpu_machine_of(id);
    page_zero(m, sizeof(*m));
    m->cpu.stack_top = cpu_area(id) + CPU_STACK_OFFSET + CPU_STACK_BYTES;
    for (uint64_t n = 1; n <= TRAP_STACKS; n++)
        m->tss.ist[n - 1] = cpu_trap_stack(id, n) + CPU_TRAP_STACK_BYTES - CPU_TRAP_STACK_HEAD;
    return m;
}

static void wait(uint64_t nanoseconds)
{
    for (uint64_t end = clock_now() + nanoseconds; clock_now() < end;)
        cpu_pause();
}

static bool ticket_is_taken(uint64_t nanoseconds)
{
    uint64_t end = clock_now() + nanoseconds;
    while (__atomic_load_n(&start_ticket, __ATOMIC_ACQUIRE) != 0) {
        if (clock_now() >= end)
            return false;
        cpu_pause();
    }
    return true;
}

/* A CPU that came with the first start-up interrupt takes no notice of a second one. */
static bool wake(uint32_t apic_id, paddr_t page)
{
    uint8_t number = (uint8_t)(page.v >> PAGE_SHIFT);
    apic_send_init(apic_id);
    wait(INIT_TIME);
    __atomic_store_n(&start_ticket, 1, __ATOMIC_RELEASE);
    apic_send_startup(apic_id, number);
    if (ticket_is_taken(STARTUP_TIME))
        return true;
    apic_send_startup(apic_id, number);
    return ticket_is_taken(PATIENCE) ||
           __atomic_exchange_n(&start_ticket, 0, __ATOMIC_ACQ_REL) == 0;
}

static void say_counter(cpu_id_t id, struct tsc_sync sync)
{
    int64_t ticks = sync.left != 0 ? sync.left : sync.found;
    if (ticks != 0)
        log_line("cpu", "the clock of CPU %u %s %lu ticks %s", id.v,
                 sync.left != 0 ? "stays" : "was set right: it was",
                 (uint64_t)(ticks < 0 ? -ticks : ticks), ticks < 0 ? "behind" : "ahead");
}

/* One that has taken the ticket is alive: it is waited for without a limit. */
static uint32_t wait_for_answer(void)
{
    uint32_t state;
    while ((state = __atomic_load_n(&start.state, __ATOMIC_ACQUIRE)) == START_AWAITED)
        cpu_pause();
    return state;
}

static void start_cpu(uint32_t apic_id, paddr_t page)
{
    start.id = (cpu_id_t){cpu_count};
    start.machine = boot_cpu_machine(start.id);
    answer(START_AWAITED);
    if (!wake(apic_id, page)) {
        log_line("cpu", "the CPU with APIC id %u does not come: it is left out", apic_id);
        return;
    }
    if (wait_for_answer() == START_UNSUITABLE) {
        apic_send_init(apic_id); /* out of the early tables */
        log_line("cpu", "the CPU with APIC id %u lacks a feature in use: left out", apic_id);
        return;
    }
    say_counter(start.id, tsc_sync_lead());
    while (__atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE) == start.id.v)
        cpu_pause();
}

static void start_all(const struct cpu_list *list, paddr_t page)
{
    memcpy(paddr_to_ptr(page), start_page, (uint64_t)start_page_end - (uint64_t)start_page);
    start.root = cpu_read_cr3();
    ASSERT(is_aligned(start.root, PAGE_SIZE));
    for (uint32_t i = 1; i < list->n; i++) {
        uint32_t id = list->apic_ids[i];
        if (!apic_can_reach(id))
            log_line("cpu", "APIC id %u is out of reach without x2APIC: left out", id);
        else if (id != apic_id())
            start_cpu(id, page);
    }
}

static void say_cpus(void)
{
    const char *mode = apic_is_x2apic() ? "x2APIC" : "xAPIC";
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (uint32_t i = 0; i < cpu_count; i++) {
        least = (uint32_t)min_u64(least, cpus[i]->apic_id);
        most = (uint32_t)max_u64(most, cpus[i]->apic_id);
    }
    if (cpu_count == 1)
        log_line("cpu", "1 CPU, APIC id %u (%s)", least, mode);
    else
        log_line("cpu", "%u CPUs, APIC ids %u to %u (%s)", cpu_count, least, most, mode);
}

void boot_start_cpus(const struct boot_info *boot, const struct cpu_list *list)
{
    paddr_t page = memory_start_page(boot);
    if (list->n > 1 && page.v == 0)
        log_line("cpu", "no memory below 1 MiB to start CPUs from: only this one is used");
    else if (list->n > 1)
        start_all(list, page);
    page_zero(early_tables, (uint64_t)early_tables_end - (uint64_t)early_tables);
    say_cpus();
}
