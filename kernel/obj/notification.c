/* Notifications: notification.h says what holds. */
#include "obj/notification.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/endpoint.h"
#include "obj/sched.h"
#include "obj/watch.h"

void notification_init(void)
{
    slab_kind_init(SLAB_NOTIFICATION, sizeof(struct notification));
}

status_t notification_create(struct pool *pool, struct name name, struct notification **out)
{
    void *memory;
    TRY(slab_alloc(pool, SLAB_NOTIFICATION, &memory));
    struct notification *n = memory;
    object_init(&n->object, OBJECT_NOTIFICATION, name, pool);
    n->bits = 0;
    queue_init(&n->waiters);
    n->nwaiters = 0;
    n->bound = NULL;
    timer_init(&n->timer, TIMER_OF_NOTIFICATION);
    n->timer_bits = n->period = 0;
    list_init(&n->watches);
    *out = n;
    return STATUS_OK;
}

/* --- waiting -------------------------------------------------------------------------------- */

static inlined void enqueue(struct notification *n, struct thread *thread)
{
    object_get(&n->object);
    thread->waiting_for = &n->object;
    queue_add(&n->waiters, &thread->node, thread->priority);
    n->nwaiters++;
}

/* The notification is kept by whoever calls. */
static inlined void dequeue(struct notification *n, struct thread *thread)
{
    queue_remove(&n->waiters, &thread->node, thread->priority);
    n->nwaiters--;
    thread->waiting_for = NULL;
    n->object.refs--;
    if (unlikely(timer_is_set(&thread->timer)))
        timer_stop(&thread->timer);
}

void notification_waiter_left(struct notification *n, const struct thread *thread)
{
    if (list_is_empty(&n->waiters.queues[thread->priority]))
        n->waiters.ready &= ~((uint32_t)1 << thread->priority);
    n->nwaiters--;
}

void notification_requeue(struct notification *n, struct thread *thread, uint32_t priority)
{
    queue_remove(&n->waiters, &thread->node, thread->priority);
    queue_add(&n->waiters, &thread->node, priority);
}

int64_t notification_wait(struct notification *n, uint64_t mask, uint64_t deadline)
{
    struct thread *thread = cpu_this()->thread;
    uint64_t taken = n->bits & mask;
    if (unlikely(n->bound != NULL) && n->bound != thread)
        return STATUS_BUSY;
    if (taken != 0) {
        n->bits &= ~taken;
        context_give_events(&thread->context, taken);
        sched_go_on();
    }
    if (unlikely(deadline != TIMER_NEVER)) {
        if (clock_now() >= deadline)
            return STATUS_TIMED_OUT;
    }
    if (unlikely(n->nwaiters == NOTIFICATION_WAITERS_MAX))
        return STATUS_NO_SLOT;
    if (unlikely(deadline != TIMER_NEVER))
        sched_wake_at(deadline);
    enqueue(n, thread);
    context_set_result(&thread->context, STATUS_TIMED_OUT);
    sched_block(thread);
    sched_run();
}

/* --- signalling ----------------------------------------------------------------------------- */

static inlined uint64_t wanted_by(const struct notification *n, const struct thread *waiter)
{
    return n->bits & context_events_mask(&waiter->context);
}

static inlined void give(struct notification *n, struct thread *waiter, uint64_t bits)
{
    n->bits &= ~bits;
    context_give_events(&waiter->context, bits);
    dequeue(n, waiter);
    sched_ready(waiter);
}

/* The waiters of one priority take what they wait for, of these new bits. */
static void give_to_queue(struct notification *n, struct list *queue, uint64_t new)
{
    for (struct list *node = list_first(queue); node != queue && (n->bits & new) != 0;) {
        struct thread *thread = list_item(node, struct thread, node);
        uint64_t taken = wanted_by(n, thread);
        node = node->next;
        if (taken != 0)
            give(n, thread, taken);
    }
}

static rarely void give_to_all(struct notification *n, uint64_t new)
{
    for (uint32_t left = n->waiters.ready; left != 0 && (n->bits & new) != 0;) {
        uint32_t priority = 31 ^ (uint32_t)__builtin_clz(left);
        left &= ~((uint32_t)1 << priority);
        give_to_queue(n, &n->waiters.queues[priority], new);
    }
}

static inline bool waits_in_receive(const struct thread *thread)
{
    const struct object *object = thread->waiting_for;
    return object != NULL && object->type == OBJECT_ENDPOINT && thread->rendezvous.called == 0;
}

static void give_to_bound(struct notification *n)
{
    struct thread *thread = n->bound;
    context_give_events_message(&thread->context, n->bits);
    n->bits = 0;
    sched_unblock(thread);
}

void notification_signal(struct notification *n, uint64_t bits)
{
    n->bits |= bits;
    if (n->bound != NULL && waits_in_receive(n->bound)) {
        if (n->bits != 0)
            give_to_bound(n);
        return;
    }
    if (queue_is_empty(&n->waiters))
        return;
    struct thread *first = list_item(queue_first(&n->waiters), struct thread, node);
    uint64_t taken = wanted_by(n, first);
    if (likely(taken != 0 && (bits & ~taken) == 0))
        give(n, first, taken);
    else
        give_to_all(n, bits);
}

