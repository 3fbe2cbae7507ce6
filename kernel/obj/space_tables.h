/*
 * floor 6: the page tables that a space owns, above the link level. For space.c alone.
 */
#ifndef VASCO_OBJ_SPACE_TABLES_H
#define VASCO_OBJ_SPACE_TABLES_H

#include <arch/mmu.h>

#include "base/status.h"
#include "mem/frame.h"
#include "obj/space.h"

/* Writes an entry of one of the space's tables; a top-level one also into the root of each view. */
void space_write(struct space *space, int level, pte_t *entry, vaddr_t va, pte_t pte);

/* The space's own entry for va at `stop`, or the last one above it where a table is missing: *at is
 * its level. COLLISION when another segment's subtree is in the way. */
static inline status_t must_check space_walk(const struct space *space, vaddr_t va, int stop,
                                             pte_t **out, int *at)
{
    int level = PT_ROOT_LEVEL;
    pte_t *entry = pt_entry(space->top, level, va);
    while (level > stop && pte_is_present(*entry)) {
        paddr_t table = pte_paddr(*entry);
        if (frame_of_memory(table)->owner != space)
            return STATUS_COLLISION;
        level--;
        entry = pt_entry(table, level, va);
    }
    *out = entry;
    *at = level;
    return STATUS_OK;
}

/* The entry at `stop`, with the tables above it made; *nmade counts them. They have been
 * charged. */
pte_t *space_make_tables(struct space *space, vaddr_t va, int stop, uint64_t *nmade);

/* Is this a table of the space, at this level, below which nothing is linked? */
bool table_is_unused(const struct space *space, paddr_t table, int level);

/* Clears an entry that points to an unused table, and frees that table and those below it. */
void space_clear_unused(struct space *space, int level, pte_t *entry, vaddr_t va);

#endif
