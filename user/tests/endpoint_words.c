/* Endpoints: calls of four words, and what the registers of both sides have in them afterwards. */
#include <string.h>

#include "callers.h"
#include "registers.h"
#include "test.h"

#define SECRET 0x5ec0000000000000
#define ROUNDS 100

/* --- four words ------------------------------------------------------------------------------ */

/* Adds one to each word, until its endpoint is destroyed. Returns how many calls it has had. */
static uint64_t body_serve_short(struct worker *worker)
{
    uint64_t words[MESSAGE_SHORT_WORDS] = {0}, badge;
    int64_t status = endpoint_receive_short(endpoint, words, &badge);
    while (status == STATUS_OK) {
        worker->result++;
        for (size_t i = 0; i < MESSAGE_SHORT_WORDS; i++)
            words[i] += 1 + badge;
        status = endpoint_reply_receive_short(endpoint, words, &badge);
    }
    return worker->result;
}

/* Through a badge, to a server that waits and to one that comes after the call. */
static void check_short_calls(uint64_t priority)
{
    static struct worker server;
    endpoint_begin();
    handle_t badged = sys_cap_derive(endpoint, RIGHT_ENDPOINT_CALL, 100);
    server = (struct worker){0};
    require(worker_start(&server, 0, body_serve_short, priority));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t words[MESSAGE_SHORT_WORDS] = {round, round << 32, ~round, 7};
        handle_t called = round % 2 ? badged : endpoint;
        uint64_t more = round % 2 ? 101 : 1;
        require_eq(endpoint_call_short(called, words), STATUS_OK);
        check_eq(words[0], round + more);
        check_eq(words[1], (round << 32) + more);
        check_eq(words[2], ~round + more);
        check_eq(words[3], 7 + more);
    }
    check_eq(server.result, ROUNDS);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&server), ROUNDS);
    kit_drop_all(badged, endpoint);
}

void test_endpoint_short_calls_carry_four_words(void)
{
    check_short_calls(PRIORITY_HIGH);
    check_short_calls(PRIORITY_DEFAULT);
    check_short_calls(PRIORITY_DEFAULT - 1);
}

/* --- registers ------------------------------------------------------------------------------- */

static struct message answer;
static int64_t answer_status;

/* Answers every call with `answer`. */
static uint64_t body_answer(struct worker *worker)
{
    struct message m;
    (void)worker;
    while (endpoint_receive(endpoint, &m) == STATUS_OK)
        answer_status = endpoint_reply(&answer);
    return 0;
}

/* Of what lies behind an answer nothing comes along: it may be of another client. */
void test_endpoint_answer_has_nothing_behind_it_in_registers(void)
{
    static struct worker server;
    endpoint_begin();
    require(worker_start(&server, 0, body_answer, PRIORITY_HIGH));
    for (uint64_t nwords = 0; nwords <= MESSAGE_REGISTERS; nwords++) {
        for (size_t i = 0; i < MESSAGE_WORDS; i++)
            answer.words[i] = SECRET + i;
        answer.nwords = (uint32_t)nwords;
        struct raw_registers r = {.rax = SYSCALL_endpoint_call,
                                  .rdi = (uint64_t)endpoint,
                                  .r12 = 12,
                                  .r13 = 13,
                                  .r14 = 14,
                                  .r15 = 15,
                                  .rflags = 0x202};
        raw_call(&r);
        const uint64_t words[] = {r.rdx, r.r10, r.r8, r.r9, r.r12, r.r13, r.r14, r.r15};
        check_eq(r.rax, STATUS_OK);
        check_eq(r.rsi, MESSAGE_TAG(nwords, 0, 0));
        check_eq(r.rdi, 0);
        for (size_t i = 0; i < MESSAGE_REGISTERS; i++) {
            bool kept = i >= MESSAGE_SHORT_WORDS && nwords <= MESSAGE_SHORT_WORDS;
            check_eq(words[i], i < nwords ? SECRET + i : kept ? 8 + i : 0);
        }
    }
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    worker_end(&server);
    kit_drop(endpoint);
}

/* The same of a call, which this thread receives. */
static uint64_t body_call_answer(struct worker *worker)
{
    struct message m = answer;
    (void)worker;
    return (uint64_t)endpoint_call(endpoint, &m);
}

void test_endpoint_call_has_nothing_behind_it_in_registers(void)
{
    static struct worker caller;
    const struct message none = {0};
    endpoint_begin();
    for (uint64_t i = 0; i < MESSAGE_WORDS; i++)
        answer.words[i] = SECRET + i;
    for (uint64_t nwords = 0; nwords <= MESSAGE_REGISTERS; nwords++) {
        answer.nwords = (uint32_t)nwords;
        require(waiter_start(&caller, 0, body_call_answer, 0));
        struct raw_registers r = {
            .rax = SYSCALL_endpoint_receive, .rdi = (uint64_t)endpoint, .rflags = 0x202};
        raw_call(&r);
        const uint64_t words[] = {r.rdx, r.r10, r.r8, r.r9, r.r12, r.r13, r.r14, r.r15};
        check_eq(r.rax, STATUS_OK);
        check_eq(r.rsi, MESSAGE_TAG(nwords, 0, 0));
        for (size_t i = 0; i < MESSAGE_REGISTERS; i++)
            check_eq(words[i], i < nwords ? SECRET + i : 0);
        check_eq(endpoint_reply(&none), STATUS_OK);
        check_eq(worker_end(&caller), STATUS_OK);
    }
    kit_drop(endpoint);
}

/* What a call keeps, and all vector registers, through four words and through eight: to a server
 * that is handed the CPU, and to one that has to be waited for. */
static void check_registers_kept(uint64_t priority, uint32_t nwords)
{
    static struct worker server;
    static uint64_t before[VECTOR_WORDS], after[VECTOR_WORDS];
    endpoint_begin();
    answer = (struct message){.nwords = nwords};
    for (size_t i = 0; i < VECTOR_WORDS; i++)
        before[i] = SECRET + i * 0x10001;
    memset(after, 0, sizeof(after));
    require(worker_start(&server, 0, body_answer, priority));
    struct raw_registers sent = {.rax = SYSCALL_endpoint_call,
                                 .rbx = SECRET + 1,
                                 .rdi = (uint64_t)endpoint,
                                 .rbp = SECRET + 2,
                                 .rsi = nwords,
                                 .r12 = SECRET + 3,
                                 .r13 = SECRET + 4,
                                 .r14 = SECRET + 5,
                                 .r15 = SECRET + 6,
                                 .rflags = 0x202};
    struct raw_registers got = sent;
    vectors_call(&got, before, after);
    check_eq(got.rax, STATUS_OK);
    check_eq(got.rbx, sent.rbx);
    check_eq(got.rbp, sent.rbp);
    bool kept = nwords <= MESSAGE_SHORT_WORDS;
    check_eq(got.r12, kept ? sent.r12 : 0);
    check_eq(got.r13, kept ? sent.r13 : 0);
    check_eq(got.r14, kept ? sent.r14 : 0);
    check_eq(got.r15, kept ? sent.r15 : 0);
    check_eq(memcmp(before, after, sizeof(before)), 0);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    worker_end(&server);
    kit_drop(endpoint);
}

void test_registers_are_kept_by_calls_with_messages(void)
{
    for (uint32_t nwords = 4; nwords <= 8; nwords += 4) {
        check_registers_kept(PRIORITY_HIGH, nwords);
        check_registers_kept(PRIORITY_DEFAULT, nwords);
        check_registers_kept(PRIORITY_DEFAULT - 1, nwords);
    }
}
