/* The locks of lockable segments: lock.h says what they are for and what holds. */
#include "obj/lock.h"

#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/link.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "obj/work.h"

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

struct link *lock_find_link(const struct space *space, const struct seg *seg)
{
    for_each_lockable(link, space)
    {
        if (link->seg == seg)
            return link;
    }
    return NULL;
}

/* --- one lock ------------------------------------------------------------------------------- */

struct seg *lock_awaited(const struct thread *thread)
{
    if (thread->waiting_for == NULL || thread->waiting_for->type != OBJECT_SEG)
        return NULL;
    return container_of(thread->waiting_for, struct seg, object);
}

void lock_urge(const struct thread *thread)
{
    struct seg *seg = lock_awaited(thread);
    if (seg == NULL || seg->lock.urgency >= thread->priority)
        return;
    seg->lock.urgency = thread->priority;
    if (seg->object.queued)
        work_leave(&seg->object, thread->priority, thread->cpu);
}

void lock_wait_for(struct seg *seg)
{
    if (list_is_empty(&seg->lock.waiters))
        seg->lock.urgency = 0;
    thread_wait_for(&seg->object, &seg->lock.waiters);
    lock_urge(cpu_this()->thread);
}

bool lock_is_free(const struct seg_lock *lock, bool exclusive)
{
    return lock->writer == NULL && (!exclusive || lock->nreaders == 0);
}

void lock_take(struct link *link, struct thread *thread, bool exclusive)
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
    *link = lock_find_link(thread->hold.space, seg);
    return *link == NULL || lock_is_free(lock, thread->hold.exclusive) ? thread : NULL;
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
        lock_take(link, thread, thread->hold.exclusive);
    go_on(thread);
    return false;
}

/* Wakes one that may go on; if there are more, as many readers can be, that is work for later. It
 * is theirs and nobody else's: one who is urgent must not wait for whoever happened to leave, nor
 * the other way round. */
static void grant(struct seg *seg)
{
    struct link *link;
    if (lock_grant_some(seg))
        return;
    const struct thread *next = next_waiter(seg, &link);
    if (next != NULL)
        work_leave(&seg->object, seg->lock.urgency, next->cpu);
}

void lock_waiter_left(struct seg *seg)
{
    grant(seg);
}

void lock_give_back(struct link *link, const struct thread *thread, bool abandons)
{
    struct seg *seg = link->seg;
    if (link->lock.writer == thread) {
        link->lock.writer = seg->lock.writer = NULL;
        seg->lock.abandoned |= abandons;
    } else {
        ASSERT(link->lock.nreaders > 0 && seg->lock.nreaders > 0);
        link->lock.nreaders--;
        seg->lock.nreaders--;
    }
    grant(seg);
}

status_t lock_mark_consistent(struct seg *seg)
{
    if (seg->lock.writer != cpu_this()->thread)
        return STATUS_NOT_LOCKED;
    seg->lock.abandoned = false;
    return STATUS_OK;
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
    while (place != &space->locks.links &&
           list_item(place, struct link, lock.in_space)->seg->object.id < link->seg->object.id)
        place = place->next;
    link->lock.nreaders = 0;
    link->lock.writer = NULL;
    list_insert_before(place, &link->lock.in_space);
    space->locks.nlinks++;
}

void lock_look_through(struct space *space)
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
        lock_look_through(link->space);
    grant(seg);
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
