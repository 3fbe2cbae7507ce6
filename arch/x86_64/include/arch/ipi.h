/*
 * floor: 2
 *
 * Interrupts from CPU to CPU.
 */
#ifndef VASCO_ARCH_IPI_H
#define VASCO_ARCH_IPI_H

#include <arch/cpu.h>

void ipi_send(cpu_id_t cpu, uint8_t vector);
void ipi_send_nmi(cpu_id_t cpu);

#endif
