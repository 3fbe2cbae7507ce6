/* Endpoints: deadlines, on both sides. */
#include "callers.h"
#include "test.h"

#define SHORT_WHILE (4 * MILLISECOND)

static uint64_t now(void)
{
    return (uint64_t)sys_clock_read();
}

/* Receives, and answers only when told, or never. */
static uint64_t body_hold(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive(endpoint, &m);
    worker->result = status == STATUS_OK;
    while (!worker->stop)
        sys_thread_sleep(MILLISECOND);
    return status == STATUS_OK ? (uint64_t)endpoint_reply(&m) : (uint64_t)status;
}

/* Nobody receives; somebody has received, and is late with the answer, which nobody awaits then. */
void test_endpoint_call_is_over_at_its_deadline(void)
{
    static struct worker server;
    struct message m = {.nwords = 1, .words = {5}};
    endpoint_begin();
    for (int received = 0; received < 2; received++) {
        server = (struct worker){0};
        if (received)
            require(worker_start(&server, 0, body_hold, PRIORITY_HIGH));
        uint64_t deadline = now() + SHORT_WHILE;
        check_eq(endpoint_call_until(endpoint, &m, deadline), STATUS_TIMED_OUT);
        check(now() >= deadline);
        check_eq(server.result, received);
        check_eq(m.words[0], 5);
    }
    server.stop = true;
    check_eq(worker_end(&server), STATUS_ENDED);
    check_eq(endpoint_call_until(endpoint, &m, 0), STATUS_TIMED_OUT);
    struct message got;
    check_eq(endpoint_receive_until(endpoint, &got, 0), STATUS_TIMED_OUT);
    kit_drop(endpoint);
}

/* With a deadline of 0 it takes what is there; otherwise it waits as long as that. */
void test_endpoint_receive_is_over_at_its_deadline(void)
{
    static struct worker caller;
    struct message m;
    endpoint_begin();
    check_eq(endpoint_receive_until(endpoint, &m, 0), STATUS_TIMED_OUT);
    uint64_t deadline = now() + SHORT_WHILE;
    check_eq(endpoint_receive_until(endpoint, &m, deadline), STATUS_TIMED_OUT);
    check(now() >= deadline);
    require(waiter_start(&caller, 0, body_call, 8));
    require_eq(endpoint_receive_until(endpoint, &m, 0), STATUS_OK);
    check_eq(m.words[0], 8);
    m.words[0] = 9;
    deadline = now() + SHORT_WHILE;
    check_eq(endpoint_reply_receive_until(endpoint, &m, deadline), STATUS_TIMED_OUT);
    check(now() >= deadline);
    check_eq(worker_end(&caller), 9);
    require(waiter_start(&caller, 0, body_call, 10));
    require_eq(endpoint_reply_receive_until(endpoint, &m, 0), STATUS_OK);
    check_eq(m.words[0], 10);
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&caller), 10);
    kit_drop(endpoint);
}

/* The timer of a call that was answered strikes in no later wait. */
void test_endpoint_deadline_ends_with_its_call(void)
{
    static struct worker server;
    struct message m = {.nwords = 1};
    endpoint_begin();
    for (int turn = 0; turn < 3; turn++) {
        server = (struct worker){.stop = true};
        require(
            worker_start(&server, 0, body_hold, turn == 0 ? PRIORITY_HIGH : PRIORITY_DEFAULT - 1));
        uint64_t deadline = now() + 20 * MILLISECOND;
        int64_t status = endpoint_call_until(endpoint, &m, deadline);
        check(status == STATUS_OK || (status == STATUS_TIMED_OUT && now() >= deadline));
        uint64_t start = now();
        check_eq(sys_thread_sleep(40 * MILLISECOND), STATUS_OK);
        check(now() >= start + 40 * MILLISECOND);
        worker_end(&server);
    }
    kit_drop(endpoint);
}
