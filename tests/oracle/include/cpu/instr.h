/*
 * The instructions that the kernel's floors 4 to 8 use, of a model CPU (cpu.c, tlb.c). Stands in
 * for the machine's header.
 */
#ifndef VASCO_CPU_INSTR_H
#define VASCO_CPU_INSTR_H

#include "base/types.h"

void cpu_write_cr3(uint64_t value);
void cpu_invlpg(vaddr_t va);
void cpu_pause(void);
uint64_t cpu_read_cr2(void);

/* SDM 2A, INVPCID. */
enum invpcid_type {
    INVPCID_ADDRESS = 0,
    INVPCID_TAG = 1,
    INVPCID_ALL_AND_GLOBAL = 2,
    INVPCID_ALL = 3,
};

void cpu_invpcid(enum invpcid_type type, uint64_t pcid, vaddr_t va);

static inline void cpu_clac(void)
{
}

#endif