void notification_fire(struct notification *n, uint64_t bits)
{
    object_get(&n->object);
    notification_signal(n, bits);
    object_put(&n->object);
}

/* --- capabilities that go -------------------------------------------------------------------- */

static bool waits_through(const struct thread *waiter, const struct cap *cap)
{
    struct cap *own;
    handle_t handle = context_message_endpoint(&waiter->context);
    return handle == cap->handle &&
           cap_lookup(&thread_process(waiter)->caps, handle, &own) == STATUS_OK && own == cap;
}

/* There are NOTIFICATION_WAITERS_MAX waiters at most. */
void notification_cap_leaves(struct notification *n, const struct cap *cap)
{
    for (uint32_t left = n->waiters.ready; left != 0; left &= left - 1) {
        struct list *queue = &n->waiters.queues[__builtin_ctz(left)];
        for (struct list *node = list_first(queue); node != queue;) {
            struct thread *waiter = list_item(node, struct thread, node);
            node = node->next;
            if (waits_through(waiter, cap))
                sched_wake(waiter, STATUS_BAD_HANDLE);
        }
    }
}

/* --- bound to a thread ---------------------------------------------------------------------- */

status_t notification_bind(struct notification *n)
{
    struct thread *thread = cpu_this()->thread;
    if (n->bound != NULL || n->nwaiters > 0 || thread->rendezvous.bound != NULL)
        return STATUS_BUSY;
    n->bound = thread;
    thread->rendezvous.bound = n;
    return STATUS_OK;
}

void notification_unbind(struct thread *thread)
{
    struct notification *n = thread->rendezvous.bound;
    if (n == NULL)
        return;
    n->bound = NULL;
    thread->rendezvous.bound = NULL;
}

void notification_receive(void)
{
    struct thread *thread = cpu_this()->thread;
    struct notification *n = thread->rendezvous.bound;
    context_give_events_message(&thread->context, n->bits);
    n->bits = 0;
    sched_go_on();
}

/* --- the timer ------------------------------------------------------------------------------ */

void notification_set_timer(struct notification *n, uint64_t bits, uint64_t time, uint64_t period)
{
    timer_stop(&n->timer);
    n->timer_bits = bits;
    n->period = period;
    if (bits != 0 && time != TIMER_NEVER)
        timer_start(&n->timer, time);
}

/* When the timer is due again: after now, and in step with the first time. */
static uint64_t next_time(const struct notification *n, uint64_t now)
{
    if (n->period == 0)
        return TIMER_NEVER;
    uint64_t last = now - (now - n->timer.time) % n->period;
    return n->period < TIMER_NEVER - last ? last + n->period : TIMER_NEVER;
}

void notification_expire(struct notification *n, uint64_t now)
{
    uint64_t next = next_time(n, now);
    if (next != TIMER_NEVER)
        timer_start(&n->timer, next);
    notification_fire(n, n->timer_bits);
}

int32_t notification_urgency(const struct notification *n)
{
    if (n->bound != NULL)
        return (int32_t)n->bound->priority;
    return queue_is_empty(&n->waiters) ? 0 : (int32_t)queue_highest(&n->waiters);
}

/* --- the end -------------------------------------------------------------------------------- */

enum step notification_clear_some(struct notification *n)
{
    timer_stop(&n->timer);
    if (n->bound != NULL)
        notification_unbind(n->bound);
    if (!queue_is_empty(&n->waiters)) {
        sched_wake(list_item(queue_first(&n->waiters), struct thread, node), STATUS_DESTROYED);
        return STEP_MORE;
    }
    if (!list_is_empty(&n->watches)) {
        watch_free(list_item(list_first(&n->watches), struct watch, in_notification));
        return STEP_MORE;
    }
    return n->object.dead && !cap_bury_some(&n->object) ? STEP_MORE : STEP_DONE;
}

void notification_free(struct notification *n)
{
    ASSERT(!timer_is_set(&n->timer) && n->bound == NULL && list_is_empty(&n->watches));
    object_fini(&n->object);
    slab_free(n);
}

/* --- checks --------------------------------------------------------------------------------- */

void notification_check(const struct notification *n)
{
    uint32_t nwaiters = 0;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        const struct list *queue = &n->waiters.queues[priority];
        ASSERT(list_is_empty(queue) == ((n->waiters.ready >> priority & 1) == 0));
        list_for_each(node, queue) {
            const struct thread *thread = list_item(node, struct thread, node);
            ASSERT(thread->state == THREAD_BLOCKED && thread->priority == priority);
            ASSERT(thread->waiting_for == &n->object);
            ASSERT((context_events_mask(&thread->context) & n->bits) == 0);
            ASSERT(n->bound == NULL || n->bound == thread);
            nwaiters++;
        }
    }
    ASSERT(nwaiters == n->nwaiters && nwaiters <= NOTIFICATION_WAITERS_MAX);
    ASSERT(n->bound == NULL || n->bound->rendezvous.bound == n);
    ASSERT(n->bound == NULL || n->bits == 0 || !waits_in_receive(n->bound));
}
