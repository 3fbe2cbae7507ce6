/* The locks of lockable segments: lock.h says what they are for and what holds. */
#include "obj/lock.h"

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/mmu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "obj/work.h"

struct cap_table lock_no_caps;

void lock_init_seg(struct seg_lock *lock)
{
    *lock = (struct seg_lock){0};
    list_init(&lock->waiters);
}

void lock_init_space(struct space_locks *locks)
{
    *locks = (struct space_locks){0};
    list_init(&locks->links);
    list_init(&locks->threads);
    list_init(&locks->changed);
}

#define for_each_lockable(link, space)                                                             \
    for (struct link *link = lockable((space)->locks.links.next);                                  \
         &link->lock.in_space != &(space)->locks.links; link = lockable(link->lock.in_space.next))

static struct link *lockable(struct list *node)
{
    return list_item(node, struct link, lock.in_space);
}

static struct link *lockable_link(const struct space *space, const struct seg *seg)
{
    for_each_lockable(link, space)
    {
        if (link->seg == seg)
            return link;
    }
    return NULL;
}

static bool is_guarded(const struct view *view)
{
    return view->vas != NULL && view->vas->space.locks.nlinks > 0;
}

/* --- one lock ------------------------------------------------------------------------------- */

/* The segment for whose lock a thread waits, or null. */
static struct seg *awaited(const struct thread *thread)
{
    if (thread->waiting_for == NULL || thread->waiting_for->type != OBJECT_SEG)
        return NULL;
    return container_of(thread->waiting_for, struct seg, object);
}

void lock_urge(const struct thread *thread)
{
    struct seg *seg = awaited(thread);
    if (seg == NULL || seg->lock.urgency >= thread->priority)
        return;
    seg->lock.urgency = thread->priority;
    if (seg->object.queued)
        work_leave(&seg->object, thread->priority);
}

static bool is_free(const struct seg_lock *lock, bool exclusive)
{
    return lock->writer == NULL && (!exclusive || lock->nreaders == 0);
}

static void take(struct link *link, struct thread *thread, bool exclusive)
{
    struct seg_lock *lock = &link->seg->lock;
    if (exclusive) {
        link->lock.writer = lock->writer = thread;
    } else {
        link->lock.nreaders++;
        lock->nreaders++;
    }
    thread->hold.upto = link->seg->object.id;
}

/* The first who waits, if it is its turn: the lock is free, or nothing attaches the segment where
 * it wants to go any more. */
static struct thread *next_waiter(const struct seg *seg, struct link **link)
{
    const struct seg_lock *lock = &seg->lock;
    if (list_is_empty(&lock->waiters))
        return NULL;
    struct thread *thread = list_item(list_first(&lock->waiters), struct thread, node);
    *link = lockable_link(thread->hold.space, seg);
    return *link == NULL || is_free(lock, thread->hold.exclusive) ? thread : NULL;
}

/* A thread that waits for a lock makes its call again. It is taken off the list by hand, since
 * thread_stop_waiting would look for the next one. */
static void go_on(struct thread *thread)
{
    struct object *seg = thread->waiting_for;
    list_remove(&thread->node);
    thread->waiting_for = NULL;
    sched_unblock(thread);
    object_put(seg);
}

bool lock_grant_some(struct seg *seg)
{
    struct link *link;
    struct thread *thread = next_waiter(seg, &link);
    if (thread == NULL)
        return true;
    if (link != NULL)
        take(link, thread, thread->hold.exclusive);
    go_on(thread);
    return false;
}

/* Wakes one that may go on; if there are more, as many readers can be, that is work for later. It
 * is theirs and nobody else's: one who is urgent must not wait for whoever happened to leave, nor
 * the other way round. */
static void grant(struct seg *seg)
{
    struct link *link;
    if (!lock_grant_some(seg) && next_waiter(seg, &link) != NULL)
        work_leave(&seg->object, seg->lock.urgency);
}

