/*
 * floor 6: the subtree of a segment and the pages in it. For seg.c; others use seg_page and its kin.
 */
#ifndef VASCO_OBJ_SEG_MEMORY_H
#define VASCO_OBJ_SEG_MEMORY_H

#include <arch/mmu.h>

#include "base/status.h"
#include "obj/seg.h"

/* Frames that the subtree's tables take at most: one for each span of an entry above the pages. */
uint64_t seg_tables_needed(const struct seg *seg);

/* The entry of the page at `offset`, with the tables above it made. */
pte_t *seg_entry(struct seg *seg, uint64_t offset);

/* Puts a page into an empty entry. */
void seg_set_page(struct seg *seg, pte_t *entry, paddr_t page);

/* Fills every page. NO_MEMORY, with some filled, where large blocks are lacking. */
status_t must_check seg_fill_all(struct seg *seg);

/* One step of freeing pages and tables, from the first to the last; then refunds what was charged and
 * returns true. */
bool seg_free_memory_some(struct seg *seg);

#endif
