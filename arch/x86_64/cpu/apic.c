/*
 * The local APIC. Its registers are memory (xAPIC), or MSRs if the firmware left it in x2APIC mode,
 * out of which there is no simple way (SDM 3A 10.12.5).
 */
#include "cpu/apic.h"

#include <arch/clock.h>
#include <arch/layout.h>
#include <arch/vectors.h>

#include "cpu/instr.h"
#include "cpu/registers.h"

#define REG_TASK_PRIORITY 0x080
#define REG_END 0x0b0
#define REG_SPURIOUS 0x0f0
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

void apic_init(void)
{
    uint64_t base = cpu_read_msr(MSR_APIC_BASE);
    x2apic = (base & APIC_BASE_X2APIC) != 0;
    cpu_write_msr(MSR_APIC_BASE, base | APIC_BASE_ENABLED);
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

void apic_timer_set_periodic(bool on, uint8_t vector)
{
    apic_write(REG_TIMER, on ? LVT_PERIODIC | vector : LVT_MASKED);
}

void interrupt_done(void)
{
    apic_write(REG_END, 0);
}
