/* Servers, clients and workers of the tests of the key-value store: see kv_kit.h. */
#include "kv_kit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/thread.h>

#include "test.h"

#define SERVER_RIGHTS                                                                              \
    (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE)
#define CLIENT_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)

const char *const kv_way_names[KV_WAYS] = {"switch", "gate", "endpoint"};

/* --- servers ---------------------------------------------------------------------------------- */

static handle_t start(handle_t pool, const char *const argv[], const struct program_cap *caps,
                      size_t ncaps)
{
    struct program *program;
    handle_t process = 0;
    int64_t status = program_open(argv[0], &program);
    if (status < 0)
        return status;
    status = program_spawn_in(pool, program, argv, caps, ncaps, &process);
    program_close(program);
    return status < 0 ? status : process;
}

bool kv_server_start_in(struct kv_server *server, handle_t pool, const char *name)
{
    server->endpoint = endpoint_create("kv");
    server->reader = cap_derive(server->endpoint, CLIENT_RIGHTS, kv_badge(KV_MAY_READ));
    server->writer =
        cap_derive(server->endpoint, CLIENT_RIGHTS, kv_badge(KV_MAY_READ | KV_MAY_WRITE));
    const struct program_cap serve = {"serve", server->endpoint, SERVER_RIGHTS};
    server->process = start(pool, (const char *[]){"kv", name, "640", NULL}, &serve, 1);
    return check(server->endpoint > 0) && check(server->process > 0);
}

void kv_server_end(struct kv_server *server)
{
    object_destroy(server->process);
    object_destroy(server->endpoint);
    kit_drop_all(server->process, server->reader, server->writer, server->endpoint);
}

bool kv_server_start(struct kv_server *server, const char *name)
{
    return kv_server_start_in(server, 0, name);
}

/* --- clients ---------------------------------------------------------------------------------- */

int64_t kv_open(struct kv *kv, enum kv_way way, handle_t service)
{
    switch (way) {
    case KV_BY_SWITCH:
        return kv_open_switch(kv, service);
    case KV_BY_GATE:
        return kv_open_gate(kv, service);
    default:
        return kv_open_endpoint(kv, service);
    }
}

enum kv_way kv_way_of(const char *name)
{
    enum kv_way way = 0;
    while (way < KV_WAYS && strcmp(name, kv_way_names[way]) != 0)
        way++;
    return way;
}

bool kv_open_all(struct kv clients[KV_WAYS], handle_t service)
{
    bool good = true;
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        good &= check_eq(kv_open(&clients[way], way, service), STATUS_OK);
    return good;
}

void kv_close_all(struct kv clients[KV_WAYS])
{
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        kv_close(&clients[way]);
}

int64_t kv_put(struct kv *kv, const char *key, const char *value)
{
    return kv_set(kv, key, strlen(key), value, strlen(value));
}

bool kv_has(struct kv *kv, const char *key, const char *value)
{
    char found[256];
    int64_t nbytes = kv_get(kv, key, strlen(key), found, sizeof(found));
    return nbytes == (int64_t)strlen(value) && memcmp(found, value, (size_t)nbytes) == 0;
}

/* --- workers ---------------------------------------------------------------------------------- */

struct kv_pair kv_pair_of(uint64_t number, uint64_t version)
{
    struct kv_pair pair;
    pair.key_bytes = (size_t)snprintf(pair.key, sizeof(pair.key), "key %" PRIu64, number);
    pair.value_bytes =
        (size_t)snprintf(pair.value, sizeof(pair.value), "%" PRIu64 " has %" PRIu64 "%*s", number,
                         version, (int)((number + version) % 64), "");
    return pair;
}

handle_t kv_worker_start(const char *what, enum kv_way way, handle_t service, uint64_t seed,
                         handle_t tally)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, seed);
    const struct program_cap caps[] = {
        {"kv", service, CLIENT_RIGHTS},
        {"tally", tally, RIGHT_SEG_READ | RIGHT_SEG_WRITE},
    };
    handle_t process =
        start(0, (const char *[]){"tests", "kv", what, kv_way_names[way], text, NULL}, caps, 2);
    check(process > 0);
    return process;
}

static uint64_t random_of(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void count(volatile uint64_t *number)
{
    __atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

static const char *add_keys(struct kv *kv, uint64_t *random)
{
    (void)random;
    const struct kv_pair pair = kv_pair_of(kv_tally()->nkeys, 0);
    if (kv_set(kv, pair.key, pair.key_bytes, pair.value, pair.value_bytes) != STATUS_OK)
        return "kv_set";
    count(&kv_tally()->nkeys);
    return NULL;
}

/* Any key that has been added has its value. */
static const char *look_up(struct kv *kv, uint64_t *random)
{
    char value[sizeof(((struct kv_pair *)0)->value)];
    uint64_t nkeys = kv_tally()->nkeys;
    if (nkeys == 0)
        return NULL;
    const struct kv_pair pair = kv_pair_of(random_of(random) % nkeys, 0);
    int64_t nbytes = kv_get(kv, pair.key, pair.key_bytes, value, sizeof(value));
    if (nbytes != (int64_t)pair.value_bytes || memcmp(value, pair.value, pair.value_bytes) != 0)
        return nbytes < 0 ? status_name(nbytes) : "a value";
    if (kv_count(kv) < (int64_t)nkeys)
        return "the count";
    count(&kv_tally()->looks);
    thread_yield(); /* or one that calls a server would have to wait for all others' slices */
    return NULL;
}

#define CHANGED_KEYS 64

static const char *change(struct kv *kv, uint64_t *random)
{
    const struct kv_pair pair =
        kv_pair_of(random_of(random) % CHANGED_KEYS, random_of(random) % 1000);
    int64_t status = random_of(random) % 3 == 0
                         ? kv_delete(kv, pair.key, pair.key_bytes)
                         : kv_set(kv, pair.key, pair.key_bytes, pair.value, pair.value_bytes);
    if (status < 0 && status != STATUS_NOT_FOUND)
        return status_name(status);
    count(&kv_tally()->changes);
    return NULL;
}

int kv_worker_main(const char *what, const char *way, const char *seed)
{
    struct kv kv;
    uint64_t random = strtoull(seed, NULL, 10);
    const char *(*work)(struct kv *, uint64_t *) = strcmp(what, "grows") == 0   ? add_keys
                                                   : strcmp(what, "looks") == 0 ? look_up
                                                                                : change;
    const char *wrong = NULL;
    sys_thread_set_cpu(0, random % kit_system_info().ncpus);
    if (seg_attach(HANDLE_SELF, startup_cap("tally"), ACCESS_DATA) < 0 ||
        kv_open(&kv, kv_way_of(way), startup_cap("kv")) < 0)
        wrong = "a store";
    while (wrong == NULL && !kv_tally()->stop)
        wrong = work(&kv, &random);
    if (wrong == NULL)
        return 0;
    printf("# a worker that %s by %s: wrong: %s\n", what, way, wrong);
    return 1;
}
