/*
 * floor: 2
 *
 * Whole pages and large copies, by the CPU's string instructions.
 */
#ifndef VASCO_ARCH_PAGE_H
#define VASCO_ARCH_PAGE_H

#include "base/types.h"

/* nbytes must be a multiple of 8. */
void page_zero(void *page, uint64_t nbytes);

void page_copy(void *to, const void *from, uint64_t nbytes);

#endif
