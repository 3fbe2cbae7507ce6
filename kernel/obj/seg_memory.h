/*
 * floor 6: the subtree of a segment and the pages in it. For seg.c; others use seg_page and its
 * kin.
 */
#ifndef VASCO_OBJ_SEG_MEMORY_H
#define VASCO_OBJ_SEG_MEMORY_H

#include <arch/mmu.h>

#include "base/status.h"
#include "obj/seg.h"

/* Frames that the subtree's tables take at most: one for each span of an entry above the pages. */
uint64_t seg_tables_needed(const struct seg *seg);

/* Puts a page of 4 KiB into an empty place. */
void seg_put_page(struct seg *seg, uint64_t offset, paddr_t page);

/* One step of freeing pages and tables, from the first to the last; then refunds what was charged
 * and returns true. */
bool seg_free_memory_some(struct seg *seg);

#endif
