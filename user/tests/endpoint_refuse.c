/* Endpoints: bad messages, buffers and capabilities. Nobody's call is lost by them. */
#include <string.h>

#include "callers.h"
#include "test.h"

static uint64_t body_echo(struct worker *worker)
{
    struct message m;
    (void)worker;
    int64_t status = sys_endpoint_receive(endpoint, (uintptr_t)&m);
    m.cap = 0;
    return status == STATUS_OK ? (uint64_t)sys_endpoint_reply((uintptr_t)&m) : (uint64_t)status;
}

/* Two pages, the second not mapped and the first the last one of a segment in a view. */
static struct {
    handle_t vas, seg, view;
} edge;

static void edge_begin(void)
{
    edge.vas = kit_vas();
    edge.seg = kit_seg_in(edge.vas, PLACE_A, 0);
    edge.view = kit_view(edge.vas, ACCESS_DATA);
    check_eq(sys_vas_switch(edge.view), STATUS_OK);
}

static void edge_end(void)
{
    check_eq(sys_vas_detach(edge.view), STATUS_OK);
    kit_drop_all(edge.seg, edge.vas);
}

/* Each of these buffers with each of the calls; `constant` may be read, so a reply takes it. */
static void check_bad_buffers(int64_t (*call)(uint64_t message))
{
    const uint64_t bad[] = {
        0,
        0x1000,
        PLACE_A + PAGE_BYTES - sizeof(struct message) + 8, /* its end is not there */
        PLACE_A - 8,                                       /* its start is not there */
        VAS_END - 8,
        VAS_END + PAGE_BYTES,
        0xffff800000000000,
        UINT64_MAX,
        UINT64_MAX - sizeof(struct message),
    };
    memset((void *)(uintptr_t)PLACE_A, 0x7f, PAGE_BYTES);
    *kit_word(PLACE_A + PAGE_BYTES - sizeof(struct message) + 8 + 8) = 0;
    *kit_word(PLACE_A + PAGE_BYTES - sizeof(struct message) + 8 + 16) = MESSAGE_WORDS;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_eq(call(bad[i]), STATUS_BAD_ADDRESS);
}

static int64_t try_call(uint64_t message)
{
    return sys_endpoint_call(endpoint, message);
}

static int64_t try_receive(uint64_t message)
{
    return sys_endpoint_receive(endpoint, message);
}

static int64_t try_reply(uint64_t message)
{
    return sys_endpoint_reply(message);
}

/* A caller needs to be answered in its buffer, and a receiver to be given something in its own. */
static const struct message constant;

void test_endpoint_refuses_bad_buffers_and_loses_nothing(void)
{
    static struct worker server, caller;
    struct message m = {.nwords = 1, .words = {1}};
    endpoint_begin();
    edge_begin();
    require(waiter_start(&server, 0, body_echo, 0));
    check_bad_buffers(try_call);
    check_eq(try_call((uintptr_t)&constant), STATUS_BAD_ADDRESS);
    check_eq(try_call((uintptr_t)&m), STATUS_OK);
    check_eq(worker_end(&server), STATUS_OK);
    require(waiter_start(&caller, 0, body_call, 5));
    check_bad_buffers(try_receive);
    check_eq(try_receive((uintptr_t)&constant), STATUS_BAD_ADDRESS);
    require_eq(try_receive((uintptr_t)&m), STATUS_OK);
    check_eq(m.words[0], 5);
    check_bad_buffers(try_reply);
    m.words[0] = 6;
    check_eq(try_reply((uintptr_t)&m), STATUS_OK);
    check_eq(worker_end(&caller), 6);
    edge_end();
    kit_drop(endpoint);
}

void test_endpoint_refuses_bad_messages_and_loses_nothing(void)
{
    static struct worker server, caller;
    const uint64_t sizes[] = {MESSAGE_WORDS + 1, 1000, (UINT64_C(1) << 61) + 1, UINT64_MAX};
    struct message m;
    endpoint_begin();
    handle_t seg = kit_seg(PAGE_BYTES, 0), bare = kit_without(seg, RIGHT_GRANT), dead = kit_vas();
    check_eq(sys_object_destroy(dead), STATUS_OK);
    const struct message bad[] = {{.nwords = sizes[0]}, {.nwords = sizes[1]}, {.nwords = sizes[2]},
                                  {.nwords = sizes[3]}, {.cap = bare},        {.cap = 0x7fff000040},
                                  {.cap = -1},          {.cap = dead}};
    const int64_t why[] = {STATUS_TOO_LARGE,  STATUS_TOO_LARGE, STATUS_TOO_LARGE,
                           STATUS_TOO_LARGE,  STATUS_NO_RIGHT,  STATUS_BAD_HANDLE,
                           STATUS_BAD_HANDLE, STATUS_DESTROYED};
    require(waiter_start(&server, 0, body_echo, 0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        m = bad[i];
        check_eq(try_call((uintptr_t)&m), why[i]);
        check(memcmp(&m, &bad[i], sizeof(m)) == 0);
    }
    m = (struct message){0};
    check_eq(try_call((uintptr_t)&m), STATUS_OK);
    check_eq(worker_end(&server), STATUS_OK);
    require(waiter_start(&caller, 0, body_call, 5));
    require_eq(try_receive((uintptr_t)&m), STATUS_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_eq(try_reply((uintptr_t)&bad[i]), why[i]);
    m.words[0] = 6;
    check_eq(try_reply((uintptr_t)&m), STATUS_OK);
    check_eq(worker_end(&caller), 6);
    kit_drop_all(seg, bare, dead, endpoint);
}

void test_endpoint_receive_while_serving_is_busy(void)
{
    static struct worker callers[2];
    struct message m;
    endpoint_begin();
    require(waiter_start(&callers[0], 0, body_call, 1));
    require(waiter_start(&callers[1], 1, body_call, 2));
    for (uint64_t i = 1; i <= 2; i++) {
        require_eq(try_receive((uintptr_t)&m), STATUS_OK);
        check_eq(try_receive((uintptr_t)&m), STATUS_BUSY);
        check_eq(m.words[0], i);
        check_eq(try_reply((uintptr_t)&m), STATUS_OK);
        check_eq(worker_end(&callers[i - 1]), i);
    }
    check_eq(try_reply((uintptr_t)&m), STATUS_ENDED);
    kit_drop(endpoint);
}
