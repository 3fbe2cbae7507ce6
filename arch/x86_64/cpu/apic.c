/*
 * The local APIC. Its registers are memory (xAPIC), or MSRs in x2APIC mode, which is used where
 * CPUID has it, and also against a boot option if the firmware left it on: there is no simple way
 * back (SDM 3A 10.12.5). All CPUs are in the same mode.
 */
#include "cpu/apic.h"

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/ipi.h>
#include <arch/layout.h>
#include <arch/vectors.h>

#include "base/assert.h"
#include "cpu/instr.h"
#include "cpu/registers.h"

#define REG_ID 0x020
#define REG_TASK_PRIORITY 0x080
#define REG_END 0x0b0
#define REG_SPURIOUS 0x0f0
#define REG_COMMAND 0x300
#define REG_COMMAND_TO 0x310
#define REG_TIMER 0x320
#define REG_LINT0 0x350
#define REG_ERROR 0x370
#define REG_TIMER_INITIAL 0x380
#define REG_TIMER_CURRENT 0x390
#define REG_TIMER_DIVIDE 0x3e0

#define SPURIOUS_ENABLE 0x100
#define LVT_MASKED 0x10000
#define LVT_PERIODIC 0x20000
#define DIVIDE_BY_1 0xb

/* SDM 3A figure 10-12. Only one CPU is addressed, by its id; the level is always "assert". */
#define COMMAND_FIXED 0x4000
#define COMMAND_NMI 0x4400
#define COMMAND_INIT 0x4500
#define COMMAND_STARTUP 0x4600
#define COMMAND_PENDING 0x1000

#define ID_ALL 0xff /* in the 8 bits of the xAPIC: everybody */
#define ID_SHIFT 24

static bool x2apic;

static volatile uint32_t *register_at(uint32_t reg)
{
    return (volatile uint32_t *)(DEVICE_WINDOW + reg);
}

static uint32_t apic_read(uint32_t reg)
{
    return x2apic ? (uint32_t)cpu_read_msr(MSR_X2APIC + reg / 16) : *register_at(reg);
}

static void apic_write(uint32_t reg, uint32_t value)
{
    if (x2apic)
        cpu_write_msr(MSR_X2APIC + reg / 16, value);
    else
        *register_at(reg) = value;
}

paddr_t apic_paddr(void)
{
    return PADDR(cpu_read_msr(MSR_APIC_BASE) & APIC_BASE_ADDRESS);
}

bool apic_is_x2apic(void)
{
    return x2apic;
}

/* x2APIC mode is reached by way of the other one (SDM 3A figure 10-27). */
static void mode_enter(void)
{
    uint64_t base = cpu_read_msr(MSR_APIC_BASE) | APIC_BASE_ENABLED;
    if (feature_used(FEATURE_X2APIC) || (base & APIC_BASE_X2APIC) != 0)
        x2apic = true;
    cpu_write_msr(MSR_APIC_BASE, base);
    if (x2apic)
        cpu_write_msr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

/* What can be sent to a CPU by its id (SDM 3A 10.6.1, 10.12.9). */
static void command_send(uint32_t id, uint32_t command)
{
    if (x2apic) {
        cpu_fence_before_msr();
        cpu_write_msr(MSR_X2APIC + REG_COMMAND / 16, (uint64_t)id << 32 | command);
        return;
    }
    while (apic_read(REG_COMMAND) & COMMAND_PENDING)
        cpu_pause();
    apic_write(REG_COMMAND_TO, id << ID_SHIFT);
    apic_write(REG_COMMAND, command);
}

/* Leaf 0xb has all bits of the id, leaf 1 the lowest eight (SDM 2A, CPUID). */
uint32_t apic_id_by_cpuid(void)
{
    struct cpuid topology = cpu_id(0, 0).eax >= 0xb ? cpu_id(0xb, 0) : (struct cpuid){0};
    return topology.ebx != 0 ? topology.edx : cpu_id(1, 0).ebx >> 24;
}

uint32_t apic_id(void)
{
    return x2apic ? apic_read(REG_ID) : apic_read(REG_ID) >> ID_SHIFT;
}

bool apic_can_reach(uint32_t id)
{
    return x2apic || id < ID_ALL;
}

void apic_send(uint32_t id, uint8_t vector)
{
    command_send(id, COMMAND_FIXED | vector);
}

void apic_send_nmi(uint32_t id)
{
    command_send(id, COMMAND_NMI);
}

void apic_send_init(uint32_t id)
{
    command_send(id, COMMAND_INIT);
}

void apic_send_startup(uint32_t id, uint8_t page)
{
    command_send(id, COMMAND_STARTUP | page);
}

void ipi_send(cpu_id_t cpu, uint8_t vector)
{
    ASSERT(cpu.v < cpu_count);
    apic_send(cpus[cpu.v]->apic_id, vector);
}

void ipi_send_nmi(cpu_id_t cpu)
{
    ASSERT(cpu.v < cpu_count);
    apic_send_nmi(cpus[cpu.v]->apic_id);
}

void apic_init(void)
{
    mode_enter();
    cpu_this()->apic_id = apic_id();
    apic_write(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    apic_write(REG_TASK_PRIORITY, 0);
    apic_write(REG_TIMER, LVT_MASKED);
    apic_write(REG_LINT0, LVT_MASKED);
    apic_write(REG_ERROR, LVT_MASKED);
}

void apic_timer_start_silent(void)
{
    apic_write(REG_TIMER, LVT_MASKED);
    apic_write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(REG_TIMER_INITIAL, UINT32_MAX);
}

uint32_t apic_timer_elapsed(void)
{
    return UINT32_MAX - apic_read(REG_TIMER_CURRENT);
}

void apic_timer_start_periodic(uint32_t ticks, uint8_t vector)
{
    apic_write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(REG_TIMER, LVT_PERIODIC | vector);
    apic_write(REG_TIMER_INITIAL, ticks);
}

/* It stays periodic and counts on: what runs out in one-shot mode does not begin anew when the mode
 * changes, but only when the initial count is written (SDM 3A 10.5.4). */
void apic_timer_set_periodic(bool on, uint8_t vector)
{
    apic_write(REG_TIMER, LVT_PERIODIC | vector | (on ? 0 : LVT_MASKED));
}

void interrupt_done(void)
{
    apic_write(REG_END, 0);
}
