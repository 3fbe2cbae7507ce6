/* Spaces: linking and unlinking segments. space.h has the picture and the invariants. */
#include "obj/space.h"

#include <arch/mmu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/link.h"
#include "obj/seg.h"
#include "obj/space_tables.h"

void space_init_kinds(void)
{
    slab_kind_init(SLAB_LINK, sizeof(struct link));
}

void space_init(struct space *space, enum space_kind kind, paddr_t top, struct pool *pool)
{
    *space = (struct space){.kind = kind, .top = top, .tables = FRAME_END, .pool = pool};
    list_init(&space->links);
    list_init(&space->views);
    lock_init_space(&space->locks);
}

/* Linking entries that lie in one table. A segment has one run, or two where it crosses a table. */
struct run {
    vaddr_t va;
    pte_t *entry;   /* the first one; null while its table is missing */
    uint32_t first; /* granule of the segment */
    uint32_t n;
};

#define RUNS_MAX 2

static uint32_t seg_runs(const struct seg *seg, struct run runs[RUNS_MAX])
{
    uint32_t room = PT_ENTRIES - (uint32_t)pt_index(seg->link_level, seg->range.base);
    uint32_t n = seg->ngranules < room ? seg->ngranules : room;
    runs[0] = (struct run){seg->range.base, NULL, 0, n};
    if (likely(n == seg->ngranules))
        return 1;
    vaddr_t next = VADDR(seg->range.base.v + n * level_bytes(seg->link_level));
    runs[1] = (struct run){next, NULL, n, seg->ngranules - n};
    return 2;
}

/* --- linking -------------------------------------------------------------------------------- */

/* Decodes one run: are its entries free or only taken by unused tables, and how many tables are
 * missing above them? */
static status_t run_check(const struct space *space, const struct seg *seg, struct run *run,
                          uint64_t *nmissing)
{
    pte_t *entry;
    int at;
    TRY(space_walk(space, run->va, seg->link_level, &entry, &at));
    *nmissing += (uint64_t)(at - seg->link_level);
    if (at > seg->link_level)
        return STATUS_OK;
    run->entry = entry;
    for (uint32_t i = 0; i < run->n; i++) {
        if (unlikely(pte_is_present(entry[i])) &&
            (seg->link_level == 2 ||
             !table_is_unused(space, pte_paddr(entry[i]), seg->link_level - 1)))
            return STATUS_COLLISION;
    }
    return STATUS_OK;
}

/*
 * Writes the entries of a run: to the segment's tables with this access, or with none empty. `more`
 * is by how many present entries their table has more then. Entries of the top table are also in
 * the roots of views.
 */
static void run_write(struct space *space, const struct seg *seg, struct run run, uint64_t access,
                      int more)
{
    int level = seg->link_level;
    const paddr_t *tables = &seg->tables[run.first];
    pte_t pte = {0};
    if (access != 0)
        pte = pte_user_table(tables[0], level, access);
    if (unlikely(level == PT_ROOT_LEVEL)) {
        for (uint32_t i = 0; i < run.n; i++)
            space_write(space, level, &run.entry[i], VADDR(run.va.v + i * level_bytes(level)),
                        access == 0 ? pte : pte_move(pte, tables[i]));
        return;
    }
    for (uint32_t i = 0; i < run.n; i++)
        pt_write(&run.entry[i], access == 0 ? pte : pte_move(pte, tables[i]));
    struct frame *table = frame_of(ptr_to_paddr(run.entry));
    table->count = (uint16_t)(table->count + more);
}

static void run_link(struct space *space, const struct seg *seg, struct run run, uint64_t access,
                     uint64_t *nmade)
{
    int level = seg->link_level;
    if (run.entry == NULL)
        run.entry = space_make_tables(space, run.va, level, nmade);
    for (uint32_t i = 0; i < run.n; i++) {
        if (unlikely(pte_is_present(run.entry[i])))
            space_clear_unused(space, level, &run.entry[i],
                               VADDR(run.va.v + i * level_bytes(level)));
    }
    run_write(space, seg, run, access, (int)run.n);
}

static status_t check_link(const struct space *space, const struct seg *seg)
{
    enum space_kind kind = seg->range.base.v < HOME_END ? SPACE_HOME : SPACE_VAS;
    if (kind != space->kind)
        return STATUS_WRONG_SPACE;
    if (space_find_link(space, seg) != NULL)
        return STATUS_ALREADY_ATTACHED;
    return seg->flags & SEG_LOCKABLE ? lock_check_link(space) : STATUS_OK;
}

static struct link *link_new(struct space *space, struct seg *seg, struct cap *seg_cap,
                             uint64_t access, void *memory)
{
    struct link *link = memory;
    object_init(&link->object, OBJECT_LINK, seg->object.name, NULL);
    cap_embed(&link->cap, seg_cap, &link->object, (uint16_t)access);
    object_get(&seg->object);
    link->seg = seg;
    link->space = space;
    link->access = access;
    list_push_back(&seg->links, &link->in_seg);
    list_push_back(&space->links, &link->in_space);
    seg->nlinks++;
    space->nlinks++;
    if (seg->flags & SEG_LOCKABLE)
        lock_add_link(link);
    return link;
}

