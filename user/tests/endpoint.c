/* Endpoints: what arrives, and in which order. Servers and callers are workers, or children. */
#include <string.h>

#include "callers.h"
#include "child.h"
#include "test.h"

#define FILL 0x5555555555555555

static void message_fill(struct message *m, uint64_t nwords, uint64_t first)
{
    memset(m, 0x55, sizeof(*m));
    m->ncaps = 0;
    m->nwords = (uint32_t)nwords;
    for (size_t i = 0; i < nwords && i < MESSAGE_WORDS; i++)
        m->words[i] = first + i;
}

/* The words are those, and behind them nothing was written. */
static void check_words(const struct message *m, uint64_t nwords, uint64_t first)
{
    check_eq(m->nwords, nwords);
    for (size_t i = 0; i < MESSAGE_WORDS; i++)
        check_eq(m->words[i], i < nwords ? first + i : FILL);
}

/* --- words ---------------------------------------------------------------------------------- */

/* What the server has received, and what it is to answer. */
static struct message got, answer;
static int64_t got_status, answer_status;

static uint64_t body_serve_once(struct worker *worker)
{
    (void)worker;
    got_status = endpoint_receive(endpoint, &got);
    answer_status = endpoint_reply(&answer);
    return 0;
}

/* The server waits already, or comes after the call: a caller's priority decides. */
static void exchange(uint64_t nwords, uint64_t nanswer, uint64_t priority)
{
    static struct worker server;
    static struct message m;
    message_fill(&m, nwords, 100);
    message_fill(&got, 0, 0);
    message_fill(&answer, nanswer, 0x8000000000000000);
    require(worker_start(&server, 0, body_serve_once, priority));
    check_eq(endpoint_call(endpoint, &m), STATUS_OK);
    worker_end(&server);
    check_eq(got_status, STATUS_OK);
    check_eq(answer_status, STATUS_OK);
    check_words(&got, nwords, 100);
    check_eq(got.ncaps, 0);
    check_eq(got.badge, 0);
    check_eq(m.nwords, nanswer);
    check_eq(m.ncaps, 0);
    for (size_t i = 0; i < nanswer; i++)
        check_eq(m.words[i], 0x8000000000000000 + i);
    for (size_t i = nanswer; i < MESSAGE_WORDS; i++)
        check_eq(m.words[i], i < nwords ? 100 + i : FILL);
}

void test_endpoint_carries_words_exactly(void)
{
    const uint64_t counts[] = {0, 1, 2, 7, MESSAGE_WORDS - 1, MESSAGE_WORDS};
    const size_t n = sizeof(counts) / sizeof(counts[0]);
    endpoint_begin();
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            exchange(counts[i], counts[j], PRIORITY_HIGH);
            exchange(counts[i], counts[j], PRIORITY_DEFAULT - 1);
        }
    kit_drop(endpoint);
}

/* --- badges --------------------------------------------------------------------------------- */

void test_endpoint_tells_the_badge_of_the_capability_called(void)
{
    static struct worker server;
    const uint64_t badges[] = {1, 2, UINT64_MAX, 0};
    endpoint_begin();
    for (size_t i = 0; i < 4; i++) {
        struct message m = {.badge = 99};
        handle_t called = sys_cap_derive(endpoint, RIGHT_ENDPOINT_CALL, badges[i]);
        answer = (struct message){.badge = 77};
        require(worker_start(&server, 0, body_serve_once,
                             i % 2 ? PRIORITY_HIGH : PRIORITY_DEFAULT - 1));
        check_eq(endpoint_call(called, &m), STATUS_OK);
        worker_end(&server);
        check_eq(got.badge, badges[i]);
        check_eq(m.badge, 0);
        kit_drop(called);
    }
    kit_drop(endpoint);
}

/* A capability along keeps its badge as well. */
void test_badge_is_given_once(void)
{
    handle_t process = sys_process_create(NAME("holder"), 0);
    const uint64_t rights = RIGHT_ENDPOINT_CALL | RIGHT_GRANT | RIGHT_INFO;
    endpoint_begin();
    handle_t plain = sys_cap_derive(endpoint, rights, 0);
    handle_t badged = sys_cap_derive(plain, rights, 5);
    handle_t child = sys_cap_derive(badged, rights, 0), same = sys_cap_derive(badged, rights, 5);
    check_eq(kit_cap_info(badged).badge, 5);
    check_eq(kit_cap_info(child).badge, 5);
    check_eq(kit_cap_info(same).badge, 5);
    check_eq(sys_cap_derive(badged, rights, 6), STATUS_BAD_ARGUMENT);
    check_eq(sys_cap_derive(child, rights, 6), STATUS_BAD_ARGUMENT);
    check_eq(sys_cap_place(process, child, rights, 6), STATUS_BAD_ARGUMENT);
    check(sys_cap_place(process, child, rights, 5) > 0);
    check_eq(kit_cap_info(badged).nchildren, 2);
    kit_drop_all(badged, plain, child, same, endpoint, process);
}

