/* Endpoints: what ends in the middle of a call. */
#include "callers.h"
#include "child.h"
#include "test.h"

/* Receives and then does as the argument says. */
enum {
    HOLD,
    EXIT
};

static uint64_t body_serve(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive(endpoint, &m);
    worker->result = 1;
    if (status == STATUS_OK && worker->argument == HOLD)
        sys_thread_sleep(UINT64_MAX);
    return (uint64_t)status;
}

/* --- the endpoint --------------------------------------------------------------------------- */

void test_endpoint_destroyed_wakes_callers_and_receivers(void)
{
    static struct worker workers[3];
    struct message m;
    endpoint_begin();
    for (size_t i = 0; i < 3; i++)
        require(waiter_start(&workers[i], i, body_call, 1));
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&workers[i]), STATUS_DESTROYED);
    check_eq(endpoint_call(endpoint, &m), STATUS_DESTROYED);
    check_eq(endpoint_receive(endpoint, &m), STATUS_DESTROYED);
    kit_drop(endpoint);
    endpoint_begin();
    for (size_t i = 0; i < 3; i++)
        require(waiter_start(&workers[i], i, body_serve, EXIT));
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&workers[i]), STATUS_DESTROYED);
    kit_drop(endpoint);
}

/* A call that has been received is a matter between two threads. */
void test_endpoint_destroyed_leaves_what_was_received(void)
{
    static struct worker callers[2];
    struct message m;
    endpoint_begin();
    require(waiter_start(&callers[0], 0, body_call, 5));
    require(waiter_start(&callers[1], 1, body_call, 6));
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&callers[1]), STATUS_DESTROYED);
    m.words[0] = 50;
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&callers[0]), 50);
    kit_drop(endpoint);
}

/* Who waits at it keeps it, but not its capabilities: it goes with the last of them. */
void test_endpoint_without_capabilities_goes_with_who_waits(void)
{
    static struct worker callers[2];
    endpoint_begin();
    uint64_t bytes = kit_system_info().object_bytes;
    require(waiter_start(&callers[0], 0, body_call, 1));
    require(waiter_start(&callers[1], 1, body_call, 1));
    kit_drop(endpoint);
    waiter_destroy(&callers[0]);
    check_eq(kit_system_info().object_bytes, bytes);
    waiter_destroy(&callers[1]);
    check(kit_system_info().object_bytes < bytes);
}

/* --- the server ----------------------------------------------------------------------------- */

void test_endpoint_server_thread_ended_wakes_its_caller(void)
{
    static struct worker server, callers[2];
    endpoint_begin();
    for (uint64_t how = HOLD; how <= EXIT; how++) {
        require(waiter_start(&callers[0], 0, body_call, 1));
        require(waiter_start(&callers[1], 1, body_call, 2));
        server = (struct worker){.argument = how};
        require(worker_start(&server, 2, body_serve, PRIORITY_HIGH));
        check_eq(server.result, 1);
        if (how == HOLD)
            waiter_destroy(&server);
        else
            check_eq(worker_end(&server), STATUS_OK);
        check_eq(worker_end(&callers[0]), STATUS_ENDED);
        check_eq(kit_thread_info(callers[1].thread).reason, END_RUNNING);
        caller_serve(&callers[1]);
    }
    kit_drop(endpoint);
}

void test_endpoint_server_process_ended_wakes_its_caller(void)
{
    static struct worker callers[2];
    struct child server;
    endpoint_begin();
    for (uint64_t how = SERVE_HOLD; how <= SERVE_EXIT; how++) {
        require(child_make(&server, "server", &code_serve));
        require(child_serves(&server, endpoint, how));
        sys_thread_sleep(2 * MILLISECOND);
        callers[0] = (struct worker){.argument = 1};
        require(worker_start(&callers[0], 0, body_call, PRIORITY_HIGH));
        require(waiter_start(&callers[1], 1, body_call, 2));
        sys_thread_sleep(2 * MILLISECOND);
        if (how == SERVE_HOLD)
            child_kill(&server);
        else
            check_eq(child_end(&server).reason, END_EXIT);
        check_eq(worker_end(&callers[0]), STATUS_ENDED);
        caller_serve(&callers[1]);
    }
    kit_drop(endpoint);
}

/* A receiver that has ended is not given a call. */
void test_endpoint_receiver_ended_gets_no_call(void)
{
    static struct worker receivers[2], caller;
    struct child server;
    endpoint_begin();
    require(waiter_start(&receivers[0], 0, body_serve, EXIT));
    require(child_make(&server, "server", &code_serve));
    require(child_serves(&server, endpoint, SERVE_HOLD));
    sys_thread_sleep(2 * MILLISECOND);
    require(waiter_start(&receivers[1], 1, body_serve, EXIT));
    waiter_destroy(&receivers[0]);
    child_kill(&server);
    waiter_destroy(&receivers[1]);
    require(waiter_start(&caller, 2, body_call, 1));
    caller_serve(&caller);
    kit_drop(endpoint);
}

/* --- the caller ----------------------------------------------------------------------------- */

void test_endpoint_caller_ended_is_told_to_its_server(void)
{
    static struct worker callers[3];
    struct message m;
    endpoint_begin();
    for (size_t i = 0; i < 3; i++)
        require(waiter_start(&callers[i], i, body_call, i));
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    waiter_destroy(&callers[0]);
    check_eq(endpoint_reply(&m), STATUS_ENDED);
    waiter_destroy(&callers[1]);
    caller_serve(&callers[2]);
    kit_drop(endpoint);
}

/* With its whole process. The server can go on to the next without a reply. */
void test_endpoint_caller_process_ended_frees_its_server(void)
{
    static struct worker next;
    struct child caller;
    struct message m = {.nwords = 1, .words = {4}};
    endpoint_begin();
    require(child_make(&caller, "caller", &code_call));
    require(child_calls(&caller, endpoint, &m));
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check_eq(m.words[0], 4);
    child_kill(&caller);
    require(waiter_start(&next, 0, body_call, 8));
    caller_serve(&next);
    kit_drop(endpoint);
}

/* --- calls within calls ---------------------------------------------------------------------- */

static handle_t back;

static uint64_t body_serve_by_calling(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive(endpoint, &m);
    if (status == STATUS_OK)
        status = endpoint_call(back, &m);
    worker->result = m.words[0];
    return status == STATUS_OK ? (uint64_t)endpoint_reply(&m) : (uint64_t)status;
}

void test_endpoint_server_can_call_while_it_serves(void)
{
    static struct worker server, caller;
    struct message m;
    endpoint_begin();
    back = sys_endpoint_create(NAME("back"), 0);
    for (int turn = 0; turn < 2; turn++) {
        require(waiter_start(&server, 0, body_serve_by_calling, 0));
        require(waiter_start(&caller, 1, body_call, 3));
        require_eq(endpoint_receive(back, &m), STATUS_OK);
        check_eq(m.words[0], 3);
        m.words[0] = 30;
        if (turn == 0) {
            check_eq(endpoint_reply(&m), STATUS_OK);
            check_eq(worker_end(&server), STATUS_OK);
            check_eq(worker_end(&caller), 30);
        } else {
            waiter_destroy(&server);
            check_eq(worker_end(&caller), STATUS_ENDED);
            check_eq(endpoint_reply(&m), STATUS_ENDED);
        }
    }
    kit_drop_all(endpoint, back);
}
