/*
 * Checks of objects, capabilities and references: each reference is counted once more where it is
 * held, and the sums compared with the counts that the objects keep.
 */
#include "obj/check.h"

#include <arch/phys.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "obj/endpoint.h"
#include "obj/gate.h"
#include "obj/link.h"
#include "obj/notification.h"
#include "obj/pool.h"
#include "obj/priority.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/thread_table.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "obj/watch.h"

#define OBJECT_OF(type) container_of(o, struct type, object)

/* The object after this one, pool by pool, parents before what is charged to them; null after the
 * last. Iterative, since pools nest as deep as users like. */
static struct object *next_object(struct object *o)
{
    if (o->type == OBJECT_POOL) {
        struct pool *pool = &OBJECT_OF(pool_object)->pool;
        if (!list_is_empty(&pool->members))
            return list_item(list_first(&pool->members), struct object, in_pool);
    }
    while (o->pool != NULL && o->in_pool.next == &o->pool->members)
        o = pool_object(o->pool);
    return o->pool == NULL ? NULL : list_item(o->in_pool.next, struct object, in_pool);
}

#define for_each_object(o) for (struct object *o = &pool_root.object; o != NULL; o = next_object(o))

/* --- capabilities --------------------------------------------------------------------------- */

static void check_siblings(const struct cap *cap)
{
    const struct cap *parent = cap->parent;
    const struct cap *first = parent != NULL ? parent->children : cap->object->caps;
    ASSERT(cap->prev == NULL ? first == cap : cap->prev->next == cap);
    ASSERT(cap->next == NULL || (cap->next->prev == cap && cap->next->parent == parent));
    ASSERT(cap->children == NULL || (cap->children->parent == cap && cap->children->prev == NULL));
    if (parent == NULL || parent->object != cap->object)
        return;
    uint64_t mask = parent->rights & CAP_RIGHTS;
    ASSERT(mask == 0 || (cap->rights & CAP_RIGHTS & ~mask) == 0);
    ASSERT(parent->badge == 0 || cap->badge == parent->badge);
}

static void count_cap(const struct cap *cap)
{
    if (cap->object == &object_grave) {
        ASSERT(cap->parent == NULL && cap->children == NULL && (cap->rights & CAP_WEAK) != 0);
        return;
    }
    ASSERT(cap->type == cap->object->type);
    check_siblings(cap);
    if (!(cap->rights & CAP_WEAK))
        cap->object->checked++;
}

static void count_table(const struct cap_table *table)
{
    uint32_t ncaps = 0;
    for (uint32_t page = 0; page < table->npages; page++) {
        const struct frame *f = frame_of(ptr_to_paddr(table->pages[page]));
        ASSERT(f->kind == FRAME_CAPS && f->owner == table);
        uint32_t nused = page + 1 == table->npages ? table->fresh : CAPS_PER_PAGE;
        for (uint32_t slot = 0; slot < nused; slot++) {
            const struct cap *cap = &table->pages[page][slot];
            if (cap->handle == 0)
                continue;
            ASSERT(cap->handle == HANDLE_OF(page, slot, cap->generation));
            count_cap(cap);
            ncaps++;
        }
    }
    ASSERT(ncaps == table->ncaps);
}

/* Threads that have not ended, and those of them that wait at a futex: found so far. */
static uint32_t nliving, nfutex_waiters;

/* --- what refers to what -------------------------------------------------------------------- */

static void count_space(const struct space *space)
{
    list_for_each(node, &space->links) {
        struct link *link = list_item(node, struct link, in_space);
        check_siblings(&link->cap);
        link->seg->object.checked++;
    }
    check_space(space);
}

/* True if the home view is among them: the process has not been emptied. */
static bool count_views(struct process *process)
{
    uint32_t nviews = 0;
    bool has_home = false;
    list_for_each(node, &process->views) {
        struct view *view = list_item(node, struct view, in_process);
        ASSERT(view->process == process && view->object.refs == 1);
        if (view->vas != NULL)
            view->vas->object.checked++;
        has_home = has_home || view == process->home_view;
        nviews++;
    }
    ASSERT(nviews == process->nviews);
    return has_home;
}

static void count_process(struct process *process)
{
    uint32_t nthreads = 0;
    list_for_each(node, &process->threads) {
        struct thread *thread = list_item(node, struct thread, in_process);
        ASSERT(thread->owner == process && thread->state != THREAD_ENDED);
        thread->object.checked++;
        nthreads++;
    }
    ASSERT(nthreads == process->nthreads);
    if (nthreads > 0)
        process->object.checked++;
    count_table(&process->caps);
    if (count_views(process))
        count_space(&process->home);
}

