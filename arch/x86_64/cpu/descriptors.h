/*
 * floor 2: segments, the task-state segment and the interrupt table.
 *
 * The GDT's order is what SYSCALL and SYSRET ask for (SDM 2B): SS follows CS for the kernel, and
 * for user code CS follows SS.
 *
 *   0x00 null         0x10 kernel data  0x20 user code
 *   0x08 kernel code  0x18 user data    0x28 TSS, two words
 */
#ifndef VASCO_CPU_DESCRIPTORS_H
#define VASCO_CPU_DESCRIPTORS_H

#include "base/types.h"

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA 0x1b
#define SELECTOR_USER_CODE 0x23
#define SELECTOR_TSS 0x28
#define GDT_WORDS 7

/* Stacks of their own, by number in the gates (1 to 7; SDM 3A 6.14.5). */
enum trap_stack {
    TRAP_STACK_DOUBLE_FAULT = 1,
    TRAP_STACK_NMI = 2,
    TRAP_STACK_MACHINE_CHECK = 3,
    TRAP_STACK_DEBUG = 4,
    TRAP_STACKS = 4,
};

/* The hardware's TSS (SDM 3A 7.7) begins at `reserved`: that keeps its words on multiples of 8. */
struct tss {
    uint32_t nothing;
    uint32_t reserved;
    uint64_t rsp[3];
    uint64_t reserved2;
    uint64_t ist[7]; /* ist[n - 1] is stack n */
    uint64_t reserved3;
    uint16_t reserved4;
    uint16_t io_map; /* beyond the limit: user code may use no port */
};
#define TSS_BYTES 104
_Static_assert(offsetof(struct tss, rsp) == offsetof(struct tss, reserved) + 4, "RSP0");
_Static_assert(offsetof(struct tss, ist) == offsetof(struct tss, reserved) + 36, "IST1");
_Static_assert(offsetof(struct tss, io_map) == offsetof(struct tss, reserved) + 102, "I/O map");

struct cpu_machine;

/* Boot, before the first CPU has its record: traps are reported from here on. The second one does
 * the same for other CPUs, which share the table. */
void descriptors_init_early(void);
void descriptors_load_traps(void);

/* Loads this CPU's GDT and TSS and the common interrupt table, and sets up SYSCALL. The stacks of
 * m->tss are set. Clears the bases of FS and GS. */
void descriptors_init(struct cpu_machine *m);

#endif
