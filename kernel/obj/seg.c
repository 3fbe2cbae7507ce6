/* Segments: their shape, their memory, their life. seg.h has the picture. */
#include "obj/seg.h"

#include <arch/features.h>
#include <arch/mmu.h>

#include "base/assert.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/futex.h"
#include "obj/link.h"
#include "obj/seg_base.h"
#include "obj/seg_memory.h"

static struct list all_segs;

void seg_init(void)
{
    slab_kind_init(SLAB_SEG, sizeof(struct seg));
    list_init(&all_segs);
    seg_base_init();
}

/* --- shape ---------------------------------------------------------------------------------- */

/* By size: the largest pages of which it has at least 16. */
static int page_level_of(uint64_t flags, uint64_t nbytes)
{
    if ((flags & SEG_PAGES_BY_SIZE) == 0)
        return flags & SEG_PAGES_1G ? 3 : flags & SEG_PAGES_2M ? 2 : 1;
    if (nbytes >= 16 * level_bytes(3) && feature_used(FEATURE_PAGES_1G))
        return 3;
    return nbytes >= 16 * level_bytes(2) ? 2 : 1;
}

/* The lowest level above the pages at which 16 entries suffice; 0 if there is none. */
static int link_level_of(uint64_t nbytes, int page_level)
{
    for (int level = page_level + 1; level <= PT_ROOT_LEVEL; level++) {
        if (nbytes <= SEG_GRANULES_MAX * level_bytes(level))
            return level;
    }
    return 0;
}

static status_t check_flags(uint64_t flags)
{
    uint64_t sizes = flags & (SEG_PAGES_2M | SEG_PAGES_1G | SEG_PAGES_BY_SIZE);
    if ((flags & ~(uint64_t)SEG_FLAGS) != 0 || (sizes & (sizes - 1)) != 0)
        return STATUS_BAD_ARGUMENT;
    if ((flags & (SEG_SPARSE | SEG_EAGER)) == (SEG_SPARSE | SEG_EAGER))
        return STATUS_BAD_ARGUMENT;
    if ((flags & SEG_PAGED) != 0 && (sizes | (flags & SEG_EAGER)) != 0)
        return STATUS_BAD_ARGUMENT;
    if ((flags & SEG_PAGES_1G) != 0 && !feature_used(FEATURE_PAGES_1G))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

/* An explicit base must leave room in one kind of space, and must not be one that the kernel could
 * choose: those are unique. A home cannot be left, so nothing there can be lockable. */
static status_t check_base(uint64_t base, uint64_t extent, uint64_t granule, uint64_t flags)
{
    if (!is_aligned(base, granule))
        return STATUS_UNALIGNED;
    bool home = base >= HOME_FIRST_SEG && base < HOME_END && extent <= HOME_END - base &&
                (flags & SEG_LOCKABLE) == 0;
    bool vas = base >= VAS_BASE && base < VAS_CHOSEN_BASE && extent <= VAS_CHOSEN_BASE - base;
    return home || vas ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

/* Fills in where the segment lies and how it is linked. Changes nothing but *seg. */
static status_t seg_shape(struct seg *seg, struct seg_spec spec)
{
    TRY(check_flags(spec.flags));
    if (spec.nbytes == 0)
        return STATUS_BAD_ARGUMENT;
    int page_level = page_level_of(spec.flags, spec.nbytes);
    int link_level = link_level_of(spec.nbytes, page_level);
    if (link_level == 0)
        return STATUS_TOO_LARGE;
    uint64_t granule = level_bytes(link_level);
    uint64_t extent = align_up(spec.nbytes, granule);
    if (spec.base == 0)
        TRY(seg_base_choose(extent, granule, &spec.base));
    else
        TRY(check_base(spec.base, extent, granule, spec.flags));
    seg->range.base = VADDR(spec.base);
    seg->range.npages = align_up(spec.nbytes, level_bytes(page_level)) >> PAGE_SHIFT;
    seg->nbytes = spec.nbytes;
    seg->flags = (uint32_t)spec.flags;
    seg->page_level = (uint8_t)page_level;
    seg->link_level = (uint8_t)link_level;
    seg->ngranules = (uint32_t)(extent / granule);
    uint64_t room = PT_ENTRIES - pt_index(link_level, seg->range.base);
    seg->nfirst = (uint32_t)min_u64(seg->ngranules, room);
    return STATUS_OK;
}

/* --- life ----------------------------------------------------------------------------------- */

static uint64_t charge_at_first(const struct seg *seg)
{
    if (seg->flags & SEG_SPARSE)
        return seg->ngranules;
    return seg_tables_needed(seg) + (seg->borrowed ? 0 : seg->range.npages);
}

/* The object with its tables, no pages. */
static status_t seg_new(struct pool *pool, struct seg_spec spec, bool borrowed, struct seg **out)
{
    struct seg shape = {.borrowed = borrowed};
    TRY(seg_shape(&shape, spec));
    shape.charged = charge_at_first(&shape);
    void *memory;
    TRY(slab_alloc(pool, SLAB_SEG, &memory));
    status_t status = pool_charge(pool, shape.charged);
    if (status != STATUS_OK) {
        slab_free(memory);
        return status;
    }
    struct seg *seg = memory;
    *seg = shape;
    object_init(&seg->object, OBJECT_SEG, spec.name, pool);
    list_init(&seg->links);
    lock_init_seg(&seg->lock);
    list_init(&seg->futex_waiters);
    list_push_back(&all_segs, &seg->in_all);
    seg_base_claim(seg);
    for (uint32_t i = 0; i < seg->ngranules; i++) {
        seg->tables[i] = frame_take(FRAME_SEG_TABLE, seg);
        cpu_count_event(COUNTER_TABLES);
    }
    *out = seg;
    return STATUS_OK;
}

void seg_free(struct seg *seg)
{
    ASSERT(list_is_empty(&seg->links) && seg->charged == 0);
    list_remove(&seg->in_all);
    seg_base_release(seg);
    object_fini(&seg->object);
    slab_free(seg);
}

status_t seg_create(struct pool *pool, struct seg_spec spec, struct seg **out)
{
    return seg_new(pool, spec, false, out);
}

status_t seg_create_borrowed(struct pool *pool, struct seg_spec spec, paddr_t memory,
                             struct seg **out)
{
    struct seg *seg;
    TRY(seg_new(pool, spec, true, &seg));
    for (uint64_t page = 0; page < seg->range.npages; page++)
        seg_put_page(seg, page << PAGE_SHIFT, PADDR(memory.v + (page << PAGE_SHIFT)));
    *out = seg;
    return STATUS_OK;
}

enum step seg_clear_some(struct seg *seg)
{
    bool ends = seg->object.dead || seg->object.refs == 0;
    if (!lock_grant_some(seg))
        return STEP_MORE;
    if (!ends)
        return STEP_DONE;
    if (!futex_clear_some(seg))
        return STEP_MORE;
    if (!list_is_empty(&seg->links)) {
        cap_remove(&list_item(list_first(&seg->links), struct link, in_seg)->cap);
        return STEP_MORE;
    }
    if (seg->unsettled)
        mmu_await_switches();
    seg->unsettled = false;
    if (!seg_free_memory_some(seg))
        return STEP_MORE;
    return seg->object.dead && !cap_bury_some(&seg->object) ? STEP_MORE : STEP_DONE;
}

struct seg *seg_find_by_address(vaddr_t va)
{
    list_for_each(node, &all_segs) {
        struct seg *seg = list_item(node, struct seg, in_all);
        if (!seg->object.dead && seg_contains(seg, va))
            return seg;
    }
    return NULL;
}
