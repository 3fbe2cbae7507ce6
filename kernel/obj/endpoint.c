/* Endpoints: how callers and servers meet. endpoint.h has the picture; message.c moves what they
 * tell each other. */
#include "obj/endpoint.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/message.h"
#include "obj/priority.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"

/* Callers with bad messages, or receivers with bad buffers, that one call takes off the list. */
#define BAD_ONES_PER_STEP 8

void endpoint_init(void)
{
    slab_kind_init(SLAB_ENDPOINT, sizeof(struct endpoint));
}

status_t endpoint_create(struct pool *pool, struct name name, struct endpoint **out)
{
    void *memory;
    TRY(slab_alloc(pool, SLAB_ENDPOINT, &memory));
    struct endpoint *endpoint = memory;
    object_init(&endpoint->object, OBJECT_ENDPOINT, name, pool);
    queue_init(&endpoint->waiters);
    endpoint->receiving = false;
    endpoint->taker = NULL;
    *out = endpoint;
    return STATUS_OK;
}

/* --- pairs ---------------------------------------------------------------------------------- */

static inlined void pair(struct thread *server, struct thread *caller)
{
    server->rendezvous.serves = caller;
    caller->rendezvous.awaits = server;
}

static inlined void unpair(struct thread *server, struct thread *caller)
{
    server->rendezvous.serves = NULL;
    caller->rendezvous.awaits = NULL;
}

static void let_go_of_taker(struct endpoint *endpoint)
{
    if (endpoint->taker != NULL)
        endpoint->taker->rendezvous.takes = NULL;
    endpoint->taker = NULL;
}

static rarely void change_taker(struct endpoint *endpoint, struct thread *server)
{
    let_go_of_taker(endpoint);
    if (server->rendezvous.takes != NULL)
        server->rendezvous.takes->taker = NULL;
    server->rendezvous.takes = endpoint;
    endpoint->taker = server;
}

static inlined void take_from(struct endpoint *endpoint, struct thread *server)
{
    if (unlikely(endpoint->taker != server))
        change_taker(endpoint, server);
}

/* --- waiting -------------------------------------------------------------------------------- */

/* The first of those who wait in this role, or null. */
static inlined struct thread *first_waiter(const struct endpoint *endpoint, bool receiving)
{
    if (queue_is_empty(&endpoint->waiters) || endpoint->receiving != receiving)
        return NULL;
    return list_item(queue_first(&endpoint->waiters), struct thread, node);
}

static inlined void enqueue(struct endpoint *endpoint, struct thread *thread, bool receiving)
{
    object_get(&endpoint->object);
    thread->waiting_for = &endpoint->object;
    endpoint->receiving = receiving;
    queue_add(&endpoint->waiters, &thread->node, thread->priority);
}

/* The endpoint is kept by the capability that is used. */
static inlined void dequeue(struct endpoint *endpoint, struct thread *thread)
{
    queue_remove(&endpoint->waiters, &thread->node, thread->priority);
    thread->waiting_for = NULL;
    endpoint->object.refs--;
    if (unlikely(!list_is_empty(&thread->timer)))
        list_remove(&thread->timer);
}

void endpoint_waiter_left(struct endpoint *endpoint, const struct thread *thread)
{
    struct thread_queue *q = &endpoint->waiters;
    if (list_is_empty(&q->queues[thread->priority]))
        q->ready &= ~((uint32_t)1 << thread->priority);
    if (!endpoint->receiving && endpoint->taker != NULL)
        priority_review(endpoint->taker);
}

/* Is the time for which the running thread wants to wait over? */
static bool is_over(const struct thread *thread, uint64_t tag)
{
    return message_has(tag, MESSAGE_DEADLINE) &&
           clock_now() >= context_message_deadline(&thread->context);
}

/* The running thread blocks. What it returns if its time runs out. */
static int64_t wait(struct thread *thread, uint64_t tag)
{
    if (message_has(tag, MESSAGE_DEADLINE))
        sched_wake_at(context_message_deadline(&thread->context));
    sched_block(thread);
    return STATUS_TIMED_OUT;
}

/* --- calling -------------------------------------------------------------------------------- */

static status_t receiver_check(const struct thread *receiver)
{
    return process_has_ended(receiver->process) ? STATUS_ENDED : STATUS_OK;
}

