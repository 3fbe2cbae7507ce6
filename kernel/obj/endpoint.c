/* Endpoints: how callers and servers meet. endpoint.h has the picture; message.c moves what they
 * tell each other. */
#include "obj/endpoint.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/endpoint_fast.h"
#include "obj/message.h"
#include "obj/notification.h"
#include "obj/priority.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"

/* Callers with bad messages, or receivers with bad buffers, that one call takes off the list. */
#define BAD_ONES_PER_STEP 8

void endpoint_init(void)
{
    slab_kind_init(SLAB_ENDPOINT, sizeof(struct endpoint));
    priority_init();
}

status_t endpoint_create(struct pool *pool, struct name name, struct endpoint **out)
{
    void *memory;
    TRY(slab_alloc(pool, SLAB_ENDPOINT, &memory));
    struct endpoint *endpoint = memory;
    object_init(&endpoint->object, OBJECT_ENDPOINT, name, pool);
    queue_init_lazily(&endpoint->callers);
    list_init(&endpoint->receivers);
    list_init(&endpoint->doubtful);
    endpoint->taker = NULL;
    *out = endpoint;
    return STATUS_OK;
}

/* --- who takes ------------------------------------------------------------------------------- */

static void let_go_of_taker(struct endpoint *endpoint)
{
    if (endpoint->taker != NULL)
        endpoint->taker->rendezvous.takes = NULL;
    endpoint->taker = NULL;
}

/* Who was it before may serve at the priority of those who wait here. */
void endpoint_change_taker(struct endpoint *endpoint, struct thread *server)
{
    struct thread *before = endpoint->taker;
    let_go_of_taker(endpoint);
    if (server->rendezvous.takes != NULL)
        server->rendezvous.takes->taker = NULL;
    server->rendezvous.takes = endpoint;
    endpoint->taker = server;
    if (before != NULL)
        priority_review(before);
}

/* --- waiting -------------------------------------------------------------------------------- */

/* The first of those who wait, or null. */
static struct thread *first_caller(const struct endpoint *endpoint)
{
    if (queue_is_empty(&endpoint->callers))
        return NULL;
    return list_item(queue_first(&endpoint->callers), struct thread, node);
}

static void add_caller(struct endpoint *endpoint, struct thread *thread, handle_t called)
{
    object_get(&endpoint->object);
    thread->waiting_for = &endpoint->object;
    thread->rendezvous.called = called;
    queue_add_lazily(&endpoint->callers, &thread->node, thread->priority);
}

/* It keeps its timer. */
static void remove_caller(struct endpoint *endpoint, struct thread *thread)
{
    queue_remove(&endpoint->callers, &thread->node, thread->priority);
    thread->rendezvous.called = 0;
    thread->waiting_for = NULL;
    endpoint->object.refs--;
}

void endpoint_waiter_leaves(struct endpoint *endpoint, struct thread *thread)
{
    if (thread->rendezvous.called == 0)
        return;
    queue_remove(&endpoint->callers, &thread->node, thread->priority);
    thread->rendezvous.called = 0;
    if (endpoint->taker != NULL)
        priority_review(endpoint->taker);
}

void endpoint_requeue(struct endpoint *endpoint, struct thread *thread, uint32_t priority)
{
    bool calls = thread->rendezvous.called != 0;
    if (calls)
        queue_remove(&endpoint->callers, &thread->node, thread->priority);
    thread->priority = priority;
    if (calls)
        queue_add_lazily(&endpoint->callers, &thread->node, priority);
}

/* --- receivers whose capability has gone ----------------------------------------------------- */

/* Whoever waits says in its registers through which capability. */
static void look_at_doubtful(struct endpoint *endpoint)
{
    struct cap *cap;
    struct thread *receiver = list_item(list_first(&endpoint->doubtful), struct thread, node);
    handle_t handle = context_message_endpoint(&receiver->context);
    status_t status = cap_find(&thread_process(receiver)->caps, handle, OBJECT_ENDPOINT,
                               RIGHT_ENDPOINT_RECEIVE, &cap);
    if (status == STATUS_OK) {
        list_remove(&receiver->node);
        list_push_back(&endpoint->receivers, &receiver->node);
    } else {
        sched_wake(receiver, status);
    }
}

/* True if none is left. */
static bool look_through_doubtful(struct endpoint *endpoint)
{
    for (int n = 0; n < BAD_ONES_PER_STEP && !list_is_empty(&endpoint->doubtful); n++)
        look_at_doubtful(endpoint);
    return list_is_empty(&endpoint->doubtful);
}

void endpoint_cap_leaves(struct endpoint *endpoint, const struct cap *cap)
{
    if ((cap->rights & RIGHT_ENDPOINT_RECEIVE) == 0 || list_is_empty(&endpoint->receivers))
        return;
    list_move_all(&endpoint->doubtful, &endpoint->receivers);
    work_add(&endpoint->object);
}

/* --- time ------------------------------------------------------------------------------------ */

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
    return process_has_ended(thread_process(receiver)) ? STATUS_ENDED : STATUS_OK;
}

/* Who receives next, or null if nobody waits. SYSCALL_AGAIN: there are doubtful ones left. */
static int64_t find_receiver(struct endpoint *endpoint, struct thread **out)
{
    bool all = !list_is_empty(&endpoint->receivers) || look_through_doubtful(endpoint);
    *out = endpoint_first_receiver(endpoint);
    return all || *out != NULL ? STATUS_OK : SYSCALL_AGAIN;
}

