/* Holds of threads: hold.h says what they are for. */
#include "obj/hold.h"

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/mmu.h>

#include "abi/objects.h"
#include "obj/gate.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

struct cap_table hold_no_caps;

/* --- beginning and end ---------------------------------------------------------------------- */

static void set_switch_caps(struct thread *thread, struct cap_table *caps)
{
    struct cpu *cpu = thread->cpu;
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
    gate_hide(thread);
    set_switch_caps(thread, &hold_no_caps);
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
    gate_hide(thread);
    set_switch_caps(thread, &thread_process(thread)->caps);
    for_each_lockable(link, space)
    {
        if (link->seg->object.id > hold->upto)
            break;
        lock_give_back(link, thread, hold->entered && !clean);
    }
}

void hold_give_up(struct thread *thread)
{
    if (!thread->hold.entered)
        hold_end(thread, true);
}

void hold_leave(struct thread *thread)
{
    hold_end(thread, true);
}

void hold_forget(struct thread *thread)
{
    hold_end(thread, false);
}

/* --- looking around ------------------------------------------------------------------------- */

/* The running thread comes home without more ado (view_release), which is no worse than a switch.
 * Not so if it is the end of the VAS: then it depends on the moment, and on others, who runs while
 * the view goes. Other threads are looked at. */
void hold_forget_view(const struct view *view)
{
    struct thread *thread = cpu_this()->thread;
    if (view->vas == NULL)
        return;
    if (thread != NULL && thread_process(thread) == view->process &&
        thread->hold.view == view->handle)
        hold_end(thread, !view_is_doomed(view));
    lock_look_through(&view->vas->space);
}

static bool waits_in_vain(const struct thread *thread)
{
    return lock_find_link(thread->hold.space, lock_awaited(thread)) == NULL;
}

void hold_look_around(struct thread *thread)
{
    const struct hold *hold = &thread->hold;
    if (hold->space != NULL && view_by_handle(thread_process(thread), hold->view) == NULL)
        hold_end(thread, false);
}

bool hold_look_some(struct space *space)
{
    struct space_locks *locks = &space->locks;
    if (list_is_empty(&locks->changed))
        return true;
    struct thread *thread = list_item(list_first(&locks->changed), struct thread, hold.in_space);
    bool gone = view_by_handle(thread_process(thread), thread->hold.view) == NULL;
    list_remove(&thread->hold.in_space);
    list_push_back(&locks->threads, &thread->hold.in_space);
    if (lock_awaited(thread) != NULL && (gone || waits_in_vain(thread)))
        sched_unblock(thread);
    hold_look_around(thread);
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
        link = lock_find_link(hold->space, seg);
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
    if (view_is_guarded(thread_view(thread)))
        mmu_view_load(&thread_process(thread)->home_view->mmu);
    thread->hold.exclusive = exclusive;
    if (deadline != HOLD_FOREVER)
        sched_wake_at(deadline);
    lock_wait_for(link->seg);
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
        if (list_is_empty(&lock->waiters) && lock_is_free(lock, exclusive)) {
            lock_take(link, thread, exclusive);
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

status_t hold_enter(struct view *view, uint64_t deadline, bool *waits)
{
    struct thread *thread = cpu_this()->thread;
    const struct hold *hold = &thread->hold;
    bool over = deadline != HOLD_FOREVER && clock_now() >= deadline;
    *waits = false;
    if (!view_is_guarded(view)) {
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

bool hold_is_abandoned(const struct view *view)
{
    if (!view_is_guarded(view))
        return false;
    for_each_lockable(link, &view->vas->space)
    {
        if (link->seg->lock.abandoned)
            return true;
    }
    return false;
}
