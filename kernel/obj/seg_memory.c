/* The memory of a segment: its subtree, filling it, freeing it. */
#include "obj/seg_memory.h"

#include <arch/page.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "obj/link.h"
#include "obj/space.h"

/* For pages of 4 KiB everywhere, since any place of a large page may have to do with them. */
uint64_t seg_tables_needed(const struct seg *seg)
{
    uint64_t nbytes = seg->range.npages << PAGE_SHIFT;
    uint64_t ntables = 0;
    for (int level = 2; level <= seg->link_level; level++)
        ntables += (nbytes + level_bytes(level) - 1) / level_bytes(level);
    return ntables;
}

/* The entry that maps `offset`, or the deepest on the way there; *level is its level. */
static pte_t *seg_walk(const struct seg *seg, uint64_t offset, int *level)
{
    paddr_t table = seg->tables[offset / level_bytes(seg->link_level)];
    return pt_walk(table, seg->link_level - 1, VADDR(seg->range.base.v + offset), 1, level);
}

/* --- filling -------------------------------------------------------------------------------- */

static enum frame_order order_of(int level)
{
    return level == 3 ? FRAME_1G : level == 2 ? FRAME_2M : FRAME_4K;
}

/* Frames for a sparse segment are charged as they come. */
static status_t seg_charge(struct seg *seg, uint64_t nframes)
{
    if (likely((seg->flags & SEG_SPARSE) == 0))
        return STATUS_OK;
    TRY(pool_charge(seg->object.pool, nframes));
    seg->charged += nframes;
    return STATUS_OK;
}

static void seg_refund(struct seg *seg, uint64_t nframes)
{
    if (likely((seg->flags & SEG_SPARSE) == 0))
        return;
    pool_refund(seg->object.pool, nframes);
    seg->charged -= nframes;
}

/* An empty table at an entry of this level; returns its entry for `offset`. */
static pte_t *make_table(struct seg *seg, pte_t *entry, int level, uint64_t offset)
{
    paddr_t below = frame_take(FRAME_SEG_TABLE, seg);
    cpu_count_event(COUNTER_TABLES);
    pt_write(entry, pte_user_table(below, level, ACCESS_ALL));
    frame_of(ptr_to_paddr(entry))->count++;
    return pt_entry(below, level - 1, VADDR(seg->range.base.v + offset));
}

static void set_page(struct seg *seg, pte_t *entry, int level, paddr_t page)
{
    pt_write(entry, pte_user_page(page, level, ACCESS_ALL));
    frame_of(ptr_to_paddr(entry))->count++;
    seg->npages[level - 1]++;
}

/* Shows a page to everybody: its content must be there. Stores of x86 become visible in their order
 * (SDM 3A 8.2.2; those of string operations too, 8.2.4), so a CPU that finds the entry finds the
 * content. Tables that are missing on the way come first; `entry` of level `at` is the deepest. */
static void show_page(struct seg *seg, uint64_t offset, pte_t *entry, int at, int level,
                      paddr_t page)
{
    for (; at > level; at--)
        entry = make_table(seg, entry, at, offset);
    set_page(seg, entry, level, page);
}

/* What a page and the tables on the way to it take. */
static uint64_t frames_needed(int at, int level)
{
    return (level_bytes(level) >> PAGE_SHIFT) + (uint64_t)(at - level);
}

/* Fills a place with a page of this level, `entry` of level `at` being the deepest on the way to
 * it. */
static status_t fill_with(struct seg *seg, uint64_t offset, pte_t *entry, int at, int level)
{
    paddr_t page;
    uint64_t nframes = frames_needed(at, level);
    TRY(seg_charge(seg, nframes));
    status_t status = frame_alloc_zeroed(order_of(level), FRAME_SEG_PAGE, seg, &page);
    if (status != STATUS_OK) {
        seg_refund(seg, nframes);
        return status;
    }
    show_page(seg, offset, entry, at, level, page);
    cpu_count_event(COUNTER_PAGES_FILLED);
    return STATUS_OK;
}

/* With the largest page that the segment may have and the machine has. */
status_t seg_fill(struct seg *seg, uint64_t offset)
{
    int at;
    pte_t *entry = seg_walk(seg, offset, &at);
    if (pte_is_present(*entry))
        return STATUS_OK;
    int level = at < seg->page_level ? at : seg->page_level;
    status_t status = fill_with(seg, offset, entry, at, level);
    while (unlikely(status != STATUS_OK) && --level >= 1)
        status = fill_with(seg, offset, entry, at, level);
    return status;
}

/* Small pages filled in one step; a large one is a step by itself. */
#define FILLED_PER_STEP 8

status_t seg_fill_some(struct seg *seg, uint64_t *offset, uint64_t end)
{
    int level = 1;
    for (int n = 0; n < FILLED_PER_STEP && level == 1 && *offset < end; n++) {
        TRY(seg_fill(seg, *offset));
        (void)seg_walk(seg, *offset, &level);
        *offset = align_down(*offset, level_bytes(level)) + level_bytes(level);
    }
    return STATUS_OK;
}

status_t seg_fill_range(struct seg *seg, uint64_t offset, uint64_t end)
{
    while (offset < end)
        TRY(seg_fill_some(seg, &offset, end));
    return STATUS_OK;
}

void seg_put_page(struct seg *seg, uint64_t offset, paddr_t page)
{
    int at;
    pte_t *entry = seg_walk(seg, offset, &at);
    show_page(seg, offset, entry, at, 1, page);
}

bool seg_has_page(const struct seg *seg, uint64_t offset)
{
    int at;
    return pte_is_present(*seg_walk(seg, offset, &at));
}

