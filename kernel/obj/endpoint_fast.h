/*
 * floor 6: the common case of a call and its answer: a short message, to a thread that waits for it
 * on this CPU. The CPU is handed over, and no queue is touched. Everything else goes the way of
 * endpoint.c, which uses the small steps here as well.
 */
#ifndef VASCO_OBJ_ENDPOINT_FAST_H
#define VASCO_OBJ_ENDPOINT_FAST_H

#include <arch/context.h>

#include "obj/endpoint.h"
#include "obj/message.h"
#include "obj/notification.h"
#include "obj/switch.h"

static inlined void endpoint_pair(struct thread *server, struct thread *caller)
{
    server->rendezvous.serves = caller;
    caller->rendezvous.awaits = server;
}

static inlined void endpoint_unpair(struct thread *server, struct thread *caller)
{
    server->rendezvous.serves = NULL;
    caller->rendezvous.awaits = NULL;
}

static inlined void endpoint_take_from(struct endpoint *endpoint, struct thread *server)
{
    if (unlikely(endpoint->taker != server))
        endpoint_change_taker(endpoint, server);
}

/* The first of those who wait, or null. */
static inlined struct thread *endpoint_first_receiver(const struct endpoint *endpoint)
{
    if (list_is_empty(&endpoint->receivers))
        return NULL;
    return list_item(list_first(&endpoint->receivers), struct thread, node);
}

static inlined void endpoint_add_receiver(struct endpoint *endpoint, struct thread *thread)
{
    object_get(&endpoint->object);
    thread->waiting_for = &endpoint->object;
    list_push_back(&endpoint->receivers, &thread->node);
}

/* The endpoint is kept by the capability that is used. */
static inlined void endpoint_remove_receiver(struct endpoint *endpoint, struct thread *thread)
{
    list_remove(&thread->node);
    thread->waiting_for = NULL;
    endpoint->object.refs--;
    if (unlikely(timer_is_set(&thread->timer)))
        timer_stop(&thread->timer);
}

/* endpoint_call, with the tag of its message. */
static inlined int64_t endpoint_call_fast(struct endpoint *endpoint, const struct cap *cap,
                                          uint64_t tag)
{
    struct cpu *cpu = cpu_this();
    struct thread *caller = cpu->thread;
    struct thread *server = endpoint_first_receiver(endpoint);
    if (unlikely(server == NULL || !message_is_simple(tag) || !switch_is_easy(cpu, server)))
        return endpoint_call(endpoint, cap);
    context_hand_message(&server->context, &caller->context, cap->badge, tag & UINT16_MAX);
    endpoint_remove_receiver(endpoint, server);
    endpoint_take_from(endpoint, server);
    endpoint_pair(server, caller);
    server->priority = caller->priority;
    switch_hand_over(cpu, server);
}

/* endpoint_reply_receive. A thread in a gate, or one of which that cannot be told so easily, goes
 * the other way. Whose taker the server is, the next call will say. */
static inlined int64_t endpoint_reply_receive_fast(struct endpoint *endpoint, uint64_t tag)
{
    struct cpu *cpu = cpu_this();
    struct thread *server = cpu->thread;
    struct thread *caller = server->rendezvous.serves;
    if (unlikely(caller == NULL || server->gates_left != GATE_DEPTH_MAX ||
                 !queue_is_empty(&endpoint->callers) || notification_has_events(server) ||
                 !message_is_simple(tag) || !switch_is_easy(cpu, caller) ||
                 !switch_is_next(cpu, caller)))
        return endpoint_reply_receive(endpoint);
    context_hand_message(&caller->context, &server->context, 0, tag & UINT16_MAX);
    endpoint_unpair(server, caller);
    if (unlikely(timer_is_set(&caller->timer)))
        timer_stop(&caller->timer);
    server->priority = server->own_priority;
    endpoint_add_receiver(endpoint, server);
    switch_hand_over(cpu, caller);
}

#endif
