/* The I/O APIC: see ioapic.h. */
#include "cpu/ioapic.h"

/* Sections 3.1 and 3.2, in words of 32 bits. */
#define SELECT (0x00 / 4)
#define WINDOW (0x10 / 4)
#define REG_VERSION 0x01
#define REG_PINS 0x10 /* two for each */
#define VERSION_NONE 0xffffffff

#define PIN_ACTIVE_LOW 0x02000
#define PIN_LEVEL 0x08000
#define PIN_MASKED 0x10000
#define PIN_TO_SHIFT 24
#define TO_MAX 0xff

static uint32_t read_register(volatile uint32_t *words, uint32_t reg)
{
    words[SELECT] = reg;
    return words[WINDOW];
}

static void write_register(volatile uint32_t *words, uint32_t reg, uint32_t value)
{
    words[SELECT] = reg;
    words[WINDOW] = value;
}

/* How many pins it has; 0 if nothing is there. */
static uint32_t count_pins(volatile uint32_t *words)
{
    uint32_t version = read_register(words, REG_VERSION);
    return version == VERSION_NONE || version == 0 ? 0 : (version >> 16 & 0xff) + 1;
}

bool ioapic_init(volatile void *registers)
{
    uint32_t npins = count_pins(registers);
    for (uint32_t pin = 0; pin < npins; pin++)
        write_register(registers, REG_PINS + 2 * pin, PIN_MASKED);
    return npins > 0;
}

bool ioapic_route(volatile void *registers, const struct ioapic_pin *pin, uint8_t vector,
                  uint32_t apic_id)
{
    if (pin->pin >= count_pins(registers) || apic_id >= TO_MAX)
        return false;
    uint32_t how = (pin->active_low ? PIN_ACTIVE_LOW : 0u) | (pin->level ? PIN_LEVEL : 0u);
    write_register(registers, REG_PINS + 2 * pin->pin + 1, apic_id << PIN_TO_SHIFT);
    write_register(registers, REG_PINS + 2 * pin->pin, how | vector);
    return true;
}