/* Gives the running thread's message to who receives: *out has it, or is null if nobody waits. */
static int64_t give_to_receiver(struct endpoint *endpoint, struct thread *caller, uint64_t badge,
                                struct thread **out)
{
    for (int n = 0;; n++) {
        int64_t found = find_receiver(endpoint, out);
        struct thread *receiver = *out;
        if (receiver == NULL)
            return found;
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

/* The running thread's message goes to who receives, or waits for somebody. */
static int64_t call_or_wait(struct endpoint *endpoint, const struct cap *cap, uint64_t tag)
{
    struct thread *caller = cpu_this()->thread;
    struct thread *receiver;
    int64_t status = give_to_receiver(endpoint, caller, cap->badge, &receiver);
    if (status != STATUS_OK)
        return status;
    if (receiver == NULL) {
        add_caller(endpoint, caller, cap->handle);
        int64_t result = wait(caller, tag);
        if (endpoint->taker != NULL)
            priority_review(endpoint->taker); /* in a ring, the caller's too: it is blocked */
        return result;
    }
    endpoint_remove_receiver(endpoint, receiver);
    endpoint_take_from(endpoint, receiver);
    endpoint_pair(receiver, caller);
    priority_review(receiver);
    sched_unblock(receiver);
    return wait(caller, tag);
}

int64_t endpoint_call(struct endpoint *endpoint, const struct cap *cap)
{
    struct thread *caller = cpu_this()->thread;
    uint64_t tag = context_message_tag(&caller->context);
    if (is_over(caller, tag))
        return STATUS_TIMED_OUT;
    TRY(message_check(caller));
    return call_or_wait(endpoint, cap, tag);
}

int64_t endpoint_call_for_fault(struct endpoint *endpoint, const struct cap *cap)
{
    return call_or_wait(endpoint, cap, 0);
}

/* --- receiving ------------------------------------------------------------------------------ */

/* The capability that the caller has called, if it still may. */
static status_t caller_check(const struct thread *caller, struct cap **cap)
{
    return cap_find(&thread_process(caller)->caps, caller->rendezvous.called, OBJECT_ENDPOINT,
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

static void take_call(struct endpoint *endpoint, struct thread *server, struct thread *caller)
{
    remove_caller(endpoint, caller);
    endpoint_take_from(endpoint, server);
    endpoint_pair(server, caller);
    priority_review(server);
}

int64_t endpoint_receive(struct endpoint *endpoint)
{
    struct thread *server = cpu_this()->thread;
    uint64_t tag = context_message_tag(&server->context);
    struct thread *caller;
    if (server->rendezvous.serves != NULL)
        return STATUS_BUSY;
    if (notification_has_events(server))
        notification_receive();
    for (int n = 0; (caller = first_caller(endpoint)) != NULL; n++) {
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
    endpoint_take_from(endpoint, server);
    endpoint_add_receiver(endpoint, server);
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
    endpoint_unpair(server, caller);
    priority_review(server);
    if (fault == MESSAGE_SENT)
        sched_unblock(caller);
    else
        sched_wake(caller, status);
    return STATUS_OK;
}

int64_t endpoint_reply_receive(struct endpoint *endpoint)
{
    struct thread *server = cpu_this()->thread;
    if (thread_gate(server) != NULL)
        return STATUS_BUSY;
    if (server->rendezvous.serves != NULL)
        TRY(endpoint_reply());
    return endpoint_receive(endpoint);
}

/* --- the end -------------------------------------------------------------------------------- */

void endpoint_hang_up(struct thread *caller)
{
    struct thread *server = caller->rendezvous.awaits;
    if (server == NULL)
        return;
    endpoint_unpair(server, caller);
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
    endpoint_unpair(thread, caller);
    sched_wake(caller, STATUS_ENDED);
}

enum step endpoint_clear_some(struct endpoint *endpoint)
{
    if (!endpoint->object.dead && endpoint->object.refs > 0)
        return look_through_doubtful(endpoint) ? STEP_DONE : STEP_MORE;
    list_move_all(&endpoint->receivers, &endpoint->doubtful);
    struct thread *waiter = endpoint_first_receiver(endpoint);
    if (waiter == NULL)
        waiter = first_caller(endpoint);
    if (waiter != NULL) {
        sched_wake(waiter, STATUS_DESTROYED);
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

static void check_waiter(const struct endpoint *endpoint, const struct thread *thread, bool calls)
{
    ASSERT(thread->state == THREAD_BLOCKED && thread->waiting_for == &endpoint->object);
    ASSERT((thread->rendezvous.called != 0) == calls);
}

void endpoint_check(const struct endpoint *endpoint)
{
    const struct thread_queue *q = &endpoint->callers;
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        if ((q->ready >> priority & 1) == 0)
            continue;
        ASSERT(!list_is_empty(&q->queues[priority]));
        list_for_each(node, &q->queues[priority]) {
            const struct thread *thread = list_item(node, struct thread, node);
            check_waiter(endpoint, thread, true);
            ASSERT(thread->priority == priority);
        }
    }
    list_for_each(node, &endpoint->receivers)
        check_waiter(endpoint, list_item(node, struct thread, node), false);
    list_for_each(node, &endpoint->doubtful)
        check_waiter(endpoint, list_item(node, struct thread, node), false);
    ASSERT(queue_is_empty(q) || list_is_empty(&endpoint->doubtful));
    ASSERT(queue_is_empty(q) || list_is_empty(&endpoint->receivers));
    ASSERT(endpoint->taker == NULL || endpoint->taker->rendezvous.takes == endpoint);
}
