/*
 * floor: 2
 *
 * The CPU of the host tests: there is one. Stands in for the machine's header.
 */
#ifndef VASCO_ARCH_CPU_THIS_H
#define VASCO_ARCH_CPU_THIS_H

#include <arch/cpu.h>

extern struct cpu machine_cpu;

static inline struct cpu *cpu_this(void)
{
    return &machine_cpu;
}

static inline void cpu_count_event(enum counter c)
{
    machine_cpu.counters[c]++;
}

#endif
