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

/* Frees what a table of this level points to, then the table. Its record counts its entries, so the
 * scan ends with the last of them. */
static void free_subtree(struct seg *seg, paddr_t table, int level)
{
    uint32_t left = frame_of(table)->count;
    for (pte_t *entry = paddr_to_ptr(table); left > 0; entry++) {
        if (!pte_is_present(*entry))
            continue;
        left--;
        if (level > seg->page_level)
            free_subtree(seg, pte_paddr(*entry), level - 1);
        else if (!seg->borrowed)
            frame_free(pte_paddr(*entry));
    }
    frame_free(table);
}

void seg_free_memory(struct seg *seg)
{
    for (uint32_t i = 0; i < seg->ngranules; i++)
        free_subtree(seg, seg->tables[i], seg->link_level - 1);
    seg->ngranules = 0;
    seg->resident = 0;
    pool_refund(seg->pool, seg->charged);
    seg->charged = 0;
}
