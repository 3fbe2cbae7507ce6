/*
 * floor 8: interrupts that nobody asked for: what hardware reports of itself.
 */
#ifndef VASCO_TRAP_MISHAP_H
#define VASCO_TRAP_MISHAP_H

#include <arch/trap_frame.h>

/* A non-maskable interrupt. Nothing is wrong with the kernel: it says why, and goes on. */
void mishap_nmi(const struct trap_frame *f);

/* A machine check: a panic that says what the processor says. What went on cannot be gone on
 * with. */
_Noreturn void mishap_machine_check(const struct trap_frame *f);

#endif
