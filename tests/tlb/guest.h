/*
 * What the plugin reads in the memory of the guest: its page tables, and which view it loads.
 *
 * QEMU tells a plugin neither registers nor the content of memory, but where in its own memory an
 * instruction of the guest is. The kernel's text has known physical addresses (arch/layout.h), so
 * one of its instructions tells where all of the guest's RAM is. `machine_ram` is that place, as
 * it is the simulated memory of the host tests.
 */
#ifndef VASCO_TESTS_TLB_GUEST_H
#define VASCO_TESTS_TLB_GUEST_H

#include <arch/mmu.h>

#include "core.h"

/* How much RAM there is, in one piece from physical address 0. Nothing is read behind it. */
extern uint64_t guest_ram_bytes;

/* Walks the tables at `root` as the CPU does: false if the address is not mapped. */
bool guest_walk(paddr_t root, uint64_t va, struct core_page *page, paddr_t *pa);

struct guest_load {
    paddr_t root;
    uint32_t tag;
    bool keep;
};

/*
 * What a write of CR3 does of which the value was loaded from this address: a member of a struct
 * mmu_view, cr3_keep or cr3_flush. False if there is no view, as before the kernel has any.
 *
 * Without PCID both members have the same value, and the kernel keeps its records of tags all the
 * same (arch/x86_64/mmu/view.c); so which of the two it takes, and the tag of the view, are what
 * they are with PCID.
 */
bool guest_load_of(uint64_t va, struct guest_load *load);

#endif
