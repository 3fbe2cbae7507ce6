/*
 * The bits of a page-table entry (SDM 3A tables 4-15 to 4-20) beyond those in arch/mmu.h. Only this
 * floor and the code that maps the kernel at boot know them.
 */
#ifndef VASCO_MMU_PTE_H
#define VASCO_MMU_PTE_H

#include <arch/mmu.h>

#define PTE_WRITE ((uint64_t)1 << 1)
#define PTE_USER ((uint64_t)1 << 2)
#define PTE_WRITE_THROUGH ((uint64_t)1 << 3)
#define PTE_CACHE_DISABLE ((uint64_t)1 << 4)
#define PTE_ACCESSED ((uint64_t)1 << 5)
#define PTE_DIRTY ((uint64_t)1 << 6)
#define PTE_GLOBAL ((uint64_t)1 << 8)

#define CR3_KEEP ((uint64_t)1 << 63) /* SDM 3A 4.10.4.1: keep the entries of the tag */

struct pte_attr {
    bool write;
    bool execute;
    bool uncached;
    bool combining; /* uncached, but writes are gathered */
};

/* A page of the kernel half: global, never the user's. */
pte_t pte_kernel_page(paddr_t pa, int level, struct pte_attr attr);

/* A table of the kernel half; the pages below it say what is allowed. */
pte_t pte_kernel_table(paddr_t pa);

#endif
