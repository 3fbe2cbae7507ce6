/* Requests to another process, and its answers: from the instruction before the call to the
 * instruction behind its return. */
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/gate.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/thread.h>

#include "bench.h"
#include "messages.h"
#include "partner.h"

/* Adds the four words of each call into the first, for ever. */
_Noreturn void serve_short_messages(void)
{
    handle_t endpoint = startup_cap("serve");
    uint64_t words[MESSAGE_SHORT_WORDS] = {0}, badge;
    int64_t status = endpoint_receive_short(endpoint, words, &badge);
    while (status == STATUS_OK) {
        words[0] += words[1] + words[2] + words[3];
        status = endpoint_reply_receive_short(endpoint, words, &badge);
    }
    exit(EXIT_FAILURE);
}

/* The same behind a gate. */
static _Noreturn void add_behind_gate(uint64_t badge, uint64_t word0, uint64_t word1,
                                      uint64_t unused, uint64_t word2, uint64_t word3)
{
    (void)badge;
    (void)unused;
    gate_return(word0 + word1 + word2 + word3, word1, word2, word3);
}

static _Noreturn void add_in_the_open(uint64_t badge, uint64_t word0, uint64_t word1,
                                      uint64_t unused, uint64_t word2, uint64_t word3)
{
    (void)badge;
    (void)unused;
    gate_return_open(word0 + word1 + word2 + word3, word1, word2, word3);
}

/* Sends two gates to who has started this program, and leaves it to its callers. */
_Noreturn void own_gate(void)
{
    static _Alignas(16) char stacks[2][4096];
    void (*const entries[])(void) = {(void (*)(void))add_behind_gate,
                                     (void (*)(void))add_in_the_open};
    struct message message = {0};
    for (size_t i = 0; i < 2; i++) {
        handle_t gate = must(gate_create("bench", HANDLE_HOME, entries[i]), "make a gate");
        must(gate_add_stack(gate, stacks[i + 1], 0), "give it a stack");
        message_add_cap(&message, gate, RIGHT_GATE_CALL);
    }
    endpoint_call(startup_cap("serve"), &message);
    for (;;)
        thread_sleep(UINT64_MAX);
}

/* This program once more, with an endpoint. */
static handle_t start_partner(const char *job, handle_t endpoint, uint64_t rights)
{
    struct program *program;
    handle_t process;
    const struct program_cap serve = {"serve", endpoint, rights};
    must(program_open("bench", &program), "load the program again");
    must(program_spawn(program, (const char *[]){"bench", PARTNER, job, NULL}, &serve, 1, &process),
         "start a server");
    program_close(program);
    return process;
}

void bench_ipc_roundtrip(void)
{
    handle_t endpoint = must(endpoint_create("bench"), "create an endpoint");
    handle_t server = start_partner(PARTNER_SERVE, endpoint, RIGHT_ENDPOINT_RECEIVE);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t words[MESSAGE_SHORT_WORDS] = {1, 2, 3, 4};
        uint64_t start = clock_tsc();
        int64_t status = endpoint_call_short(endpoint, words);
        samples_add(clock_tsc() - start, 1);
        must(status, "call the server");
        must(words[0] == 10 ? STATUS_OK : STATUS_NO_DATA, "get the right answer");
    }
    report("ipc_roundtrip", "{}", "");
    must(object_destroy(server), "end the server");
    cap_delete(server);
    cap_delete(endpoint);
}

#define MEASURE_GATE(call)                                                                         \
    samples_begin();                                                                               \
    while (samples_wanted(BENCH_SAMPLES)) {                                                        \
        uint64_t words[GATE_WORDS] = {1, 2, 3, 4};                                                 \
        uint64_t start = clock_tsc();                                                              \
        int64_t status = call(gate, words);                                                        \
        samples_add(clock_tsc() - start, 1);                                                       \
        must(status, "call through a gate");                                                       \
        must(words[0] == 10 ? STATUS_OK : STATUS_NO_DATA, "get the right answer");                 \
    }

static void measure_gate(handle_t gate)
{
    MEASURE_GATE(gate_call)
}

static void measure_open_gate(handle_t gate)
{
    MEASURE_GATE(gate_call_open)
}

void bench_gate_roundtrip(void)
{
    struct message message;
    handle_t endpoint = must(endpoint_create("bench"), "create an endpoint");
    handle_t owner = start_partner(PARTNER_GATE, endpoint, RIGHT_ENDPOINT_CALL | RIGHT_GRANT);
    must(endpoint_receive(endpoint, &message), "receive a gate");
    measure_gate(message.caps[0].cap);
    report("gate_roundtrip", "{\"registers\":\"cleared\"}", ", registers cleared");
    measure_open_gate(message.caps[1].cap);
    report("gate_roundtrip", "{\"registers\":\"open\"}", "");
    must(object_destroy(owner), "end the owner");
    cap_delete(message.caps[0].cap);
    cap_delete(message.caps[1].cap);
    cap_delete(owner);
    cap_delete(endpoint);
}
