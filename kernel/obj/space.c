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

/* --- linking -------------------------------------------------------------------------------- */

/* What is found out before a link is made. */
struct plan {
    struct run runs[RUNS_MAX]; /* an entry is null while its table is missing */
    uint64_t nmissing;         /* tables */
    bool crowded;              /* unused tables are in the way */
};

static vaddr_t granule_va(const struct seg *seg, uint32_t granule)
{
    return VADDR(seg->range.base.v +
                 ((uint64_t)granule << (PAGE_SHIFT + 9 * (seg->link_level - 1))));
}

/* Something lies where the entries of a run are to go: unused tables are no hindrance. */
static rarely status_t plan_crowded_run(const struct space *space, int level, const struct run *run,
                                        struct plan *plan)
{
    for (uint32_t i = 0; i < run->n; i++) {
        if (pte_is_present(run->entry[i]) &&
            (level == 2 || !table_is_unused(space, pte_paddr(run->entry[i]), level - 1)))
            return STATUS_COLLISION;
    }
    plan->crowded = true;
    return STATUS_OK;
}

/* Decodes one run: are its entries free or only taken by unused tables, and how many tables are
 * missing above them? */
static inlined status_t plan_run(const struct space *space, int level, vaddr_t va, struct run *run,
                                 struct plan *plan)
{
    int at;
    pte_t all = {0};
    pte_t *entry;
    TRY(space_walk(space, va, level, &entry, &at));
    run->entry = at > level ? NULL : entry;
    if (unlikely(at > level)) {
        plan->nmissing += (uint64_t)(at - level);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < run->n; i++)
        all.v |= entry[i].v;
    return unlikely(pte_is_present(all)) ? plan_crowded_run(space, level, run, plan) : STATUS_OK;
}

static inlined status_t plan_link(const struct space *space, const struct seg *seg,
                                  struct plan *plan)
{
    uint32_t nsecond = seg->ngranules - seg->nfirst;
    plan->nmissing = 0;
    plan->crowded = false;
    plan->runs[0].n = seg->nfirst;
    plan->runs[1].n = nsecond;
    TRY(plan_run(space, seg->link_level, seg->range.base, &plan->runs[0], plan));
    if (likely(nsecond == 0))
        return STATUS_OK;
    return plan_run(space, seg->link_level, granule_va(seg, seg->nfirst), &plan->runs[1], plan);
}

/* Makes the tables that are missing, which have been charged, and clears away those that are in the
 * way. Two runs may share tables that both found missing. */
static rarely void make_room(struct space *space, const struct seg *seg, struct plan *plan)
{
    int level = seg->link_level;
    uint32_t granule = 0;
    uint64_t nmade = 0;
    for (struct run *run = plan->runs; granule < seg->ngranules; run++) {
        if (run->entry == NULL)
            run->entry = space_make_tables(space, granule_va(seg, granule), level, &nmade);
        for (uint32_t i = 0; i < run->n; i++) {
            if (pte_is_present(run->entry[i]))
                space_clear_unused(space, level, &run->entry[i], granule_va(seg, granule + i));
        }
        granule += run->n;
    }
    pool_refund(space->pool, plan->nmissing - nmade);
}

/* Entries of the top table are also in the roots of views. `pte` is present or empty. */
static rarely void top_write(struct link *link, pte_t pte)
{
    const struct seg *seg = link->seg;
    const struct run *run = &link->runs[0];
    for (uint32_t i = 0; i < run->n; i++)
        space_write(link->space, PT_ROOT_LEVEL, &run->entry[i], granule_va(seg, i),
                    pte_is_present(pte) ? pte_move(pte, seg->tables[i]) : pte);
}

/* By how many present entries the table of a run has more now. */
static inlined void run_count(struct run run, int more)
{
    struct frame *table = frame_of_memory(ptr_to_paddr(run.entry));
    table->count = (uint16_t)(table->count + more);
}

