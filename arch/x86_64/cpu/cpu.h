/*
 * floor 2: starting a CPU.
 */
#ifndef VASCO_CPU_CPU_H
#define VASCO_CPU_CPU_H

#include <arch/cpu.h>

struct cpu_machine;

/* Makes m the record of the CPU that runs this: GS, segments, traps, control registers. m is zeroed
 * but for the addresses of its stacks, m->cpu.stack_top and m->tss.ist. */
void cpu_init(struct cpu_machine *m, cpu_id_t id);

#endif