void lock_waiter_left(struct seg *seg)
{
    grant(seg);
}

/* --- holds ---------------------------------------------------------------------------------- */

static void set_switch_caps(struct thread *thread, struct cap_table *caps)
{
    struct cpu *cpu = cpu_this();
    thread->switch_caps = caps;
    if (cpu->thread == thread)
        cpu->switch_caps = caps;
}

static void hold_begin(struct thread *thread, struct space *space, handle_t view)
{
    struct hold *hold = &thread->hold;
    hold->space = space;
    hold->view = view;
    hold->upto = 0;
    hold->entered = false;
    list_push_back(&space->locks.threads, &hold->in_space);
    space->locks.nthreads++;
    set_switch_caps(thread, &lock_no_caps);
}

/* The end of a hold that is `clean` leaves nothing half done. */
static void hold_end(struct thread *thread, bool clean)
{
    struct hold *hold = &thread->hold;
    struct space *space = hold->space;
    if (space == NULL)
        return;
    hold->space = NULL;
    list_remove(&hold->in_space);
    space->locks.nthreads--;
    set_switch_caps(thread, &thread->process->caps);
    for_each_lockable(link, space)
    {
        struct seg *seg = link->seg;
        if (seg->object.id > hold->upto)
            break;
        if (link->lock.writer == thread) {
            link->lock.writer = seg->lock.writer = NULL;
            seg->lock.abandoned |= hold->entered && !clean;
        } else {
            ASSERT(link->lock.nreaders > 0 && seg->lock.nreaders > 0);
            link->lock.nreaders--;
            seg->lock.nreaders--;
        }
        grant(seg);
    }
}

void lock_give_up(struct thread *thread)
{
    if (!thread->hold.entered)
        hold_end(thread, true);
}

void lock_forget(struct thread *thread)
{
    hold_end(thread, false);
}

/* --- links ---------------------------------------------------------------------------------- */

/* A thread without a hold may stand in a view that was made without lockable links. */
status_t lock_check_link(const struct space *space)
{
    const struct space_locks *locks = &space->locks;
    if (locks->nthreads > 0 || (locks->nlinks == 0 && !list_is_empty(&space->views)))
        return STATUS_BUSY;
    return locks->nlinks < VAS_LOCKABLE_MAX ? STATUS_OK : STATUS_NO_SLOT;
}

status_t lock_check_widen(const struct link *link)
{
    return link->space->locks.nthreads > 0 ? STATUS_BUSY : STATUS_OK;
}

void lock_add_link(struct link *link)
{
    struct space *space = link->space;
    struct list *place = space->locks.links.next;
    while (place != &space->locks.links && lockable(place)->seg->object.id < link->seg->object.id)
        place = place->next;
    link->lock.nreaders = 0;
    link->lock.writer = NULL;
    list_insert_before(place, &link->lock.in_space);
    space->locks.nlinks++;
}

/* What has changed concerns every thread with a hold. */
static void look_through(struct space *space)
{
    struct space_locks *locks = &space->locks;
    if (locks->nthreads == 0)
        return;
    list_move_all(&locks->changed, &locks->threads);
    work_add(&container_of(space, struct vas, space)->object);
}

/* Who detaches what it has itself for itself alone knows what it does. */
void lock_remove_link(struct link *link)
{
    struct seg *seg = link->seg;
    struct thread *writer = link->lock.writer;
    list_remove(&link->lock.in_space);
    link->space->locks.nlinks--;
    seg->lock.nreaders -= link->lock.nreaders;
    if (writer != NULL) {
        seg->lock.writer = NULL;
        seg->lock.abandoned |= writer->hold.entered && writer != cpu_this()->thread;
    }
    if (!list_is_empty(&seg->lock.waiters))
        look_through(link->space);
    grant(seg);
}

