/* Endpoints: what goes wrong while somebody waits there is the error of who caused it. */
#include "callers.h"
#include "child.h"
#include "test.h"

/* --- gone bad while they wait --------------------------------------------------------------- */

static const struct message longest = {.nwords = MESSAGE_WORDS};

/* What does not fit in registers is in the view. */
static uint64_t body_call_from_view(struct worker *worker)
{
    struct message m = longest;
    int64_t status = sys_vas_switch((handle_t)worker->argument);
    if (status == STATUS_OK)
        status = message_exchange(SYSCALL_endpoint_call, endpoint, &m, ENDPOINT_FOREVER, PLACE_A);
    return (uint64_t)status;
}

static uint64_t body_receive_in_view(struct worker *worker)
{
    struct message m;
    int64_t status = sys_vas_switch((handle_t)worker->argument);
    if (status == STATUS_OK)
        status =
            message_exchange(SYSCALL_endpoint_receive, endpoint, &m, ENDPOINT_FOREVER, PLACE_A);
    return (uint64_t)status;
}

/* The segment of a message is detached: before it is received, before it is answered, and under a
 * receiver. Who has the bad buffer learns it, and the others go on. */
void test_endpoint_buffer_detached_is_its_owners_error(void)
{
    static struct worker bad, good;
    struct message m;
    endpoint_begin();
    for (int turn = 0; turn < 3; turn++) {
        handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 0);
        handle_t view = kit_view(vas, ACCESS_DATA);
        require(waiter_start(&bad, 0, turn < 2 ? body_call_from_view : body_receive_in_view,
                             (uint64_t)view));
        if (turn == 1)
            require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
        check_eq(sys_seg_detach(vas, seg), STATUS_OK);
        if (turn == 1)
            check_eq(endpoint_reply(&longest), STATUS_OK);
        require(waiter_start(&good, 1, turn == 2 ? body_call_longest : body_call, 9));
        require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
        check_eq(m.words[0], 9);
        check_eq(endpoint_reply(&m), STATUS_OK);
        check_eq(worker_end(&good), 9);
        check_eq(worker_end(&bad), STATUS_BAD_ADDRESS);
        check_eq(sys_vas_detach(view), STATUS_OK);
        kit_drop_all(seg, vas);
    }
    kit_drop(endpoint);
}

/* Many callers whose capability is revoked meanwhile, and behind them one that is all right. */
void test_endpoint_capability_revoked_before_it_is_received(void)
{
    enum {
        CALLERS = 20
    };
    static struct child callers[CALLERS];
    static struct worker good;
    struct message m;
    endpoint_begin();
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    for (size_t i = 0; i < CALLERS; i++) {
        require(child_make(&callers[i], "caller", &code_call));
        m = (struct message){.ncaps = 1};
        m.caps[0].cap = sys_cap_place(callers[i].process, seg, RIGHT_GRANT, 0);
        require(child_calls(&callers[i], endpoint, &m));
    }
    good = (struct worker){.argument = 9};
    require(worker_start(&good, 1, body_call, PRIORITY_DEFAULT - 1));
    sys_thread_sleep(5 * MILLISECOND);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check_eq(m.words[0], 9);
    check_eq(m.ncaps, 0);
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&good), 9);
    for (size_t i = 0; i < CALLERS; i++)
        check_eq(child_end(&callers[i]).status, STATUS_BAD_HANDLE);
    kit_drop_all(seg, endpoint);
}

/* --- no room -------------------------------------------------------------------------------- */

#define FRAMES 40

/* Until its table has no room, and its pool no frame for more. */
static void fill_table(const struct child *child)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0), placed;
    while ((placed = sys_cap_place(child->process, seg, 0, 0)) > 0)
        ;
    check_eq(placed, STATUS_NO_MEMORY);
    kit_drop(seg);
}

/* A server without room for the capability: the caller learns it, the server goes on. */
void test_endpoint_server_without_room_for_a_capability(void)
{
    struct child server;
    struct message m;
    endpoint_begin();
    handle_t pool = kit_pool(FRAMES), seg = kit_seg(PAGE_BYTES, 0);
    require(child_make_in(&server, pool, "server", &code_serve));
    require(child_serves(&server, endpoint, SERVE_ANSWER));
    sys_thread_sleep(2 * MILLISECOND);
    fill_table(&server);
    for (uint64_t i = 0; i < 3; i++) {
        m = (struct message){.nwords = 1, .words = {7}};
        message_add_cap(&m, seg, 0);
        check_eq(endpoint_call(endpoint, &m), STATUS_NO_MEMORY);
        check_eq(message_cap(&m), seg);
        check_eq(m.words[0], 7);
        check_eq(kit_cap_info(seg).nchildren, 0);
        m = (struct message){.nwords = 1, .words = {i}};
        check_eq(endpoint_call(endpoint, &m), STATUS_OK);
        check_eq(m.words[0], i + 1);
    }
    child_kill(&server);
    kit_drop_all(pool, seg, endpoint);
}

