/* Endpoints: bad messages, buffers and capabilities. Nobody's call is lost by them. */
#include <string.h>

#include "callers.h"
#include "test.h"

static uint64_t body_echo(struct worker *worker)
{
    struct message m;
    (void)worker;
    int64_t status = endpoint_receive(endpoint, &m);
    m.ncaps = 0;
    return status == STATUS_OK ? (uint64_t)endpoint_reply(&m) : (uint64_t)status;
}

static uint64_t body_receive_short(struct worker *worker)
{
    uint64_t words[MESSAGE_SHORT_WORDS] = {0}, badge;
    (void)worker;
    int64_t status = endpoint_receive_short(endpoint, words, &badge);
    return status == STATUS_OK ? words[0] + words[1] + words[2] + words[3] : (uint64_t)status;
}

static uint64_t body_call_short(struct worker *worker)
{
    uint64_t words[MESSAGE_SHORT_WORDS] = {worker->argument};
    return (uint64_t)endpoint_call_short(endpoint, words);
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

/* Where the words of a long message cannot be. Each of these with each of the calls. */
static void check_bad_buffers(int64_t (*call)(uint64_t buffer))
{
    const uint64_t bad[] = {
        0,
        0x1000,
        PLACE_A + PAGE_BYTES - sizeof(struct message) + 8, /* its end is not there */
        PLACE_A - sizeof(struct message) + 8,              /* its start is not there */
        VAS_END - 8,
        VAS_END + PAGE_BYTES,
        0xffff800000000000,
        UINT64_MAX,
        UINT64_MAX - sizeof(struct message),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_eq(call(bad[i]), STATUS_BAD_ADDRESS);
}

static struct message longest;

static int64_t try_call(uint64_t buffer)
{
    return message_exchange(SYSCALL_endpoint_call, endpoint, &longest, ENDPOINT_FOREVER, buffer);
}

static int64_t try_receive(uint64_t buffer)
{
    return message_exchange(SYSCALL_endpoint_receive, endpoint, &longest, ENDPOINT_FOREVER, buffer);
}

static int64_t try_reply(uint64_t buffer)
{
    return message_answer(SYSCALL_endpoint_reply, &longest, buffer);
}

/* A receiver needs to be given something in its buffer. */
static const struct message constant;

void test_endpoint_refuses_bad_buffers_and_loses_nothing(void)
{
    static struct worker server, caller;
    struct message m = {.nwords = 1, .words = {1}};
    endpoint_begin();
    edge_begin();
    longest = (struct message){.nwords = MESSAGE_WORDS};
    require(waiter_start(&server, 0, body_echo, 0));
    check_bad_buffers(try_call);
    check_eq(endpoint_call(endpoint, &m), STATUS_OK);
    check_eq(worker_end(&server), STATUS_OK);
    require(waiter_start(&caller, 0, body_call_longest, 5));
    check_bad_buffers(try_receive);
    check_eq(try_receive((uintptr_t)&constant), STATUS_BAD_ADDRESS);
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    check_eq(m.words[0], 5);
    check_bad_buffers(try_reply);
    m.nwords = 1;
    m.words[0] = 6;
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&caller), 6);
    edge_end();
    kit_drop(endpoint);
}

/* A message that is longer than the other side takes is the sender's error, an answer its caller's.
 */