static void count_thread(struct thread *thread)
{
    const struct rendezvous *r = &thread->rendezvous;
    if (thread->waiting_for != NULL) {
        ASSERT(thread->state == THREAD_BLOCKED);
        thread->waiting_for->checked++;
    }
    futex_check_thread(thread);
    nfutex_waiters += thread->futex.word.seg != NULL;
    nliving += thread->state != THREAD_ENDED;
    ASSERT(r->serves == NULL || r->serves->rendezvous.awaits == thread);
    ASSERT(r->awaits == NULL ||
           (r->awaits->rendezvous.serves == thread && thread->state == THREAD_BLOCKED));
    ASSERT(thread->owner == NULL || thread->fault.state == FAULT_CALL_NONE ||
           thread->epoch == EPOCH_PAST);
    uint32_t ngates = 0;
    for (const struct gate_frame *frame = thread_gate(thread); frame != NULL;
         frame = frame->below) {
        ASSERT(frame->thread == thread && view_of_mmu(frame->mmu)->pins > 0);
        ngates++;
    }
    ASSERT(ngates <= GATE_DEPTH_MAX);
    ASSERT(thread->gates_left < -GATE_DEPTH_MAX ||
           thread->gates_left + (int32_t)ngates == GATE_DEPTH_MAX);
    ASSERT(r->takes == NULL || r->takes->taker == thread);
    ASSERT(thread->state != THREAD_ENDED || thread->owner == NULL);
    if (thread->state != THREAD_ENDED)
        priority_check(thread);
    ASSERT(r->bound == NULL || (r->bound->bound == thread && thread->state != THREAD_ENDED));
    ASSERT(thread->state != THREAD_ENDED || thread->hold.space == NULL);
}

/* Each watch is in two lists; those that one side has are counted against the other's. */
static int64_t watches_unmatched;

static void count_watches_of_process(const struct process *process)
{
    list_for_each(node, &process->watches) {
        const struct watch *watch = list_item(node, struct watch, in_process);
        ASSERT(watch->process == process && watch->bits != 0);
        watches_unmatched++;
    }
}

static void count_notification(const struct notification *notification)
{
    list_for_each(node, &notification->watches) {
        ASSERT(list_item(node, struct watch, in_notification)->notification == notification);
        watches_unmatched--;
    }
    notification_check(notification);
}

static void count_vas(struct vas *vas)
{
    uint32_t nviews = 0;
    list_for_each(node, &vas->space.views) {
        ASSERT(list_item(node, struct view, in_space[SPACE_VAS])->vas == vas);
        nviews++;
    }
    ASSERT(nviews == vas->nviews);
    if (vas->tethered)
        check_siblings(&vas->tether_cap);
    count_space(&vas->space);
    lock_check_space(&vas->space);
}

static void count_held_by(struct object *o)
{
    if (o->pool != NULL)
        pool_object(o->pool)->checked++;
    switch (o->type) {
    case OBJECT_PROCESS:
        count_process(OBJECT_OF(process));
        count_watches_of_process(OBJECT_OF(process));
        return;
    case OBJECT_THREAD:
        count_thread(OBJECT_OF(thread));
        return;
    case OBJECT_VAS:
        count_vas(OBJECT_OF(vas));
        return;
    case OBJECT_SEG:
        check_seg(OBJECT_OF(seg));
        lock_check_seg(OBJECT_OF(seg));
        futex_check_seg(OBJECT_OF(seg));
        return;
    case OBJECT_POOL:
        ASSERT(OBJECT_OF(pool_object)->pool.charged <= OBJECT_OF(pool_object)->pool.limit);
        return;
    case OBJECT_ENDPOINT:
        endpoint_check(OBJECT_OF(endpoint));
        return;
    case OBJECT_GATE:
        gate_check(OBJECT_OF(gate));
        return;
    case OBJECT_NOTIFICATION:
        count_notification(OBJECT_OF(notification));
        return;
    default:
        panic("object %lu of type %u is a member of a pool", o->id, o->type);
    }
}

void check_everything(void)
{
    for_each_object(o) o->checked = 0;
    pool_root.object.checked = 1;
    nliving = nfutex_waiters = 0;
    watches_unmatched = 0;
    for_each_object(o) count_held_by(o);
    ASSERT(watches_unmatched == 0);
    for_each_object(o)
    {
        ASSERT(o->checked == o->refs);
        ASSERT(o->refs > 0 || o->queued);
    }
    ASSERT(pool_frames_taken() <= pool_root.pool.charged);
    ASSERT(thread_table_check() == nliving && futex_check() == nfutex_waiters);
    frame_check();
    sched_check();
}
