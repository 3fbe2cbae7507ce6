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
#include <vasco/startup.h>
#include <vasco/thread.h>

#include "bench.h"
#include "kv.h"
#include "partner.h"

#define ROUNDS 3
#define WAIT_NS 5000000 /* between looks whether a round is over */

#define CALL (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)

static const char *const ways[] = {"switch", "gate", "endpoint"};
static const uint64_t crowds[] = {1, 2, 4, 8}; /* clients */

static const struct mix mixes[] = {
    {"kv_get", "get", "uniform", 0, false},
    {"kv_set", "set", "uniform", 100, false},
    {"kv_mix", "operation", "read-mostly", 5, true},
    {"kv_mix", "operation", "write-heavy", 50, true},
};

static struct {
    handle_t server, endpoint, service;
    handle_t hall, rounds;
    handle_t clients[KV_CLIENTS_MAX];
    struct kv own; /* how this process sees the store: by switching */
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
    kv_open_by(&kv.own, "switch", kv.service);
    for (size_t i = 0; i < hall()->nlines; i++) {
        const struct line *line = &hall()->lines[i];
        uint64_t value = line_value(line, line->version);
        must(kv_set(&kv.own, line_text(line), line->nbytes, &value, sizeof(value)), "load a line");
    }
}

static void open_everything(void)
{
    open_hall();
    lines_open();
    lines_sort();
    plan_open();
    start_server();
    load();
}

static void close_everything(void)
{
    kv_close(&kv.own);
    plan_close();
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
static void call_round(uint64_t nclients)
{
    struct message message;
    hall()->ndone = 0;
    for (uint64_t i = 0; i < nclients; i++) {
        must(endpoint_receive(kv.rounds, &message), "receive a call");
        must(endpoint_reply(&message), "begin a round");
    }
}

static void end_clients(uint64_t nclients)
{
    hall()->is_over = true;
    call_round(nclients);
    for (uint64_t i = 0; i < nclients; i++) {
        must(process_wait(kv.clients[i], NULL), "wait for a process");
        cap_delete(kv.clients[i]);
    }
    hall()->is_over = false;
}

static void check_answers(uint64_t nclients)
{
    samples_pause();
    must(check_round(&kv.own, nclients) > 0 ? STATUS_NOT_FOUND : STATUS_OK,
         "get the right answers");
    samples_resume();
}

/* Returns how long it took all of them. */
static uint64_t do_round(const struct mix *mix, uint32_t turn, uint64_t nclients)
{
    plan_round(mix, turn, nclients);
    call_round(nclients);
    while (__atomic_load_n(&hall()->ndone, __ATOMIC_ACQUIRE) < nclients)
        thread_sleep(WAIT_NS);
    uint64_t start = hall()->starts[0], end = hall()->ends[0];
    for (uint64_t i = 1; i < nclients; i++) {
        start = hall()->starts[i] < start ? hall()->starts[i] : start;
        end = hall()->ends[i] > end ? hall()->ends[i] : end;
    }
    return end - start;
}

/* --- one configuration after the other -------------------------------------------------------- */

struct configuration {
    const struct mix *mix;
    const char *way;
    uint64_t nclients;
};

static void report_rates(const struct configuration *c)
{
    const struct mix *mix = c->mix;
    char params[80], detail[64], unit[32], name[32] = "";
    if (mix->is_skewed)
        snprintf(name, sizeof(name), "\"mix\":\"%s\",", mix->name);
    snprintf(params, sizeof(params), "{%s\"way\":\"%s\",\"clients\":%" PRIu64 "}", name, c->way,
             c->nclients);
    snprintf(detail, sizeof(detail), ", %s%sby %s, %" PRIu64 " client%s",
             mix->is_skewed ? mix->name : "", mix->is_skewed ? " " : "", c->way, c->nclients,
             c->nclients == 1 ? "" : "s");
    snprintf(unit, sizeof(unit), "%s/M%s", mix->operation, report_unit());
    report_as(mix->bench, unit, params, detail);
}

static void measure(const struct configuration *c)
{
    start_clients(c->way, c->nclients);
    samples_begin_rounds();
    for (uint32_t turn = 0; samples_wanted(ROUNDS); turn++) {
        samples_add_rate(c->nclients * KV_OPERATIONS, do_round(c->mix, turn, c->nclients));
        check_answers(c->nclients);
    }
    end_clients(c->nclients);
    report_rates(c);
}

/* All are wanted, or the one that the option names as MIX.WAY.CLIENTS. */
static bool is_wanted(const struct configuration *c)
{
    char name[48];
    const char *only = startup_option("kv");
    snprintf(name, sizeof(name), "%s.%s.%" PRIu64, c->mix->name, c->way, c->nclients);
    return only == NULL || strcmp(only, name) == 0;
}

/* Returns how many configurations it measured. */
static size_t measure_mix(const struct mix *mix)
{
    size_t n = 0;
    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
            const struct configuration c = {mix, ways[way], crowds[i]};
            if (is_wanted(&c)) {
                measure(&c);
                n++;
            }
        }
    }
    return n;
}

static void run(const char *bench)
{
    size_t n = 0;
    open_everything();
    for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++) {
        if (strcmp(mixes[i].bench, bench) == 0)
            n += measure_mix(&mixes[i]);
    }
    must(n == 0 ? STATUS_NOT_FOUND : STATUS_OK, "find what kv= names");
    must(check_store(&kv.own) > 0 ? STATUS_NOT_FOUND : STATUS_OK,
         "find again what is in the store");
    close_everything();
}

void bench_kv_get(void)
{
    run("kv_get");
}

void bench_kv_set(void)
{
    run("kv_set");
}

void bench_kv_mix(void)
{
    run("kv_mix");
}