/* Gives the running thread's message to who receives. *out is who has it, or null if nobody waits. */
static int64_t give_to_receiver(struct endpoint *endpoint, struct thread *caller, uint64_t badge,
                                struct thread **out)
{
    for (int n = 0;; n++) {
        struct thread *receiver = first_waiter(endpoint, true);
        *out = receiver;
        if (receiver == NULL)
            return STATUS_OK;
        if (n == BAD_ONES_PER_STEP)
            return SYSCALL_AGAIN;
        status_t status = receiver_check(receiver);
        if (status == STATUS_OK) {
            enum message_fault fault = message_send(caller, receiver, badge, &status);
            if (fault != MESSAGE_NOWHERE)
                return status;
        }
        sched_wake(receiver, status);
    }
}

static rarely int64_t call_slowly(struct endpoint *endpoint, const struct cap *cap)
{
    struct thread *caller = cpu_this()->thread;
    struct thread *receiver;
    uint64_t tag = context_message_tag(&caller->context);
    if (is_over(caller, tag))
        return STATUS_TIMED_OUT;
    TRY(message_check(caller));
    int64_t status = give_to_receiver(endpoint, caller, cap->badge, &receiver);
    if (status != STATUS_OK)
        return status;
    caller->rendezvous.called = cap->handle;
    if (receiver == NULL) {
        enqueue(endpoint, caller, false);
        if (endpoint->taker != NULL)
            priority_review(endpoint->taker);
        return wait(caller, tag);
    }
    dequeue(endpoint, receiver);
    take_from(endpoint, receiver);
    pair(receiver, caller);
    priority_review(receiver);
    sched_unblock(receiver);
    return wait(caller, tag);
}

int64_t endpoint_call(struct endpoint *endpoint, const struct cap *cap)
{
    struct cpu *cpu = cpu_this();
    struct thread *caller = cpu->thread;
    struct thread *server = first_waiter(endpoint, true);
    uint64_t tag = context_message_tag(&caller->context);
    if (unlikely(server == NULL || !message_is_short(tag) || message_has(tag, MESSAGE_DEADLINE) ||
                 !sched_can_hand_over(server)))
        return call_slowly(endpoint, cap);
    context_give_message(&server->context, &caller->context, cap->badge, tag & UINT16_MAX);
    dequeue(endpoint, server);
    take_from(endpoint, server);
    pair(server, caller);
    server->priority = caller->priority;
    sched_hand_over(server);
}

/* --- receiving ------------------------------------------------------------------------------ */

/* The capability that the caller has called, if it still may. */
static status_t caller_check(const struct thread *caller, struct cap **cap)
{
    return cap_find(&caller->process->caps, caller->rendezvous.called, OBJECT_ENDPOINT,
                    RIGHT_ENDPOINT_CALL, cap);
}

/* Takes the first caller's message; what is wrong with it the caller learns. */
static enum message_fault receive_from(struct thread *caller, struct thread *server,
                                       status_t *status)
{
    struct cap *cap;
    enum message_fault fault = MESSAGE_IS_BAD;
    *status = caller_check(caller, &cap);
    if (*status == STATUS_OK)
        fault = message_send(caller, server, cap->badge, status);
    if (fault == MESSAGE_IS_BAD || fault == MESSAGE_NO_ROOM)
        sched_wake(caller, *status);
    return fault;
}

/* Takes its caller off the list, but leaves it its timer. */
static void take_call(struct endpoint *endpoint, struct thread *server, struct thread *caller)
{
    queue_remove(&endpoint->waiters, &caller->node, caller->priority);
    caller->waiting_for = NULL;
    endpoint->object.refs--;
    take_from(endpoint, server);
    pair(server, caller);
    priority_review(server);
}