status_t space_link(struct space *space, struct seg *seg, struct cap *seg_cap, uint64_t access)
{
    struct run runs[RUNS_MAX];
    uint32_t nruns = seg_runs(seg, runs);
    uint64_t nmissing = 0;
    TRY(check_link(space, seg));
    for (uint32_t i = 0; i < nruns; i++)
        TRY(run_check(space, seg, &runs[i], &nmissing));
    if (unlikely(nmissing > 0))
        TRY(pool_charge(space->pool, nmissing));
    void *memory;
    status_t status = slab_alloc(space->pool, SLAB_LINK, &memory);
    if (status != STATUS_OK) {
        pool_refund(space->pool, nmissing);
        return status;
    }
    uint64_t nmade = 0;
    for (uint32_t i = 0; i < nruns; i++)
        run_link(space, seg, runs[i], access, &nmade);
    /* Two runs may share tables that both found missing. */
    if (unlikely(nmissing > nmade))
        pool_refund(space->pool, nmissing - nmade);
    link_new(space, seg, seg_cap, access, memory);
    return STATUS_OK;
}

/* --- unlinking ------------------------------------------------------------------------------ */

/* Finds the entries of a run that is linked. */
static void run_find(const struct space *space, const struct seg *seg, struct run *run)
{
    int at;
    status_t status = space_walk(space, run->va, seg->link_level, &run->entry, &at);
    ASSERT(status == STATUS_OK && at == seg->link_level);
}

static void link_write(struct link *link, uint64_t access)
{
    struct run runs[RUNS_MAX];
    uint32_t nruns = seg_runs(link->seg, runs);
    for (uint32_t i = 0; i < nruns; i++) {
        run_find(link->space, link->seg, &runs[i]);
        run_write(link->space, link->seg, runs[i], access, access == 0 ? -(int)runs[i].n : 0);
    }
}

void link_release(struct link *link)
{
    struct tlb_batch batch TLB_BATCH;
    struct space *space = link->space;
    struct seg *seg = link->seg;
    tlb_batch_begin(&batch);
    link_write(link, 0);
    tlb_batch_removed(&batch, &space->generation, seg->range);
    tlb_batch_finish(&batch);
    if (seg->flags & SEG_LOCKABLE)
        lock_remove_link(link);
    list_remove(&link->in_seg);
    list_remove(&link->in_space);
    seg->nlinks--;
    space->nlinks--;
    slab_free(link);
    seg->unsettled = true;
    object_put(&seg->object);
}

/* Looks through the shorter of the two lists. */
struct link *space_find_link(const struct space *space, const struct seg *seg)
{
    if (seg->nlinks < space->nlinks) {
        list_for_each(node, &seg->links) {
            struct link *link = list_item(node, struct link, in_seg);
            if (link->space == space)
                return link;
        }
        return NULL;
    }
    list_for_each(node, &space->links) {
        struct link *link = list_item(node, struct link, in_space);
        if (link->seg == seg)
            return link;
    }
    return NULL;
}

status_t space_unlink(struct space *space, struct seg *seg)
{
    struct link *link = space_find_link(space, seg);
    if (link == NULL)
        return STATUS_NOT_ATTACHED;
    cap_remove(&link->cap);
    return STATUS_OK;
}

/* Widening needs no batch: a CPU that remembers less than is allowed faults once, and then looks
 * (SDM 3A 4.10.4.3). */
static void link_set_access(struct link *link, uint64_t access)
{
    struct tlb_batch batch TLB_BATCH;
    bool narrows = (link->access & ~access) != 0;
    tlb_batch_begin(&batch);
    link_write(link, access);
    if (narrows)
        tlb_batch_removed(&batch, &link->space->generation, link->seg->range);
    tlb_batch_finish(&batch);
    link->access = access;
}

status_t space_set_access(struct space *space, struct seg *seg, struct cap *seg_cap,
                          uint64_t access)
{
    struct link *link = space_find_link(space, seg);
    if (link == NULL)
        return STATUS_NOT_ATTACHED;
    if ((seg->flags & SEG_LOCKABLE) != 0 && (access & ~link->access & ACCESS_WRITE) != 0)
        TRY(lock_check_widen(link));
    link_set_access(link, access);
    cap_move(&link->cap, seg_cap, (uint16_t)access);
    return STATUS_OK;
}

bool space_unlink_some(struct space *space)
{
    if (list_is_empty(&space->links))
        return true;
    cap_remove(&list_item(list_first(&space->links), struct link, in_space)->cap);
    return false;
}

/* Tables freed in one step. */
#define TABLES_PER_STEP 16

/* Without a view no CPU can have the space loaded, and tags that remember one are never used for it
 * again: no batch is needed. */
bool space_free_some(struct space *space)
{
    ASSERT(list_is_empty(&space->links) && list_is_empty(&space->views));
    for (int n = 0; n < TABLES_PER_STEP && space->tables != FRAME_END; n++) {
        paddr_t table = PADDR((uint64_t)space->tables << PAGE_SHIFT);
        space->tables = frame_of(table)->next;
        space->ntables--;
        frame_free(table);
        pool_refund(space->pool, 1);
    }
    return space->tables == FRAME_END;
}
