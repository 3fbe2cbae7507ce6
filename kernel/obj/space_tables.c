/* Tables of a space: writing their entries, finding the way, making and discarding them. */
#include "obj/space_tables.h"

#include "base/assert.h"
#include "mem/frame.h"
#include "obj/view.h"

/* Keeps the table's count and the roots of the views in step. */
void space_write(struct space *space, int level, pte_t *entry, vaddr_t va, pte_t pte)
{
    struct frame *table = frame_of(ptr_to_paddr(entry));
    table->count = (uint16_t)(table->count + pte_is_present(pte) - pte_is_present(*entry));
    pt_write(entry, pte);
    if (level < PT_ROOT_LEVEL)
        return;
    list_for_each(node, &space->views) {
        struct view *view = list_item(node, struct view, in_space[space->kind]);
        pt_write(pt_entry(view->mmu.root, PT_ROOT_LEVEL, va),
                 pte_narrow(pte, view_access(view, space)));
    }
}

pte_t *space_make_tables(struct space *space, vaddr_t va, int stop, uint64_t *nmade)
{
    pte_t *entry;
    int at;
    status_t status = space_walk(space, va, stop, &entry, &at);
    ASSERT(status == STATUS_OK);
    while (at > stop) {
        paddr_t table = frame_take(FRAME_SPACE_TABLE, space);
        frame_of(table)->next = space->tables;
        space->tables = (uint32_t)(table.v >> PAGE_SHIFT);
        space->ntables++;
        (*nmade)++;
        cpu_count_event(COUNTER_TABLES);
        space_write(space, at, entry, va, pte_user_table(table, at, ACCESS_ALL));
        at--;
        entry = pt_entry(table, at, va);
    }
    return entry;
}

bool table_is_unused(const struct space *space, paddr_t table, int level)
{
    const struct frame *f = frame_of(table);
    if (f->owner != space)
        return false;
    uint32_t left = f->count;
    for (pte_t *entry = paddr_to_ptr(table); left > 0; entry++) {
        if (!pte_is_present(*entry))
            continue;
        left--;
        if (level == 2 || !table_is_unused(space, pte_paddr(*entry), level - 1))
            return false;
    }
    return true;
}

static void table_forget(struct space *space, paddr_t table)
{
    uint32_t number = (uint32_t)(table.v >> PAGE_SHIFT);
    uint32_t *link = &space->tables;
    while (*link != number)
        link = &frame_of(PADDR((uint64_t)*link << PAGE_SHIFT))->next;
    *link = frame_of(table)->next;
    space->ntables--;
    pool_refund(space->pool, 1);
}

/* Hands an unused table and those below it to the batch. */
static void table_discard(struct space *space, paddr_t table, int level, struct tlb_batch *batch)
{
    uint32_t left = frame_of(table)->count;
    for (pte_t *entry = paddr_to_ptr(table); left > 0; entry++) {
        if (!pte_is_present(*entry))
            continue;
        left--;
        table_discard(space, pte_paddr(*entry), level - 1, batch);
    }
    table_forget(space, table);
    tlb_batch_free(batch, table);
}

void space_clear_unused(struct space *space, int level, pte_t *entry, vaddr_t va)
{
    struct tlb_batch batch TLB_BATCH;
    paddr_t table = pte_paddr(*entry);
    tlb_batch_begin(&batch);
    space_write(space, level, entry, va, (pte_t){0});
    tlb_batch_removed(&batch, &space->generation,
                      (struct vrange){va, level_bytes(level) >> PAGE_SHIFT});
    table_discard(space, table, level - 1, &batch);
    tlb_batch_finish(&batch);
}
