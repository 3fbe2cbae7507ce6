/*
 * floor 2: the local APIC (SDM 3A chapter 10) of this CPU. arch/ipi.h is what the kernel sends by.
 */
#ifndef VASCO_CPU_APIC_H
#define VASCO_CPU_APIC_H

#include "base/types.h"

/* Where its registers are in physical memory; boot maps them at DEVICE_WINDOW, uncached. */
paddr_t apic_paddr(void);

/* Enables it, in x2APIC mode if that is used, and puts its id into this CPU's record. All its
 * interrupt sources are off, but for NMI as the firmware wired it. */
void apic_init(void);

/* Whether it is in x2APIC mode: one for all CPUs. */
bool apic_is_x2apic(void);

/* This CPU's id, as CPUID tells it (before apic_init, too), and as the APIC has it. */
uint32_t apic_id_by_cpuid(void);
uint32_t apic_id(void);

/* Whether this mode can address a CPU with this id. */
bool apic_can_reach(uint32_t id);

/* Interrupts to another CPU (SDM 3A 10.6): an ordinary one with this vector, an NMI, and the two
 * that start a CPU (SDM 3A 8.4.4), the second at the physical page with this number. */
void apic_send(uint32_t id, uint8_t vector);
void apic_send_nmi(uint32_t id);
void apic_send_init(uint32_t id);
void apic_send_startup(uint32_t id, uint8_t page);

/* The timer, counting down at its full rate. */
void apic_timer_start_silent(void); /* from the highest count, without interrupts */
uint32_t apic_timer_elapsed(void);  /* ticks since then */
void apic_timer_start_periodic(uint32_t ticks, uint8_t vector);
void apic_timer_set_periodic(bool on, uint8_t vector); /* its interrupts, while it counts on */

#endif
