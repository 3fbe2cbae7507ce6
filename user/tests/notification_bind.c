/* Notifications that are bound to a thread: its receives return events. */
#include <vasco/notification.h>

#include "callers.h"
#include "child.h"
#include "test.h"

static handle_t events;

static void begin(void)
{
    endpoint_begin();
    events = sys_notification_create(NAME("events"), 0);
    check(events > 0);
}

/* Receives with the events bound. Ends with the bits that it gets, or the negative of a status;
 * `result` counts the calls that it has answered before. */
static uint64_t body_serve(struct worker *worker)
{
    struct message m;
    int64_t status = notification_bind(events);
    if (status == STATUS_OK)
        status = endpoint_receive(endpoint, &m);
    while (status == STATUS_OK && !message_is_events(&m)) {
        worker->result++;
        m.words[0]++;
        status = endpoint_reply_receive(endpoint, &m);
    }
    if (status != STATUS_OK)
        return (uint64_t)-status;
    return m.nwords == 1 && m.badge == 0 && m.ncaps == 0 ? m.words[0] : 0;
}

void test_notification_bound_wakes_a_receiver(void)
{
    static struct worker server, caller;
    begin();
    require(waiter_start(&server, 0, body_serve, 0));
    for (uint64_t i = 1; i < 4; i++) {
        caller = (struct worker){.argument = i};
        require(worker_start(&caller, 1, body_call, PRIORITY_DEFAULT));
        check_eq(worker_end(&caller), i + 1);
        check_eq(server.result, i);
    }
    check_eq(notification_signal(events, (uint64_t)0xf << 60), STATUS_OK);
    check_eq(worker_end(&server), (uint64_t)0xf << 60);
    check_eq(notification_bind(events), STATUS_OK); /* the thread's end has unbound it */
    check_eq(notification_bind(0), STATUS_OK);
    kit_drop_all(endpoint, events);
}

/* What is set before a thread comes to its receive is there at once, before any call. */
void test_notification_bound_is_taken_before_calls(void)
{
    static struct worker caller;
    struct message m;
    begin();
    check_eq(notification_bind(events), STATUS_OK);
    require(waiter_start(&caller, 0, body_call, 5));
    check_eq(notification_signal(events, 0x11), STATUS_OK);
    m.flags = 0;
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check(message_is_events(&m));
    check_eq(m.words[0], 0x11);
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check(!message_is_events(&m));
    check_eq(m.words[0], 5);
    check_eq(notification_signal(events, 0x22), STATUS_OK);
    require_eq(endpoint_reply_receive(endpoint, &m), STATUS_OK);
    check(message_is_events(&m));
    check_eq(m.words[0], 0x22);
    check_eq(worker_end(&caller), 5);
    check_eq(endpoint_receive_until(endpoint, &m, 0), STATUS_TIMED_OUT);
    check_eq(notification_bind(0), STATUS_OK);
    check_eq(notification_signal(events, 1), STATUS_OK);
    check_eq(endpoint_receive_until(endpoint, &m, 0), STATUS_TIMED_OUT);
    kit_drop_all(endpoint, events);
}

static uint64_t body_bind(struct worker *worker)
{
    (void)worker;
    return (uint64_t)-notification_bind(events);
}

static uint64_t body_wait(struct worker *worker)
{
    uint64_t bits;
    (void)worker;
    return (uint64_t)-notification_wait(events, 1, NOTIFICATION_FOREVER, &bits);
}

/* One thread for each notification, one notification for each thread, nobody else who waits. */
void test_notification_bound_twice_is_refused(void)
{
    static struct worker other;
    uint64_t bits;
    begin();
    handle_t second = sys_notification_create(NAME("second"), 0);
    check_eq(notification_bind(events), STATUS_OK);
    check_eq(notification_bind(events), STATUS_BUSY);
    check_eq(notification_bind(second), STATUS_BUSY);
    other = (struct worker){0};
    require(worker_start(&other, 0, body_bind, PRIORITY_HIGH));
    check_eq(worker_end(&other), -STATUS_BUSY);
    other = (struct worker){0};
    require(worker_start(&other, 0, body_wait, PRIORITY_HIGH));
    check_eq(worker_end(&other), -STATUS_BUSY);
    check_eq(notification_signal(events, 1), STATUS_OK);
    check_eq(notification_poll(events, 1, &bits), STATUS_OK); /* whose own it is may */
    check_eq(notification_bind(0), STATUS_OK);
    require(waiter_start(&other, 0, body_wait, 0));
    check_eq(notification_bind(events), STATUS_BUSY);
    check_eq(notification_signal(events, 1), STATUS_OK);
    check_eq(worker_end(&other), STATUS_OK);
    kit_drop_all(endpoint, events, second);
}

/* A thread that calls is not woken: it waits for an answer, and finds the events later. */
void test_notification_bound_does_not_disturb_a_call(void)
{
    static struct worker caller;
    struct message m;
    begin();
    require(waiter_start(&caller, 0, body_call, 3));
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check_eq(notification_bind(events), STATUS_OK);
    check_eq(notification_signal(events, 1), STATUS_OK);
    check_eq(endpoint_receive(endpoint, &m), STATUS_BUSY); /* the call is to be answered first */
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&caller), 3);
    check_eq(endpoint_receive_until(endpoint, &m, 0), STATUS_OK);
    check(message_is_events(&m));
    check_eq(notification_bind(0), STATUS_OK);
    kit_drop_all(endpoint, events);
}

/* The end of a bound notification leaves its thread in its receive. */
void test_notification_destroyed_unbinds(void)
{
    static struct worker server, caller;
    begin();
    require(waiter_start(&server, 0, body_serve, 0));
    check_eq(sys_object_destroy(events), STATUS_OK);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    caller = (struct worker){.argument = 1};
    require(worker_start(&caller, 1, body_call, PRIORITY_DEFAULT));
    check_eq(worker_end(&caller), 2);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&server), -STATUS_DESTROYED);
    kit_drop_all(endpoint, events);
}

/* A server that is destroyed in its receive has no notification any more. */
void test_notification_is_unbound_by_the_end_of_its_thread(void)
{
    static struct worker server;
    begin();
    require(waiter_start(&server, 0, body_serve, 0));
    check_eq(notification_bind(events), STATUS_BUSY);
    waiter_destroy(&server);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    check_eq(notification_signal(events, 1), STATUS_OK);
    check_eq(notification_bind(events), STATUS_OK);
    check_eq(notification_bind(0), STATUS_OK);
    kit_drop_all(endpoint, events);
}