static inlined void run_fill(struct run run, const paddr_t *tables, pte_t pte, bool is_new)
{
    for (uint32_t i = 0; i < run.n; i++)
        pt_write(&run.entry[i], pte_move(pte, tables[i]));
    if (is_new)
        run_count(run, (int)run.n);
}

static inlined void run_clear(struct run run)
{
    for (uint32_t i = 0; i < run.n; i++)
        pt_write(&run.entry[i], (pte_t){0});
    run_count(run, -(int)run.n);
}

/* Writes the entries: to the segment's tables with this access. */
static inlined void link_fill(struct link *link, uint64_t access, bool is_new)
{
    const struct seg *seg = link->seg;
    pte_t pte = pte_user_table(seg->tables[0], seg->link_level, access);
    if (unlikely(seg->link_level == PT_ROOT_LEVEL)) {
        top_write(link, pte);
        return;
    }
    run_fill(link->runs[0], seg->tables, pte, is_new);
    if (unlikely(link->runs[1].n > 0))
        run_fill(link->runs[1], &seg->tables[seg->nfirst], pte, is_new);
}

static inlined void link_clear(struct link *link)
{
    if (unlikely(link->seg->link_level == PT_ROOT_LEVEL)) {
        top_write(link, (pte_t){0});
        return;
    }
    run_clear(link->runs[0]);
    if (unlikely(link->runs[1].n > 0))
        run_clear(link->runs[1]);
}

static inlined status_t check_link(const struct space *space, const struct seg *seg)
{
    enum space_kind kind = seg->range.base.v < HOME_END ? SPACE_HOME : SPACE_VAS;
    if (kind != space->kind)
        return STATUS_WRONG_SPACE;
    if (space_find_link(space, seg) != NULL)
        return STATUS_ALREADY_ATTACHED;
    return unlikely(seg->flags & SEG_LOCKABLE) ? lock_check_link(space) : STATUS_OK;
}

static inlined void link_init(struct link *link, struct space *space, struct seg *seg,
                              struct cap *seg_cap, uint64_t access)
{
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
    if (unlikely(seg->flags & SEG_LOCKABLE))
        lock_add_link(link);
}

/* Charges the tables that are missing, and takes memory for the link. */
static inlined status_t reserve(struct space *space, uint64_t nmissing, struct link **out)
{
    void *memory;
    if (unlikely(nmissing > 0))
        TRY(pool_charge(space->pool, nmissing));
    status_t status = slab_alloc(space->pool, SLAB_LINK, &memory);
    if (unlikely(status != STATUS_OK))
        pool_refund(space->pool, nmissing);
    *out = memory;
    return status;
}

status_t space_link(struct space *space, struct seg *seg, struct cap *seg_cap, uint64_t access)
{
    struct plan plan;
    struct link *link;
    TRY(check_link(space, seg));
    TRY(plan_link(space, seg, &plan));
    TRY(reserve(space, plan.nmissing, &link));
    if (unlikely(plan.nmissing > 0 || plan.crowded))
        make_room(space, seg, &plan);
    link_init(link, space, seg, seg_cap, access);
    link->runs[0] = plan.runs[0];
    link->runs[1] = plan.runs[1];
    link_fill(link, access, true);
    return STATUS_OK;
}

/* --- unlinking ------------------------------------------------------------------------------ */

void link_release(struct link *link)
{
    struct space *space = link->space;
    struct seg *seg = link->seg;
    link_clear(link);
    tlb_removed(&space->generation, seg->range);
    if (unlikely(seg->flags & SEG_LOCKABLE))
        lock_remove_link(link);
    list_drop(&link->in_seg);
    list_drop(&link->in_space);
    seg->nlinks--;
    space->nlinks--;
    slab_free(link);
    seg->unsettled = true;
    object_put(&seg->object);
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
    bool narrows = (link->access & ~access) != 0;
    link_fill(link, access, false);
    if (narrows)
        tlb_removed(&link->space->generation, link->seg->range);
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