void test_endpoint_takes_no_more_than_it_has_room_for(void)
{
    static struct worker server, caller;
    uint64_t words[MESSAGE_SHORT_WORDS] = {0}, badge;
    struct message m;
    endpoint_begin();
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    require(waiter_start(&caller, 0, body_call_longest, 5));
    check_eq(endpoint_call_short(HANDLE_SELF, words), STATUS_WRONG_TYPE);
    require(waiter_start(&server, 1, body_receive_short, 0));
    check_eq(worker_end(&caller), STATUS_TOO_LARGE);
    for (uint32_t nwords = 5; nwords <= MESSAGE_WORDS; nwords += 5) {
        m = (struct message){.nwords = nwords};
        check_eq(endpoint_call(endpoint, &m), STATUS_TOO_LARGE);
    }
    m = (struct message){.nwords = 1};
    message_add_cap(&m, seg, 0);
    check_eq(endpoint_call(endpoint, &m), STATUS_TOO_LARGE);
    m = (struct message){.nwords = 4, .words = {1, 2, 3, 4}};
    check_eq(endpoint_call(endpoint, &m), STATUS_ENDED);
    check_eq(worker_end(&server), 10);
    require(waiter_start(&caller, 0, body_call_short, 5));
    require_eq(endpoint_receive_short(endpoint, words, &badge), STATUS_OK);
    check_eq(words[0], 5);
    m = (struct message){.nwords = 5};
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&caller), STATUS_TOO_LARGE);
    kit_drop_all(seg, endpoint);
}

void test_endpoint_refuses_bad_messages_and_loses_nothing(void)
{
    static struct worker server, caller;
    struct message m;
    endpoint_begin();
    handle_t seg = kit_seg(PAGE_BYTES, 0), bare = kit_without(seg, RIGHT_GRANT), dead = kit_vas();
    handle_t narrow = kit_without(seg, RIGHT_SEG_WRITE);
    check_eq(sys_object_destroy(dead), STATUS_OK);
    const struct message bad[] = {
        {.nwords = MESSAGE_WORDS + 1},
        {.nwords = UINT32_MAX},
        {.ncaps = MESSAGE_CAPS + 1},
        {.ncaps = UINT16_MAX},
        {.ncaps = 1, .caps = {{bare, 0}}},
        {.ncaps = 1, .caps = {{0x7fff000040, 0}}},
        {.ncaps = 2, .caps = {{seg, 0}, {-1, 0}}},
        {.ncaps = 4, .caps = {{seg, 0}, {seg, 0}, {seg, 0}, {dead, 0}}},
        {.ncaps = 1, .caps = {{seg, 0x1000}}},
        {.ncaps = 1, .caps = {{narrow, RIGHT_SEG_WRITE}}},
        {.ncaps = 1},
    };
    const int64_t why[] = {STATUS_TOO_LARGE,  STATUS_TOO_LARGE, STATUS_TOO_LARGE,
                           STATUS_TOO_LARGE,  STATUS_NO_RIGHT,  STATUS_BAD_HANDLE,
                           STATUS_BAD_HANDLE, STATUS_DESTROYED, STATUS_BAD_ARGUMENT,
                           STATUS_NO_RIGHT,   STATUS_BAD_HANDLE};
    require(waiter_start(&server, 0, body_echo, 0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        m = bad[i];
        check_eq(endpoint_call(endpoint, &m), why[i]);
        check(memcmp(&m, &bad[i], sizeof(m)) == 0);
        check_eq(kit_cap_info(seg).nchildren, 2);
    }
    m = (struct message){0};
    check_eq(endpoint_call(endpoint, &m), STATUS_OK);
    check_eq(worker_end(&server), STATUS_OK);
    require(waiter_start(&caller, 0, body_call, 5));
    require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_eq(endpoint_reply(&bad[i]), why[i]);
    m.words[0] = 6;
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(&caller), 6);
    kit_drop_all(seg, bare, narrow, dead, endpoint);
}

void test_endpoint_receive_while_serving_is_busy(void)
{
    static struct worker callers[2];
    struct message m;
    endpoint_begin();
    require(waiter_start(&callers[0], 0, body_call, 1));
    require(waiter_start(&callers[1], 1, body_call, 2));
    for (uint64_t i = 1; i <= 2; i++) {
        require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
        check_eq(endpoint_receive(endpoint, &m), STATUS_BUSY);
        check_eq(m.words[0], i);
        check_eq(endpoint_reply(&m), STATUS_OK);
        check_eq(worker_end(&callers[i - 1]), i);
    }
    check_eq(endpoint_reply(&m), STATUS_ENDED);
    kit_drop(endpoint);
}
