/* Gets and sets in the key-value store, by each way and with several clients at once: see kv.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/thread.h>

#include "bench.h"
#include "kv.h"
#include "partner.h"

#define ROUNDS 5
#define WAIT_NS 5000000 /* between looks whether a round is over */

#define CALL (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)

static const char *const ways[] = {"switch", "gate", "endpoint"};

static struct {
    handle_t server, endpoint, service;
    handle_t hall, rounds;
    handle_t clients[KV_CLIENTS_MAX];
} kv;

static handle_t spawn(const char *const argv[], const struct program_cap *caps, size_t ncaps)
{
    struct program *program;
    handle_t process;
    must(program_open(argv[0], &program), "load a program");
    must(program_spawn(program, argv, caps, ncaps, &process), "start a process");
    program_close(program);
    return process;
}

/* --- the store -------------------------------------------------------------------------------- */

static void start_server(void)
{
    kv.endpoint = must(endpoint_create("kv"), "create an endpoint");
    kv.service = must(cap_derive(kv.endpoint, CALL, kv_badge(KV_MAY_READ | KV_MAY_WRITE)),
                      "derive a capability");
    const struct program_cap serve = {"serve", kv.endpoint,
                                      CALL | RIGHT_ENDPOINT_RECEIVE | RIGHT_REVOKE};
    kv.server = spawn((const char *[]){"kv", NULL}, &serve, 1);
}

static void open_hall(void)
{
    kv.rounds = must(endpoint_create("rounds"), "create an endpoint");
    kv.hall = must(seg_create("hall", HALL_BASE, sizeof(struct hall), 0), "make a hall");
    must(seg_attach(HANDLE_SELF, kv.hall, ACCESS_READ | ACCESS_WRITE), "enter the hall");
}

static void load(void)
{
    struct kv client;
    kv_open_by(&client, "switch", kv.service);
    for (size_t i = 0; i < hall()->nlines; i++) {
        const struct line *line = &hall()->lines[i];
        uint64_t value = line_value(line);
        must(kv_set(&client, line_text(line), line->nbytes, &value, sizeof(value)), "load a line");
    }
    kv_close(&client);
}

/* Everything that is in the store, and that nothing else is. */
static void check_store(const char *way)
{
    struct kv client;
    size_t nwrong = 0;
    kv_open_by(&client, way, kv.service);
    for (size_t i = 0; i < hall()->nlines; i++) {
        const struct line *line = &hall()->lines[i];
        uint64_t value;
        int64_t nbytes = kv_get(&client, line_text(line), line->nbytes, &value, sizeof(value));
        nwrong += nbytes != sizeof(value) || value != line_value(line);
    }
    nwrong += kv_count(&client) != (int64_t)hall()->nlines;
    kv_close(&client);
    must(nwrong > 0 ? STATUS_NOT_FOUND : STATUS_OK, "find again what is in the store");
}

static void close_everything(void)
{
    must(object_destroy(kv.server), "end the server");
    must(seg_detach(HANDLE_SELF, kv.hall), "leave the hall");
    cap_delete(kv.server);
    cap_delete(kv.service);
    cap_delete(kv.endpoint);
    cap_delete(kv.rounds);
    cap_delete(kv.hall);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void start_clients(const char *way, uint64_t nclients)
{
    const struct program_cap caps[] = {
        {"kv", kv.service, CALL},
        {"rounds", kv.rounds, CALL},
        {HALL_CAP, kv.hall, RIGHT_SEG_READ | RIGHT_SEG_WRITE},
    };
    for (uint64_t i = 0; i < nclients; i++) {
        char number[8];
        snprintf(number, sizeof(number), "%u", (unsigned int)i);
        kv.clients[i] =
            spawn((const char *[]){"bench", PARTNER, PARTNER_KV, way, number, NULL}, caps, 3);
    }
}

/* All of them wait for it. */
static void call_round(enum deed deed, uint64_t nclients)
{
    struct message message;
    hall()->deed = deed;
    hall()->round++;
    hall()->ndone = 0;
    for (uint64_t i = 0; i < nclients; i++) {
        must(endpoint_receive(kv.rounds, &message), "receive a call");
        must(endpoint_reply(&message), "begin a round");
    }
}

/* Returns how long it took all of them. */
static uint64_t do_round(enum deed deed, uint64_t nclients)
{
    call_round(deed, nclients);
    while (__atomic_load_n(&hall()->ndone, __ATOMIC_ACQUIRE) < nclients)
        thread_sleep(WAIT_NS);
    uint64_t start = hall()->starts[0], end = hall()->ends[0];
    for (uint64_t i = 1; i < nclients; i++) {
        start = hall()->starts[i] < start ? hall()->starts[i] : start;
        end = hall()->ends[i] > end ? hall()->ends[i] : end;
    }
    must(hall()->nwrong > 0 ? STATUS_NOT_FOUND : STATUS_OK, "get the right answers");
    return end - start;
}

/* What the clients have set in this round. */
static void note_sets(uint64_t nclients)
{
    for (uint64_t client = 0; client < nclients; client++) {
        struct choice choice = choice_begin(client, hall()->round);
        for (int i = 0; i < KV_OPERATIONS; i++)
            choice_next(&choice)->version = (uint32_t)hall()->round;
    }
}

static void measure_rates(uint64_t nclients, enum deed deed)
{
    samples_begin_rounds();
    while (samples_wanted(ROUNDS)) {
        samples_add_rate(nclients * KV_OPERATIONS, do_round(deed, nclients));
        if (deed == DEED_SET)
            note_sets(nclients);
    }
}

static void measure(const char *way, uint64_t nclients, enum deed deed)
{
    char params[64], detail[48], unit[32];
    const char *word = deed == DEED_GET ? "get" : "set";
    measure_rates(nclients, deed);
    snprintf(params, sizeof(params), "{\"way\":\"%s\",\"clients\":%" PRIu64 "}", way, nclients);
    snprintf(detail, sizeof(detail), ", by %s, %" PRIu64 " client%s", way, nclients,
             nclients == 1 ? "" : "s");
    snprintf(unit, sizeof(unit), "%s/M%s", word, report_unit());
    report_as(deed == DEED_GET ? "kv_get" : "kv_set", unit, params, detail);
}

static void measure_all(enum deed deed)
{
    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        for (uint64_t n = 1; n <= KV_CLIENTS_MAX; n++) {
            start_clients(ways[way], n);
            measure(ways[way], n, deed);
            call_round(DEED_GO, n);
            for (uint64_t i = 0; i < n; i++) {
                must(process_wait(kv.clients[i], NULL), "wait for a process");
                cap_delete(kv.clients[i]);
            }
        }
        check_store(ways[way]);
    }
}

static void bench_kv(enum deed deed)
{
    open_hall();
    lines_open();
    lines_sort();
    start_server();
    load();
    measure_all(deed);
    close_everything();
}

void bench_kv_get(void)
{
    bench_kv(DEED_GET);
}

void bench_kv_set(void)
{
    bench_kv(DEED_SET);
}