/* With so many slots left for four capabilities it gets all or none. */
void test_endpoint_server_without_room_for_four_capabilities(void)
{
    struct child server;
    struct message m;
    for (uint64_t left = 0; left <= MESSAGE_CAPS; left++) {
        endpoint_begin();
        handle_t pool = kit_pool(FRAMES), seg = kit_seg(PAGE_BYTES, 0);
        handle_t room = kit_seg(PAGE_BYTES, 0);
        require(child_make_in(&server, pool, "server", &code_serve));
        require(child_serves(&server, endpoint, SERVE_ANSWER));
        sys_thread_sleep(2 * MILLISECOND);
        for (uint64_t i = 0; i < left; i++)
            check(sys_cap_place(server.process, room, 0, 0) > 0);
        fill_table(&server);
        check_eq(sys_cap_revoke(room), STATUS_OK);
        uint64_t ncaps = kit_process_info(server.process).ncaps;
        m = (struct message){.nwords = 1, .words = {left}};
        for (uint64_t i = 0; i < MESSAGE_CAPS; i++)
            message_add_cap(&m, seg, RIGHT_INFO);
        bool fits = left == MESSAGE_CAPS;
        check_eq(endpoint_call(endpoint, &m), fits ? STATUS_OK : STATUS_NO_MEMORY);
        check_eq(kit_cap_info(seg).nchildren, fits ? MESSAGE_CAPS : 0);
        check_eq(kit_process_info(server.process).ncaps, ncaps + (fits ? MESSAGE_CAPS : 0));
        m = (struct message){.nwords = 1, .words = {left}};
        check_eq(endpoint_call(endpoint, &m), STATUS_OK);
        check_eq(m.words[0], left + 1);
        child_kill(&server);
        kit_drop_all(pool, seg, room, endpoint);
    }
}

/* The same when it is the answer that carries one: the server has done its part. */
void test_endpoint_caller_without_room_for_a_capability(void)
{
    struct child caller;
    struct message m = {.nwords = 1, .words = {3}};
    endpoint_begin();
    handle_t pool = kit_pool(FRAMES), seg = kit_seg(PAGE_BYTES, 0);
    require(child_make_in(&caller, pool, "caller", &code_call));
    require(child_calls(&caller, endpoint, &m));
    fill_table(&caller);
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    message_add_cap(&m, seg, 0);
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(endpoint_reply(&m), STATUS_ENDED);
    check_eq(child_end(&caller).status, STATUS_NO_MEMORY);
    check_eq(kit_cap_info(seg).nchildren, 0);
    kit_drop_all(pool, seg, endpoint);
}

static struct message waiting_call;

static uint64_t body_calls(struct worker *worker)
{
    return (uint64_t)-endpoint_call((handle_t)worker->argument, &waiting_call);
}

/* Who waits to be received may not call any more. */
void test_endpoint_call_ends_with_the_capability_that_was_called(void)
{
    static struct worker client;
    static struct message got;
    handle_t at = sys_endpoint_create(NAME("revoked"), 0);
    handle_t trunk = kit_without(at, RIGHT_ENDPOINT_RECEIVE);
    client = (struct worker){.argument = (uint64_t)sys_cap_derive(trunk, RIGHT_ENDPOINT_CALL, 77)};
    waiting_call = (struct message){0};
    require(worker_start(&client, 0, body_calls, PRIORITY_DEFAULT + 1));
    check_eq(sys_cap_revoke(trunk), STATUS_OK);
    waiting_call.nwords = 0;
    struct worker other = {.argument = (uint64_t)at};
    require(worker_start(&other, 1, body_calls, PRIORITY_DEFAULT + 1));
    check_eq(endpoint_receive(at, &got), STATUS_OK);
    check_eq(got.badge, 0); /* of the second, whose turn it was not */
    check_eq(endpoint_reply(&got), STATUS_OK);
    check_eq(worker_end(&client), -STATUS_BAD_HANDLE);
    check_eq(worker_end(&other), STATUS_OK);
    kit_drop_all(at, trunk);
}

static uint64_t body_receives(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive((handle_t)worker->argument, &m);
    if (status == STATUS_OK)
        endpoint_reply(&m);
    return (uint64_t)-status;
}

/* Who waits to receive may not receive any more: it learns that at once, and gets no call. Others
 * who wait there do. */
void test_endpoint_receive_ends_with_the_capability_that_was_used(void)
{
    enum {
        GONE = WORKERS - 1
    };
    static struct worker gone[GONE], stays;
    struct message m = {0};
    handle_t at = sys_endpoint_create(NAME("revoked"), 0);
    handle_t trunk = kit_without(at, RIGHT_ENDPOINT_CALL);
    handle_t leaf = sys_cap_derive(trunk, RIGHT_ENDPOINT_RECEIVE, 0);
    for (size_t i = 0; i < GONE; i++)
        require(waiter_start(&gone[i], i, body_receives, (uint64_t)leaf));
    require(waiter_start(&stays, GONE, body_receives, (uint64_t)trunk));
    check_eq(sys_cap_revoke(trunk), STATUS_OK);
    for (size_t i = 0; i < GONE; i++)
        check_eq(worker_end(&gone[i]), -STATUS_BAD_HANDLE);
    check_eq(kit_thread_info(stays.thread).reason, END_RUNNING);
    check_eq(endpoint_call(at, &m), STATUS_OK);
    check_eq(worker_end(&stays), STATUS_OK);
    kit_drop_all(trunk, at);
}