int64_t endpoint_receive(struct endpoint *endpoint)
{
    struct thread *server = cpu_this()->thread;
    uint64_t tag = context_message_tag(&server->context);
    struct thread *caller;
    if (server->rendezvous.serves != NULL)
        return STATUS_BUSY;
    for (int n = 0; (caller = first_waiter(endpoint, false)) != NULL; n++) {
        status_t status;
        if (n == BAD_ONES_PER_STEP)
            return SYSCALL_AGAIN;
        enum message_fault fault = receive_from(caller, server, &status);
        if (fault == MESSAGE_NOWHERE)
            return status;
        if (fault == MESSAGE_SENT) {
            take_call(endpoint, server, caller);
            sched_go_on();
        }
    }
    if (is_over(server, tag))
        return STATUS_TIMED_OUT;
    take_from(endpoint, server);
    enqueue(endpoint, server, true);
    return wait(server, tag);
}

/* --- answering ------------------------------------------------------------------------------ */

status_t endpoint_reply(void)
{
    struct thread *server = cpu_this()->thread;
    struct thread *caller = server->rendezvous.serves;
    status_t status;
    if (caller == NULL)
        return STATUS_ENDED;
    enum message_fault fault = message_send(server, caller, 0, &status);
    if (fault == MESSAGE_IS_BAD)
        return status;
    unpair(server, caller);
    priority_review(server);
    if (fault == MESSAGE_SENT)
        sched_unblock(caller);
    else
        sched_wake(caller, status);
    return STATUS_OK;
}

static rarely int64_t reply_receive_slowly(struct endpoint *endpoint)
{
    struct thread *server = cpu_this()->thread;
    if (server->rendezvous.serves != NULL)
        TRY(endpoint_reply());
    return endpoint_receive(endpoint);
}

int64_t endpoint_reply_receive(struct endpoint *endpoint)
{
    struct cpu *cpu = cpu_this();
    struct thread *server = cpu->thread;
    struct thread *caller = server->rendezvous.serves;
    uint64_t tag = context_message_tag(&server->context);
    if (unlikely(caller == NULL || first_waiter(endpoint, false) != NULL ||
                 !message_is_short(tag) || message_has(tag, MESSAGE_DEADLINE) ||
                 !sched_can_hand_over(caller)))
        return reply_receive_slowly(endpoint);
    context_give_message(&caller->context, &server->context, 0, tag & UINT16_MAX);
    unpair(server, caller);
    if (unlikely(!list_is_empty(&caller->timer)))
        list_remove(&caller->timer);
    server->priority = server->own_priority;
    take_from(endpoint, server);
    enqueue(endpoint, server, true);
    context_set_result(&server->context, STATUS_TIMED_OUT);
    sched_hand_over(caller);
}

/* --- the end -------------------------------------------------------------------------------- */

void endpoint_hang_up(struct thread *caller)
{
    struct thread *server = caller->rendezvous.awaits;
    if (server == NULL)
        return;
    unpair(server, caller);
    priority_review(server);
}

void endpoint_forget(struct thread *thread)
{
    struct rendezvous *r = &thread->rendezvous;
    struct thread *caller = r->serves;
    if (r->takes != NULL)
        let_go_of_taker(r->takes);
    endpoint_hang_up(thread);
    if (caller == NULL)
        return;
    unpair(thread, caller);
    sched_wake(caller, STATUS_ENDED);
}

enum step endpoint_clear_some(struct endpoint *endpoint)
{
    if (!queue_is_empty(&endpoint->waiters)) {
        sched_wake(list_item(queue_first(&endpoint->waiters), struct thread, node),
                   STATUS_DESTROYED);
        return STEP_MORE;
    }
    return endpoint->object.dead && !cap_bury_some(&endpoint->object) ? STEP_MORE : STEP_DONE;
}

void endpoint_free(struct endpoint *endpoint)
{
    let_go_of_taker(endpoint);
    object_fini(&endpoint->object);
    slab_free(endpoint);
}

/* --- checks --------------------------------------------------------------------------------- */

void endpoint_check(const struct endpoint *endpoint)
{
    const struct thread_queue *q = &endpoint->waiters;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        ASSERT(list_is_empty(&q->queues[priority]) == ((q->ready >> priority & 1) == 0));
        list_for_each(node, &q->queues[priority]) {
            const struct thread *thread = list_item(node, struct thread, node);
            ASSERT(thread->state == THREAD_BLOCKED && thread->priority == priority);
            ASSERT(thread->waiting_for == &endpoint->object);
        }
    }
    ASSERT(endpoint->taker == NULL || endpoint->taker->rendezvous.takes == endpoint);
}
