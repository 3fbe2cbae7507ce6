/*
 * floor: 2
 *
 * The CPU that runs now, of the oracle's. Stands in for the machine's header.
 */
#ifndef VASCO_ARCH_CPU_THIS_H
#define VASCO_ARCH_CPU_THIS_H

#include <arch/cpu.h>

extern struct cpu *cpu_that_runs;

/* By hand, so that the compiler takes it for no access to memory: it is none, on the machine. */
static inline struct cpu *cpu_this(void)
{
    struct cpu *cpu;
    __asm__("movq cpu_that_runs(%%rip), %0" : "=r"(cpu));
    return cpu;
}

void cpu_count_event(enum counter c);

#endif