status_t seg_page_new(struct seg *seg, uint64_t offset, paddr_t *page)
{
    int at;
    ASSERT(!pte_is_present(*seg_walk(seg, offset, &at)));
    TRY(seg_charge(seg, frames_needed(at, 1)));
    status_t status = frame_alloc(FRAME_4K, FRAME_SEG_PAGE, seg, page);
    ASSERT(status == STATUS_OK); /* it is charged */
    return STATUS_OK;
}

void seg_page_install(struct seg *seg, uint64_t offset, paddr_t page)
{
    seg_put_page(seg, offset, page);
    cpu_count_event(COUNTER_PAGES_FILLED);
}

status_t seg_prepare_slowly(struct seg *seg, uint64_t offset, uint64_t end)
{
    if ((seg->flags & SEG_PAGED) == 0)
        return seg_fill_range(seg, offset, end);
    for (; offset < end; offset = align_down(offset, PAGE_SIZE) + PAGE_SIZE) {
        if (!seg_has_page(seg, offset))
            return STATUS_BAD_ADDRESS;
    }
    return STATUS_OK;
}

void *seg_page(struct seg *seg, uint64_t offset, uint64_t *nbytes)
{
    int level;
    pte_t *entry = seg_walk(seg, offset, &level);
    if (!pte_is_present(*entry)) {
        if ((seg->flags & SEG_PAGED) != 0 || seg_fill(seg, offset) != STATUS_OK)
            return NULL;
        entry = seg_walk(seg, offset, &level);
    }
    uint64_t within = offset % level_bytes(level);
    *nbytes = level_bytes(level) - within;
    return (char *)paddr_to_ptr(pte_paddr(*entry)) + within;
}

void seg_write(struct seg *seg, uint64_t offset, const void *from, uint64_t nbytes)
{
    const char *f = from;
    while (nbytes > 0) {
        uint64_t room;
        void *to = seg_page(seg, offset, &room);
        ASSERT(to != NULL);
        uint64_t n = min_u64(room, nbytes);
        page_copy(to, f, n);
        f += n;
        offset += n;
        nbytes -= n;
    }
}

/* --- freeing -------------------------------------------------------------------------------- */

/* Pages freed in one step, or places found empty. A block of 1 GiB is a step by itself. */
#define PAGES_PER_STEP 32

/* Frees the page at `freed`, if there is one, and moves on: behind the page, behind the place of a
 * table that is missing, and behind each table that this empties, which is freed. */
static void free_next(struct seg *seg)
{
    paddr_t tables[PT_ROOT_LEVEL];
    uint64_t at = seg->freed;
    vaddr_t va = VADDR(seg->range.base.v + at);
    int level = seg->link_level - 1;
    tables[level] = seg->tables[at / level_bytes(seg->link_level)];
    pte_t pte = *pt_entry(tables[level], level, va);
    while (pte_is_present(pte) && !pte_is_page(pte, level)) {
        tables[--level] = pte_paddr(pte);
        pte = *pt_entry(tables[level], level, va);
    }
    if (pte_is_present(pte)) {
        if (!seg->borrowed)
            frame_free(pte_paddr(pte));
        frame_of(tables[level])->count--;
        seg->npages[level - 1]--;
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
    pool_refund(seg->object.pool, seg->charged);
    seg->charged = 0;
    return true;
}

/* --- discarding ----------------------------------------------------------------------------- */

static void zero_part(pte_t pte, int level, uint64_t offset, uint64_t nbytes)
{
    char *page = paddr_to_ptr(pte_paddr(pte));
    page_zero(page + offset % level_bytes(level), nbytes);
}

/* The pages between are gone from every space, and the batch has their frames. */
static void remove_from_links(struct seg *seg, struct tlb_batch *batch, uint64_t first,
                              uint64_t end)
{
    struct vrange range = {VADDR(seg->range.base.v + first), (end - first) >> PAGE_SHIFT};
    list_for_each(node, &seg->links) {
        struct link *link = list_item(node, struct link, in_seg);
        tlb_batch_removed(batch, &link->space->generation, range);
    }
}

static void remove_page(struct seg *seg, struct tlb_batch *batch, pte_t *entry, int level)
{
    tlb_batch_free(batch, pte_paddr(*entry));
    pt_write(entry, (pte_t){0});
    frame_of(ptr_to_paddr(entry))->count--;
    seg->npages[level - 1]--;
    seg_refund(seg, level_bytes(level) >> PAGE_SHIFT);
}

uint64_t seg_discard_some(struct seg *seg, uint64_t offset, uint64_t end)
{
    struct tlb_batch batch TLB_BATCH;
    uint64_t at = offset;
    bool removed = false;
    tlb_batch_begin(&batch);
    for (int n = 0; n < PAGES_PER_STEP && at < end; n++) {
        int level;
        pte_t *entry = seg_walk(seg, at, &level);
        uint64_t start = align_down(at, level_bytes(level));
        uint64_t next = start + level_bytes(level);
        bool whole = at == start && next <= end;
        next = min_u64(next, end);
        if (pte_is_present(*entry) && !whole) {
            next = min_u64(next, at + level_bytes(2));
            zero_part(*entry, level, at, next - at);
            at = next;
            break; /* as long as a step may be */
        }
        if (pte_is_present(*entry)) {
            remove_page(seg, &batch, entry, level);
            removed = true;
        }
        at = next;
    }
    if (removed)
        remove_from_links(seg, &batch, offset, at);
    tlb_batch_finish(&batch);
    return at;
}
