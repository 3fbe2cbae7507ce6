/*
 * floor: 1
 *
 * The physical window: all memory, at a fixed distance. Host tests put simulated memory here.
 */
#ifndef VASCO_ARCH_PHYS_H
#define VASCO_ARCH_PHYS_H

#include <arch/layout.h>

#include "base/types.h"

static inline void *paddr_to_ptr(paddr_t pa)
{
    return (void *)(uintptr_t)(pa.v + PHYS_WINDOW);
}

/* Only for pointers into the window. */
static inline paddr_t ptr_to_paddr(const void *p)
{
    return PADDR((uint64_t)(uintptr_t)p - PHYS_WINDOW);
}

#endif
