/*
 * floor: 2
 *
 * Interrupts from this CPU to one that has joined (cpu/cpu.h). What was stored before is seen by
 * whoever handles it. These return when the interrupt is on its way, not when it has been handled;
 * of two with one vector that wait at the same time one may be dropped (SDM 3A 10.8.4).
 */
#ifndef VASCO_ARCH_IPI_H
#define VASCO_ARCH_IPI_H

#include "base/types.h"

void ipi_send(cpu_id_t cpu, uint8_t vector);

/* Cannot be held off. Also from the last words of the kernel. */
void ipi_send_nmi(cpu_id_t cpu);

#endif
