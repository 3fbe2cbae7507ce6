/*
 * floor 2: the local APIC (SDM 3A chapter 10) of this CPU.
 */
#ifndef VASCO_CPU_APIC_H
#define VASCO_CPU_APIC_H

#include "base/types.h"

/* Where its registers are in physical memory; boot maps them at DEVICE_WINDOW, uncached. */
paddr_t apic_paddr(void);

/* Enables it. All its interrupt sources are off, but for NMI as the firmware wired it. */
void apic_init(void);

/* The timer, counting down at its full rate. */
void apic_timer_start_silent(void); /* from the highest count, without interrupts */
uint32_t apic_timer_elapsed(void);  /* ticks since then */
void apic_timer_start_periodic(uint32_t ticks, uint8_t vector);
void apic_timer_set_periodic(bool on, uint8_t vector); /* its interrupts, while it counts on */

#endif
