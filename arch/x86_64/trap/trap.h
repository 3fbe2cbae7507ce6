/*
 * floor 8: what entry.asm calls.
 */
#ifndef VASCO_TRAP_TRAP_H
#define VASCO_TRAP_TRAP_H

#include <arch/trap_frame.h>

/* A trap from user code; its frame is that of the running thread. True: the kernel lock is held,
 * and a thread is to be chosen. */
bool trap_from_user(const struct trap_frame *f);

/* A trap from the kernel: an interrupt while idle, or a bug. */
void trap_from_kernel(const struct trap_frame *f);

/* NMI, double fault, machine check: anywhere. Debug traps: in the kernel. */
void trap_on_own_stack(struct trap_frame *f);

#endif
