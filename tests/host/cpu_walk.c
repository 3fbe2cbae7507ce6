/*
 * The CPU's walk over page tables, and what must hold of them. Written from SDM 3A 4.5 with bits of its
 * own, so that a mistake in the kernel's is not repeated here.
 */
#include <arch/phys.h>

#include "mem/frame.h"
#include "obj/link.h"
#include "world.h"

enum bits {
    BIT_PRESENT = 0,
    BIT_WRITE = 1,
    BIT_USER = 2,
    BIT_LARGE = 7,
    BIT_NO_EXECUTE = 63,
};

static bool bit(uint64_t entry, int number)
{
    return (entry >> number & 1) != 0;
}

static uint64_t address(uint64_t entry)
{
    return entry & 0x000ffffffffff000;
}

struct mapping cpu_walk(paddr_t root, uint64_t va)
{
    struct mapping m = {.access = ACCESS_ALL};
    paddr_t table = root;
    for (int level = 4; level >= 1; level--) {
        uint64_t span = (uint64_t)1 << (12 + 9 * (level - 1));
        uint64_t entry = ((const uint64_t *)paddr_to_ptr(table))[va / span % 512];
        if (!bit(entry, BIT_PRESENT) || !bit(entry, BIT_USER))
            return (struct mapping){0};
        if (!bit(entry, BIT_WRITE))
            m.access &= ~(uint64_t)ACCESS_WRITE;
        if (bit(entry, BIT_NO_EXECUTE))
            m.access &= ~(uint64_t)ACCESS_EXECUTE;
        table = PADDR(address(entry));
        if (level == 1 || (level < 4 && bit(entry, BIT_LARGE))) {
            m.present = true;
            m.pa = table.v + va % span;
            m.page_bytes = span;
            return m;
        }
    }
    return m;
}

static uint32_t count_present(paddr_t table, uint32_t first, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++)
        count += bit(((const uint64_t *)paddr_to_ptr(table))[i], BIT_PRESENT);
    return count;
}

static void check_links(const struct space *space)
{
    uint32_t nlinks = 0;
    list_for_each(node, &space->links) {
        const struct link *link = list_item(node, struct link, in_space);
        assert_ptr_equal(link->space, space);
        assert_ptr_equal(space_find_link(space, link->seg), link);
        nlinks++;
    }
    assert_int_equal(nlinks, space->nlinks);
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
        for (uint32_t slot = first; slot < end; slot++) {
            assert_int_equal(pte_is_present(root[slot]), pte_is_present(top[slot]));
            if (!pte_is_present(top[slot]))
                continue;
            assert_int_equal(pte_paddr(root[slot]).v, pte_paddr(top[slot]).v);
            assert_int_equal(pte_access(root[slot]),
                             pte_access(top[slot]) & view_access(view, space));
        }
    }
    assert_int_equal(frame_of(space->top)->count, count_present(space->top, first, end));
}

void world_check_space(const struct space *space)
{
    uint32_t ntables = 0;
    for (uint32_t number = space->tables; number != FRAME_END; ntables++) {
        paddr_t table = PADDR((uint64_t)number << PAGE_SHIFT);
        const struct frame *f = frame_of(table);
        assert_int_equal(f->kind, FRAME_SPACE_TABLE);
        assert_ptr_equal(f->owner, space);
        assert_int_equal(f->count, count_present(table, 0, PT_ENTRIES));
        number = f->next;
    }
    assert_int_equal(ntables, space->ntables);
    check_links(space);
    check_roots(space);
}

/* What lies under one of a segment's tables: counts its tables, and its pages in *npages. */
static uint64_t check_subtree(const struct seg *seg, paddr_t table, int level, uint64_t *npages)
{
    uint64_t ntables = 1;
    assert_int_equal(frame_of(table)->kind, FRAME_SEG_TABLE);
    assert_ptr_equal(frame_of(table)->owner, seg);
    assert_int_equal(frame_of(table)->count, count_present(table, 0, PT_ENTRIES));
    for (const pte_t *entry = paddr_to_ptr(table), *end = entry + PT_ENTRIES; entry < end;
         entry++) {
        if (!pte_is_present(*entry))
            continue;
        assert_int_equal(pte_access(*entry), ACCESS_ALL);
        if (level > seg->page_level) {
            ntables += check_subtree(seg, pte_paddr(*entry), level - 1, npages);
            continue;
        }
        assert_ptr_equal(frame_of(pte_paddr(*entry))->owner, seg);
        (*npages)++;
    }
    return ntables;
}

void world_check_seg(struct seg *seg)
{
    uint64_t npages = 0;
    uint64_t ntables = 0;
    for (uint32_t i = 0; i < seg->ngranules; i++)
        ntables += check_subtree(seg, seg->tables[i], seg->link_level - 1, &npages);
    assert_int_equal(npages, seg->resident);
    assert_true(ntables + (seg->range.npages) <= seg->charged);
}