/* The running thread comes home without more ado (view_release), which is no worse than a switch.
 * Not so if it is the end of the VAS: then it depends on the moment, and on others, who runs while
 * the view goes. Other threads are looked at. */
void lock_forget_view(const struct view *view)
{
    struct thread *thread = cpu_this()->thread;
    if (view->vas == NULL)
        return;
    if (thread != NULL && thread->process == view->process && thread->hold.view == view->handle)
        hold_end(thread, !view_is_doomed(view));
    look_through(&view->vas->space);
}

static bool waits_in_vain(const struct thread *thread)
{
    return lockable_link(thread->hold.space, awaited(thread)) == NULL;
}

void lock_look_around(struct thread *thread)
{
    const struct hold *hold = &thread->hold;
    if (hold->space != NULL && view_by_handle(thread->process, hold->view) == NULL)
        hold_end(thread, false);
}

bool lock_look_some(struct space *space)
{
    struct space_locks *locks = &space->locks;
    if (list_is_empty(&locks->changed))
        return true;
    struct thread *thread = list_item(list_first(&locks->changed), struct thread, hold.in_space);
    bool gone = view_by_handle(thread->process, thread->hold.view) == NULL;
    list_remove(&thread->hold.in_space);
    list_push_back(&locks->threads, &thread->hold.in_space);
    if (awaited(thread) != NULL && (gone || waits_in_vain(thread)))
        sched_unblock(thread);
    lock_look_around(thread);
    return list_is_empty(&locks->changed);
}

/* --- switching ------------------------------------------------------------------------------ */

static bool is_exclusive(const struct link *link, const struct view *view)
{
    return (link->access & view->access & ACCESS_WRITE) != 0;
}

/* Whether the thread holds the segment, and how. */
struct share {
    bool shared;
    bool exclusive;
};

static struct share share_of(const struct thread *thread, const struct seg *seg)
{
    const struct hold *hold = &thread->hold;
    const struct link *link = NULL;
    if (hold->space != NULL && seg->object.id <= hold->upto)
        link = lockable_link(hold->space, seg);
    if (link == NULL)
        return (struct share){false, false};
    bool exclusive = link->lock.writer == thread;
    return (struct share){!exclusive, exclusive};
}

/* Would it be free, if the thread gave its own share back? */
static bool would_be_free(const struct seg_lock *lock, struct share own, bool exclusive)
{
    if (own.exclusive)
        return list_is_empty(&lock->waiters);
    return list_is_empty(&lock->waiters) && lock->writer == NULL &&
           (!exclusive || lock->nreaders == own.shared);
}

static status_t check_enter(const struct thread *thread, const struct view *view, bool over)
{
    for_each_lockable(link, &view->vas->space)
    {
        struct share own = share_of(thread, link->seg);
        bool exclusive = is_exclusive(link, view);
        if (own.shared && exclusive)
            return STATUS_BUSY;
        if (over && !would_be_free(&link->seg->lock, own, exclusive))
            return STATUS_TIMED_OUT;
    }
    return STATUS_OK;
}

/* While it waits a thread stands in no view whose locks it does not have. */
static void wait_for(struct thread *thread, struct link *link, bool exclusive, uint64_t deadline)
{
    if (is_guarded(thread_view(thread)))
        mmu_view_load(&thread->process->home_view->mmu);
    thread->hold.exclusive = exclusive;
    if (deadline != LOCK_FOREVER)
        sched_wake_at(deadline);
    if (list_is_empty(&link->seg->lock.waiters))
        link->seg->lock.urgency = 0;
    thread_wait_for(&link->seg->object, &link->seg->lock.waiters);
    lock_urge(thread);
}