/* --- capabilities along --------------------------------------------------------------------- */

void test_endpoint_gives_a_child_of_the_capability_along(void)
{
    static struct worker server;
    struct cap_info info;
    endpoint_begin();
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t lent =
        sys_cap_derive(seg, RIGHT_SEG_READ | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE, 9);
    for (size_t i = 0; i < 2; i++) {
        struct message m = {.ncaps = 1, .caps = {{lent, MESSAGE_ALL_RIGHTS}}};
        answer = (struct message){.ncaps = 1, .caps = {{seg, MESSAGE_ALL_RIGHTS}}};
        require(worker_start(&server, 0, body_serve_once,
                             i == 0 ? PRIORITY_HIGH : PRIORITY_DEFAULT - 1));
        check_eq(endpoint_call(endpoint, &m), STATUS_OK);
        worker_end(&server);
        handle_t arrived = message_cap(&got);
        check(arrived > 0 && arrived != lent);
        info = kit_cap_info(arrived);
        check_eq(info.rights, kit_cap_info(lent).rights);
        check_eq(info.object, kit_seg_info(seg).id);
        check_eq(info.badge, 9);
        check_eq(kit_cap_info(lent).nchildren, 1);
        check_eq(kit_cap_info(message_cap(&m)).rights, kit_cap_info(seg).rights);
        check_eq(sys_cap_revoke(lent), STATUS_OK);
        check_eq(sys_cap_info(arrived, (uintptr_t)&info), STATUS_BAD_HANDLE);
        check_eq(kit_cap_info(seg).nchildren, 2);
        kit_drop(message_cap(&m));
    }
    kit_drop_all(lent, seg, endpoint);
}

/* --- other processes ------------------------------------------------------------------------ */

void test_endpoint_serves_other_processes(void)
{
    struct child server, caller;
    endpoint_begin();
    require(child_make(&server, "server", &code_serve));
    require(child_serves(&server, endpoint, SERVE_ANSWER));
    for (uint64_t word = 0; word < 3; word++) {
        const struct message m = {.nwords = 1, .words = {word}};
        require(child_make(&caller, "caller", &code_call));
        require(child_calls(&caller, endpoint, &m));
        check_eq(child_end(&caller).status, word + 1);
    }
    child_kill(&server);
    kit_drop(endpoint);
}

/* Into another process, and out of it again by revocation. */
void test_endpoint_revokes_what_another_process_was_given(void)
{
    struct child server;
    struct message m;
    endpoint_begin();
    require(child_make(&server, "server", &code_serve));
    require(child_serves(&server, endpoint, SERVE_ANSWER));
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    uint64_t ncaps = kit_process_info(server.process).ncaps;
    for (uint64_t i = 1; i <= 100; i++) {
        m = (struct message){.ncaps = 1, .caps = {{seg, MESSAGE_ALL_RIGHTS}}};
        check_eq(endpoint_call(endpoint, &m), STATUS_OK);
        check_eq(m.ncaps, 0);
        check(child_task_now(&server).result > 0);
        check_eq(kit_cap_info(seg).nchildren, i);
        check_eq(kit_process_info(server.process).ncaps, ncaps + i);
    }
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check_eq(kit_process_info(server.process).ncaps, ncaps);
    child_kill(&server);
    kit_drop_all(seg, endpoint);
}

/* --- order ---------------------------------------------------------------------------------- */

/* The most urgent first, and of one priority whoever called first. */
void test_endpoint_serves_callers_by_priority_then_in_their_order(void)
{
    static struct worker callers[WORKERS];
    struct message m;
    endpoint_begin();
    for (size_t i = 0; i < WORKERS; i++) {
        callers[i] = (struct worker){.argument = i};
        require(worker_start(&callers[i], i, body_call, PRIORITY_HIGH + i % 3));
    }
    for (size_t i = 0; i < WORKERS; i++) {
        size_t urgent = WORKERS;
        for (size_t j = WORKERS; j-- > 0;) {
            bool waits = callers[j].thread != 0;
            if (waits && (urgent == WORKERS || j % 3 >= urgent % 3))
                urgent = j;
        }
        require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
        check_eq(m.words[0], urgent);
        m.words[0] += 1000;
        check_eq(endpoint_reply(&m), STATUS_OK);
        check_eq(worker_end(&callers[urgent]), urgent + 1000);
        callers[urgent].thread = 0;
    }
    check_eq(endpoint_reply(&m), STATUS_ENDED);
    kit_drop(endpoint);
}
