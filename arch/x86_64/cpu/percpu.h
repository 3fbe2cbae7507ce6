/*
 * floor 2: what the machine keeps for each CPU, and where: an area of the CPU window.
 *
 *   0x00000  guard
 *   0x01000  kernel stack, 16 KiB
 *   0x05000  guard
 *   0x06000  stack for double faults     each 4 KiB with a guard page behind it; the last 16 bytes
 *   0x08000  stack for NMI               hold the address of the CPU's record, just above where the
 *   0x0a000  stack for machine checks    CPU starts to push
 *   0x0c000  stack for debug traps
 *   0x0e000  struct cpu_machine
 *
 * These stacks exist because NMI, #DF and #MC can strike while GS and the stack are the user's; so
 * can #DB, in the first instruction of the kernel, when user code makes a system call in single
 * steps. entry.asm therefore takes the record from the word at the stack's start (the value in the
 * TSS).
 */
#ifndef VASCO_CPU_PERCPU_H
#define VASCO_CPU_PERCPU_H

#include <arch/cpu.h>
#include <arch/layout.h>

#include "cpu/descriptors.h"

#define CPU_AREA_BYTES ((uint64_t)0x40000)
#define CPU_STACK_OFFSET ((uint64_t)0x1000)
#define CPU_STACK_BYTES ((uint64_t)0x4000)
#define CPU_TRAP_STACKS_OFFSET ((uint64_t)0x6000)
#define CPU_TRAP_STACK_STRIDE ((uint64_t)0x2000)
#define CPU_TRAP_STACK_BYTES ((uint64_t)0x1000)
#define CPU_TRAP_STACK_HEAD ((uint64_t)16) /* with the address of the record */
#define CPU_MACHINE_OFFSET ((uint64_t)0xe000)

struct cpu_machine {
    struct cpu cpu; /* first: GS points here */
    struct tss tss;
    uint64_t gdt[GDT_WORDS];
};
_Static_assert(CPU_MACHINE_OFFSET + sizeof(struct cpu_machine) <= CPU_AREA_BYTES, "fits its area");
_Static_assert(CPU_MACHINE_OFFSET == CPU_TRAP_STACKS_OFFSET + TRAP_STACKS * CPU_TRAP_STACK_STRIDE,
               "a guard page between the last stack and the record");

static inline uint64_t cpu_area(cpu_id_t id)
{
    return CPU_WINDOW + id.v * CPU_AREA_BYTES;
}

/* The lowest address of trap stack n (1 to TRAP_STACKS). */
static inline uint64_t cpu_trap_stack(cpu_id_t id, uint64_t n)
{
    return cpu_area(id) + CPU_TRAP_STACKS_OFFSET + (n - 1) * CPU_TRAP_STACK_STRIDE;
}

static inline struct cpu_machine *cpu_machine_of(cpu_id_t id)
{
    return (struct cpu_machine *)(cpu_area(id) + CPU_MACHINE_OFFSET);
}

#endif