/* Takes what the thread does not have yet, as far as it goes. */
static status_t take_rest(struct thread *thread, struct view *view, uint64_t deadline, bool over,
                          bool *waits)
{
    for_each_lockable(link, &view->vas->space)
    {
        const struct seg_lock *lock = &link->seg->lock;
        bool exclusive = is_exclusive(link, view);
        if (link->seg->object.id <= thread->hold.upto)
            continue;
        if (list_is_empty(&lock->waiters) && is_free(lock, exclusive)) {
            take(link, thread, exclusive);
            continue;
        }
        if (over) {
            hold_end(thread, true);
            return STATUS_TIMED_OUT;
        }
        wait_for(thread, link, exclusive, deadline);
        *waits = true;
        return STATUS_OK;
    }
    thread->hold.upto = UINT64_MAX;
    thread->hold.entered = true;
    return STATUS_OK;
}

status_t lock_enter(struct view *view, uint64_t deadline, bool *waits)
{
    struct thread *thread = cpu_this()->thread;
    const struct hold *hold = &thread->hold;
    bool over = deadline != LOCK_FOREVER && clock_now() >= deadline;
    *waits = false;
    if (!is_guarded(view)) {
        hold_end(thread, true);
        view_set_slow(view, false);
        return STATUS_OK;
    }
    if (hold->space == NULL || hold->view != view->handle) {
        TRY(check_enter(thread, view, over));
        hold_end(thread, true);
        hold_begin(thread, &view->vas->space, view->handle);
    }
    return hold->entered ? STATUS_OK : take_rest(thread, view, deadline, over, waits);
}

bool lock_is_abandoned(const struct view *view)
{
    if (!is_guarded(view))
        return false;
    for_each_lockable(link, &view->vas->space)
    {
        if (link->seg->lock.abandoned)
            return true;
    }
    return false;
}

status_t lock_mark_consistent(struct seg *seg)
{
    if (seg->lock.writer != cpu_this()->thread)
        return STATUS_NOT_LOCKED;
    seg->lock.abandoned = false;
    return STATUS_OK;
}

/* --- checks --------------------------------------------------------------------------------- */

static void check_link(const struct link *link)
{
    const struct space_locks *locks = &link->space->locks;
    const struct list *lists[] = {&locks->threads, &locks->changed};
    uint32_t nholders = 0;
    for (int i = 0; i < 2; i++) {
        list_for_each(node, lists[i])
            nholders +=
                list_item(node, struct thread, hold.in_space)->hold.upto >= link->seg->object.id;
    }
    ASSERT(nholders == link->lock.nreaders + (link->lock.writer != NULL));
}

void lock_check_space(const struct space *space)
{
    const struct space_locks *locks = &space->locks;
    uint32_t nlinks = 0;
    uint64_t last = 0;
    for_each_lockable(link, space)
    {
        ASSERT((link->seg->flags & SEG_LOCKABLE) != 0 && link->seg->object.id > last);
        last = link->seg->object.id;
        check_link(link);
        nlinks++;
    }
    ASSERT(nlinks == locks->nlinks);
    list_for_each(node, &locks->threads)
        ASSERT(list_item(node, struct thread, hold.in_space)->hold.space == space);
    if (nlinks == 0 || space->kind == SPACE_HOME)
        return;
    list_for_each(node, &space->views)
        ASSERT(view_cap(list_item(node, struct view, in_space[SPACE_VAS]))->rights & CAP_SLOWLY);
}

void lock_check_seg(const struct seg *seg)
{
    uint32_t nreaders = 0;
    const struct thread *writer = NULL;
    if ((seg->flags & SEG_LOCKABLE) == 0)
        return;
    list_for_each(node, &seg->links) {
        const struct link *link = list_item(node, struct link, in_seg);
        nreaders += link->lock.nreaders;
        ASSERT(writer == NULL || link->lock.writer == NULL);
        writer = link->lock.writer != NULL ? link->lock.writer : writer;
    }
    ASSERT(seg->lock.nreaders == nreaders && seg->lock.writer == writer);
    ASSERT(writer == NULL || nreaders == 0);
    struct link *link;
    ASSERT(next_waiter(seg, &link) == NULL || seg->object.queued);
}
