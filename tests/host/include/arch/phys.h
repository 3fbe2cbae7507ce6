/*
 * floor: 1
 *
 * The physical window of the host tests: simulated memory. Stands in for the machine's header.
 */
#ifndef VASCO_ARCH_PHYS_H
#define VASCO_ARCH_PHYS_H

#include <arch/layout.h>

#include "base/types.h"

extern char *machine_ram;

static inline void *paddr_to_ptr(paddr_t pa)
{
    return machine_ram + pa.v;
}

static inline paddr_t ptr_to_paddr(const void *p)
{
    return PADDR((uint64_t)((const char *)p - machine_ram));
}

#endif
