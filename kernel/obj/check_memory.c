/* Checks of spaces, segments and their tables. */
#include <arch/mmu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "obj/check.h"
#include "obj/link.h"
#include "obj/view.h"

static uint32_t count_present(paddr_t table, uint32_t first, uint32_t end)
{
    const pte_t *entries = paddr_to_ptr(table);
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++)
        count += pte_is_present(entries[i]);
    return count;
}

/* Each granule's entry leads to the segment's table, with the rights of the link. */
static void check_link(const struct space *space, const struct link *link)
{
    const struct seg *seg = link->seg;
    ASSERT(link->space == space && link->object.refs == 1 && link->cap.object == &link->object);
    ASSERT(seg->nlinks > 0 && (!seg->object.dead || seg->object.queued));
    const struct run *run = link->runs;
    for (uint32_t i = 0, in_run = 0; i < seg->ngranules; i++, in_run++) {
        int at;
        uint64_t va = seg->range.base.v + i * level_bytes(seg->link_level);
        const pte_t *entry = pt_walk(space->top, PT_ROOT_LEVEL, VADDR(va), seg->link_level, &at);
        ASSERT(at == seg->link_level && pte_paddr(*entry).v == seg->tables[i].v);
        ASSERT(pte_access(*entry) == link->access);
        if (in_run == run->n) {
            in_run = 0;
            run++;
        }
        ASSERT(entry == &run->entry[in_run]);
    }
}

static void check_links(const struct space *space)
{
    uint32_t nlinks = 0;
    list_for_each(node, &space->links) {
        check_link(space, list_item(node, struct link, in_space));
        nlinks++;
    }
    ASSERT(nlinks == space->nlinks);
}

/* P3: the roots repeat the top table, narrowed. */
static void check_roots(const struct space *space)
{
    uint32_t first = space->kind == SPACE_HOME ? SLOT_HOME : SLOT_VAS_FIRST;
    uint32_t end = space->kind == SPACE_HOME ? SLOT_VAS_FIRST : SLOT_VAS_END;
    const pte_t *top = paddr_to_ptr(space->top);
    list_for_each(node, &space->views) {
        const struct view *view = list_item(node, struct view, in_space[space->kind]);
        const pte_t *root = paddr_to_ptr(view->mmu.root);
        uint64_t access = view_access(view, space);
        for (uint32_t slot = first; slot < end; slot++)
            ASSERT(root[slot].v == pte_narrow(top[slot], access).v);
    }
    ASSERT(frame_of(space->top)->count == count_present(space->top, first, end));
}

void check_space(const struct space *space)
{
    uint32_t ntables = 0;
    for (uint32_t number = space->tables; number != FRAME_END; ntables++) {
        paddr_t table = PADDR((uint64_t)number << PAGE_SHIFT);
        const struct frame *f = frame_of(table);
        ASSERT(f->kind == FRAME_SPACE_TABLE && f->owner == space);
        ASSERT(f->count == count_present(table, 0, PT_ENTRIES));
        number = f->next;
    }
    ASSERT(ntables == space->ntables);
    check_links(space);
    check_roots(space);
}

/* What lies under one of a segment's tables: counts its tables, and its pages by level. */
static uint64_t check_subtree(const struct seg *seg, paddr_t table, int level, uint64_t npages[3])
{
    uint64_t ntables = 1;
    const struct frame *f = frame_of(table);
    const pte_t *entries = paddr_to_ptr(table);
    uint32_t left = f->count;
    ASSERT(f->kind == FRAME_SEG_TABLE && f->owner == seg);
    ASSERT(left == count_present(table, 0, PT_ENTRIES));
    for (uint32_t i = 0; left > 0; i++) {
        if (!pte_is_present(entries[i]))
            continue;
        left--;
        ASSERT(pte_access(entries[i]) == ACCESS_ALL);
        if (!pte_is_page(entries[i], level)) {
            ntables += check_subtree(seg, pte_paddr(entries[i]), level - 1, npages);
            continue;
        }
        ASSERT(seg->borrowed || frame_of(pte_paddr(entries[i]))->owner == seg);
        ASSERT(level <= seg->page_level);
        npages[level - 1]++;
    }
    return ntables;
}

void check_seg(const struct seg *seg)
{
    uint64_t npages[3] = {0};
    uint64_t ntables = 0;
    uint32_t nlinks = 0;
    list_for_each(node, &seg->links) {
        ASSERT(list_item(node, struct link, in_seg)->seg == seg);
        nlinks++;
    }
    ASSERT(nlinks == seg->nlinks);
    if (seg->freed > 0)
        return; /* it is being cleared */
    for (uint32_t i = 0; i < seg->ngranules; i++)
        ntables += check_subtree(seg, seg->tables[i], seg->link_level - 1, npages);
    for (int i = 0; i < 3; i++)
        ASSERT(npages[i] == seg->npages[i]);
    if (seg->flags & SEG_SPARSE)
        ASSERT(ntables + seg_resident(seg) == seg->charged);
    else
        ASSERT(ntables + (seg->borrowed ? 0 : seg->range.npages) <= seg->charged);
}
