/*
 * What a CPU may remember. The truth is in the links of the spaces and in who owns a frame; page
 * tables are not asked, but where a call that is not finished may have added something already.
 *
 *   in user mode   everything under the loaded tag is allowed by the spaces of the view, with the
 *                  rights of link and view, and leads to frames that have not been freed since
 *   anywhere       no table under the loaded tag has been freed since, nor the root
 *
 * A call that takes something away may go on until it gives the kernel lock back: up to then what
 * was allowed is allowed, since the link is on its list until the flush is done.
 */
#include <arch/kernel_lock.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "mem/frame.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "oracle.h"

#define CR3_TAG 0xfff

static bool is_same_life(const struct remembered *r)
{
    return r->pa < RAM_BYTES && memory_serial_of(r->pa) == r->serial;
}

static const struct remembered_set *loaded(const struct remembered_set *sets,
                                           const struct model_cpu *m)
{
    return &sets[m->cr3 & CR3_TAG];
}

/* --- what the spaces allow ------------------------------------------------------------------- */

static const struct link *link_at(const struct space *space, uint64_t va)
{
    if (space == NULL)
        return NULL;
    list_for_each(node, &space->links) {
        const struct link *link = list_item(node, struct link, in_space);
        if (va - link->seg->range.base.v < seg_extent(link->seg))
            return link;
    }
    return NULL;
}

static const struct space *space_at(const struct view *view, uint64_t va)
{
    if (va < HOME_END)
        return &view->process->home;
    return view->vas != NULL ? &view->vas->space : NULL;
}

/* A table of the space itself, or a page or table of a segment that is linked there. */
static bool is_allowed(const struct view *view, const struct remembered *r)
{
    const struct space *space = space_at(view, r->va);
    const void *owner = frame_of(PADDR(r->pa))->owner;
    uint64_t most = space != NULL ? view_access(view, space) : 0;
    if (space == NULL || !is_same_life(r))
        return false;
    if (owner == space)
        return (r->access & ~most) == 0;
    const struct link *link = link_at(space, r->va);
    return link != NULL && owner == link->seg && (r->access & ~(most & link->access)) == 0;
}

/* What the tables say now: for calls that are adding something. */
static bool is_in_tables(const struct view *view, const struct remembered *r)
{
    uint64_t access = ACCESS_ALL;
    paddr_t table = view->mmu.root;
    for (int level = PT_ROOT_LEVEL;; level--) {
        pte_t pte = {*(const volatile uint64_t *)pt_entry(table, level, VADDR(r->va))};
        access &= pte_access(pte);
        if (!pte_is_present(pte) || (r->access & ~access) != 0)
            return false;
        table = pte_paddr(pte);
        if (level == r->level)
            return table.v == r->pa && is_same_life(r);
        if (pte_is_page(pte, level))
            return false;
    }
}

/* --- checks ---------------------------------------------------------------------------------- */

static bool lock_is_idle(void)
{
    return kernel_lock_word.next == kernel_lock_word.serving;
}

static void check(const struct model_cpu *m, const struct view *view, const struct remembered *r,
                  bool strictly, const char *what)
{
    if (is_allowed(view, r) || (!strictly && is_in_tables(view, r)))
        return;
    oracle_fails("CPU %u in user mode remembers a %s that is not allowed: address 0x%lx, level %u, "
                 "access %u, %s 0x%lx%s, view %lu under tag %lu",
                 m->number, what, r->va, r->level, r->access, "frame", r->pa,
                 is_same_life(r) ? "" : " (freed since)", view->mmu.id, m->cr3 & CR3_TAG);
}

/* The view that is loaded, which must be one of the running thread's process. */
static const struct view *view_of(const struct model_cpu *m)
{
    const struct frame *root = frame_of(PADDR(m->cr3 & ~(uint64_t)CR3_TAG));
    const struct thread *thread = m->cpu.thread;
    if (root->kind != FRAME_ROOT)
        oracle_fails("CPU %u in user mode stands on no view's root", m->number);
    const struct view *view = root->owner;
    if (thread == NULL || thread->state == THREAD_ENDED || process_on(m) != view->process)
        oracle_fails("CPU %u in user mode runs no thread of the view's process", m->number);
    if (&view->mmu != m->cpu.view || (view->mmu.cr3_flush & CR3_TAG) != (m->cr3 & CR3_TAG))
        oracle_fails("CPU %u in user mode stands elsewhere than the kernel believes", m->number);
    return view;
}

/* Of segments with locks too. */
static void check_locks(const struct model_cpu *m, const struct view *view)
{
    const struct hold *hold = &m->cpu.thread->hold;
    if (view->vas == NULL || view->vas->space.locks.nlinks == 0)
        return;
    if (hold->space != &view->vas->space || !hold->entered)
        oracle_fails("CPU %u in user mode has not the locks of its view", m->number);
}

static void check_cpu(const struct model_cpu *m, bool strictly)
{
    const struct view *view = view_of(m);
    if (strictly)
        check_locks(m, view);
    const struct remembered_set *pages = loaded(m->pages, m);
    const struct remembered_set *tables = loaded(m->tables, m);
    for (uint32_t i = 0; i < pages->n; i++)
        check(m, view, &pages->entries[i], strictly, "page");
    for (uint32_t i = 0; i < tables->n; i++)
        check(m, view, &tables->entries[i], strictly, "table");
}

void truth_user(struct model_cpu *m)
{
    stores_show_all();
    check_cpu(m, lock_is_idle());
    stores_hide_all();
}

void truth_use(struct model_cpu *m, const struct remembered *r)
{
    stores_show_all();
    check(m, view_of(m), r, lock_is_idle(), "page, and uses it,");
    stores_hide_all();
}

void truth_release(void)
{
    stores_show_all();
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct model_cpu *m = &model_cpus[i];
        if (!m->in_user)
            continue;
        if (process_has_ended(view_of(m)->process))
            oracle_fails("CPU %u is in user mode in a process that has ended", i);
        check_cpu(m, true);
    }
    stores_hide_all();
}

void truth_load(struct model_cpu *m)
{
    const struct remembered_set *tables = loaded(m->tables, m);
    for (uint32_t i = 0; i < tables->n; i++) {
        if (!is_same_life(&tables->entries[i]))
            oracle_fails("CPU %u loads a view and remembers a table that was freed, 0x%lx",
                         m->number, tables->entries[i].pa);
    }
}

static bool holds(const struct remembered_set *set, uint64_t pa)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->entries[i].pa == pa && is_same_life(&set->entries[i]))
            return true;
    }
    return false;
}

void truth_free(paddr_t pa)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        const struct model_cpu *m = &model_cpus[i];
        if (m->cr3 == 0)
            continue;
        if ((m->cr3 & ~(uint64_t)CR3_TAG) == pa.v)
            oracle_fails("the root of CPU %u is freed", i);
        if (holds(loaded(m->tables, m), pa.v))
            oracle_fails("a table is freed, 0x%lx, that CPU %u can walk", pa.v, i);
        if (m->in_user && holds(loaded(m->pages, m), pa.v))
            oracle_fails("a page is freed, 0x%lx, that CPU %u can use", pa.v, i);
    }
}
