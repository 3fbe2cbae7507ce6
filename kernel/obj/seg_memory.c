/* The memory of a segment: its subtree, filling it, freeing it. */
#include "obj/seg_memory.h"

#include <arch/page.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"

uint64_t seg_tables_needed(const struct seg *seg)
{
    uint64_t nbytes = seg->range.npages << PAGE_SHIFT;
    uint64_t ntables = 0;
    for (int level = seg->page_level + 1; level <= seg->link_level; level++)
        ntables += (nbytes + level_bytes(level) - 1) / level_bytes(level);
    return ntables;
}

pte_t *seg_entry(struct seg *seg, uint64_t offset)
{
    int level = seg->link_level - 1;
    vaddr_t va = VADDR(seg->range.base.v + offset);
    paddr_t table = seg->tables[offset / level_bytes(seg->link_level)];
    for (;;) {
        pte_t *entry = pt_entry(table, level, va);
        if (level == seg->page_level)
            return entry;
        if (!pte_is_present(*entry)) {
            paddr_t below = frame_take(FRAME_SEG_TABLE, seg);
            cpu_count_event(COUNTER_TABLES);
            pt_write(entry, pte_user_table(below, level, ACCESS_ALL));
            frame_of(table)->count++;
        }
        table = pte_paddr(*entry);
        level--;
    }
}

static enum frame_order seg_page_order(const struct seg *seg)
{
    return seg->page_level == 3 ? FRAME_1G : seg->page_level == 2 ? FRAME_2M : FRAME_4K;
}

void seg_set_page(struct seg *seg, pte_t *entry, paddr_t page)
{
    pt_write(entry, pte_user_page(page, seg->page_level, ACCESS_ALL));
    frame_of(ptr_to_paddr(entry))->count++;
    seg->resident++;
}

/* Fills a page that is not there. Only blocks larger than 4 KiB can be lacking. */
static status_t seg_fill(struct seg *seg, pte_t *entry)
{
    paddr_t page;
    TRY(frame_alloc_zeroed(seg_page_order(seg), FRAME_SEG_PAGE, seg, &page));
    seg_set_page(seg, entry, page);
    cpu_count_event(COUNTER_PAGES_FILLED);
    return STATUS_OK;
}

void *seg_page(struct seg *seg, uint64_t offset, uint64_t *nbytes)
{
    uint64_t page_bytes = level_bytes(seg->page_level);
    pte_t *entry = seg_entry(seg, offset);
    if (!pte_is_present(*entry)) {
        status_t status = seg_fill(seg, entry);
        ASSERT(status == STATUS_OK);
    }
    *nbytes = page_bytes - offset % page_bytes;
    return (char *)paddr_to_ptr(pte_paddr(*entry)) + offset % page_bytes;
}

void seg_write(struct seg *seg, uint64_t offset, const void *from, uint64_t nbytes)
{
    const char *f = from;
    while (nbytes > 0) {
        uint64_t room;
        void *to = seg_page(seg, offset, &room);
        uint64_t n = min_u64(room, nbytes);
        page_copy(to, f, n);
        f += n;
        offset += n;
        nbytes -= n;
    }
}

status_t seg_fill_all(struct seg *seg)
{
    uint64_t page_bytes = level_bytes(seg->page_level);
    uint64_t nbytes = seg->range.npages << PAGE_SHIFT;
    for (uint64_t offset = 0; offset < nbytes; offset += page_bytes) {
        pte_t *entry = seg_entry(seg, offset);
        TRY(pte_is_present(*entry) ? STATUS_OK : seg_fill(seg, entry));
    }
    return STATUS_OK;
}

/* Pages freed in one step, or places found empty. A block of 1 GiB is a step by itself. */
#define PAGES_PER_STEP 64

/* Frees the page at `freed`, if there is one, and moves on: behind the page, behind the place of a table
 * that is missing, and behind each table that this empties, which is freed. */
static void free_next(struct seg *seg)
{
    paddr_t tables[PT_ROOT_LEVEL];
    uint64_t at = seg->freed;
    vaddr_t va = VADDR(seg->range.base.v + at);
    int level = seg->link_level - 1;
    tables[level] = seg->tables[at / level_bytes(seg->link_level)];
    pte_t pte = *pt_entry(tables[level], level, va);
    while (level > seg->page_level && pte_is_present(pte)) {
        tables[--level] = pte_paddr(pte);
        pte = *pt_entry(tables[level], level, va);
    }
    if (pte_is_present(pte)) {
        if (!seg->borrowed)
            frame_free(pte_paddr(pte));
        frame_of(tables[level])->count--;
    }
    at = align_down(at, level_bytes(level)) + level_bytes(level);
    while (level < seg->link_level &&
           (frame_of(tables[level])->count == 0 || is_aligned(at, level_bytes(level + 1)))) {
        frame_free(tables[level]);
        at = align_up(at, level_bytes(level + 1));
        if (++level < seg->link_level)
            frame_of(tables[level])->count--;
    }
    seg->freed = at;
}

bool seg_free_memory_some(struct seg *seg)
{
    int pages = seg->page_level == 3 ? 1 : PAGES_PER_STEP;
    uint64_t extent = seg_extent(seg);
    for (int n = 0; n < pages && seg->freed < extent; n++)
        free_next(seg);
    if (seg->freed < extent)
        return false;
    seg->resident = 0;
    pool_refund(seg->object.pool, seg->charged);
    seg->charged = 0;
    return true;
}
