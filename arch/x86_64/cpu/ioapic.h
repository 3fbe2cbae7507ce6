/*
 * floor 2: an I/O APIC (Intel 82093AA data sheet): it passes the interrupts of devices on to a
 * local APIC. It is set up once, while boot's early tables show it.
 */
#ifndef VASCO_CPU_IOAPIC_H
#define VASCO_CPU_IOAPIC_H

#include "base/types.h"

/* Where the interrupt of a device arrives. */
struct ioapic_pin {
    uint64_t address; /* of the registers; 0: it arrives nowhere */
    uint32_t pin;
    bool active_low;
    bool level; /* triggered by level, not by edge */
};

/* Turns all pins off. False if there is nothing. */
bool ioapic_init(volatile void *registers);

/* Lets a pin interrupt the CPU with this id by a vector. False if there is no such pin. */
bool ioapic_route(volatile void *registers, const struct ioapic_pin *pin, uint8_t vector,
                  uint32_t apic_id);

#endif
