/*
 * Starting the other CPUs (SDM 3A 8.4.4), one after the other, since they share the early stack.
 * Each comes by the early tables (start.asm), goes to the kernel's own root and then to its own
 * stack, from where it answers; until then it is waited for only so long. What there is to say of
 * it says the first CPU.
 */
#include <arch/clock.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/string.h"
#include "boot/acpi.h"
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

static uint32_t state_after(uint64_t nanoseconds)
{
    uint64_t end = clock_now() + nanoseconds;
    uint32_t state;
    do {
        cpu_pause();
        state = __atomic_load_n(&start.state, __ATOMIC_ACQUIRE);
    } while (state == START_AWAITED && clock_now() < end);
    return state;
}

/* A CPU that came with the first start-up interrupt takes no notice of a second one. */
static uint32_t wake(uint32_t apic_id, paddr_t page)
{
    uint8_t number = (uint8_t)(page.v >> PAGE_SHIFT);
    apic_send_init(apic_id);
    (void)state_after(INIT_TIME);
    apic_send_startup(apic_id, number);
    if (state_after(STARTUP_TIME) == START_AWAITED)
        apic_send_startup(apic_id, number);
    return state_after(PATIENCE);
}

static void say_counter(cpu_id_t id, struct tsc_sync sync)
{
    int64_t ticks = sync.left != 0 ? sync.left : sync.found;
    if (ticks != 0)
        log_line("cpu", "the clock of CPU %u %s %lu ticks %s", id.v,
                 sync.left != 0 ? "stays" : "was set right: it was",
                 (uint64_t)(ticks < 0 ? -ticks : ticks), ticks < 0 ? "behind" : "ahead");
}

/* A CPU that has not arrived is set back by a further INIT, so that it cannot come when its stack
 * is another one's. One that has arrived is alive, and is waited for until it has joined. */
static void start_cpu(uint32_t apic_id, paddr_t page)
{
    start.id = (cpu_id_t){cpu_count};
    start.machine = boot_cpu_machine(start.id);
    answer(START_AWAITED);
    uint32_t state = wake(apic_id, page);
    if (state != START_ARRIVED) {
        apic_send_init(apic_id);
        log_line("cpu", "the CPU with APIC id %u %s: it is left out", apic_id,
                 state == START_AWAITED ? "does not come" : "lacks what the first one has");
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
