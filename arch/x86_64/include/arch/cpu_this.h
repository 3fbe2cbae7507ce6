/*
 * floor: 2
 *
 * How cpu_this() finds the record: in the kernel through GS, in host tests through a variable.
 */
#ifndef VASCO_ARCH_CPU_THIS_H
#define VASCO_ARCH_CPU_THIS_H

#include <arch/cpu.h>

static inline struct cpu *cpu_this(void)
{
    return *(struct cpu * __seg_gs *)0;
}

static inline void cpu_count_event(enum counter c)
{
    ((struct cpu __seg_gs *)0)->counters[c]++;
}

#endif
