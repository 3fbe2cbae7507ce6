/* Requests to another process, and its answers: from the instruction before the call to the
 * instruction behind its return. */
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>

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

/* This program once more, as a server at the endpoint. */
static handle_t start_server(handle_t endpoint)
{
    struct program *program;
    handle_t process;
    const struct program_cap serve = {"serve", endpoint, RIGHT_ENDPOINT_RECEIVE};
    must(program_open("bench", &program), "load the program again");
    must(program_spawn(program, (const char *[]){"bench", PARTNER, PARTNER_SERVE, NULL}, &serve, 1,
                       &process),
         "start a server");
    program_close(program);
    return process;
}

void bench_ipc_roundtrip(void)
{
    handle_t endpoint = must(endpoint_create("bench"), "create an endpoint");
    handle_t server = start_server(endpoint);
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
