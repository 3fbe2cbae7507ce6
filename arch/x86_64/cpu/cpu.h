/*
 * floor 2: starting a CPU.
 */
#ifndef VASCO_CPU_CPU_H
#define VASCO_CPU_CPU_H

#include <arch/cpu.h>

struct cpu_machine;

/* Makes m the record of the CPU that runs this: GS, segments, traps, control registers. m is zeroed
 * but for the addresses of its stacks, m->cpu.stack_top and m->tss.ist. CPUs start one after the
 * other: id is the next one. */
void cpu_init(struct cpu_machine *m, cpu_id_t id);

/* The CPU that runs this is ready: from now on it is counted, and others find it in cpus. */
void cpu_join(void);

#endif
