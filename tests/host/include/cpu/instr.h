/*
 * The instructions that floor 4 uses. In host tests they are written down (machine.c). Stands in
 * for the machine's header.
 */
#ifndef VASCO_CPU_INSTR_H
#define VASCO_CPU_INSTR_H

#include "base/types.h"

void cpu_write_cr3(uint64_t value);
void cpu_invlpg(vaddr_t va);

static inline void cpu_pause(void)
{
}

enum invpcid_type {
    INVPCID_PAGE = 0,
    INVPCID_TAG = 1,
};

void cpu_invpcid(enum invpcid_type type, uint64_t pcid, vaddr_t va);

#endif
