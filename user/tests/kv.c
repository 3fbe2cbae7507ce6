/* The key-value store: what it keeps, in every way at once, and who may do what. */
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/registry.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/vas.h>

#include "kv_kit.h"
#include "smp.h"
#include "test.h"

void test_kv_ways_see_the_same(void)
{
    struct kv_server server;
    struct kv clients[KV_WAYS];
    require(kv_server_start(&server, NULL) && kv_open_all(clients, server.writer));
    for (enum kv_way one = 0; one < KV_WAYS; one++) {
        check_eq(kv_put(&clients[one], "colour", kv_way_names[one]), STATUS_OK);
        check_eq(kv_put(&clients[one], kv_way_names[one], ""), STATUS_OK);
        for (enum kv_way other = 0; other < KV_WAYS; other++) {
            check(kv_has(&clients[other], "colour", kv_way_names[one]));
            check(kv_has(&clients[other], kv_way_names[one], ""));
            check_eq(kv_count(&clients[other]), 2);
        }
        check_eq(kv_delete(&clients[one], kv_way_names[one], strlen(kv_way_names[one])), STATUS_OK);
        for (enum kv_way other = 0; other < KV_WAYS; other++) {
            check_eq(kv_delete(&clients[other], kv_way_names[one], strlen(kv_way_names[one])),
                     STATUS_NOT_FOUND);
            check_eq(kv_get(&clients[other], kv_way_names[one], strlen(kv_way_names[one]), NULL, 0),
                     STATUS_NOT_FOUND);
            check_eq(kv_count(&clients[other]), 1);
        }
    }
    check_eq(kv_store_check(&clients[KV_BY_SWITCH].store), STATUS_OK);
    kv_close_all(clients);
    kv_server_end(&server);
}

/* The byte at a place of a long value. */
static unsigned char byte_at(size_t i, unsigned char mark)
{
    return (unsigned char)(i * 7 + i / 251 + mark);
}

/* Sets a value of `nbytes`, and sees that each way gives it whole, and of too small a room as much
 * as fits. */
static void check_value(struct kv clients[KV_WAYS], enum kv_way way, size_t nbytes)
{
    static unsigned char value[KV_VALUE_BYTES_MAX], found[KV_VALUE_BYTES_MAX];
    static const char key[] = {0, 1, 0};
    for (size_t i = 0; i < nbytes; i++)
        value[i] = byte_at(i, (unsigned char)way);
    check_eq(kv_set(&clients[way], key, sizeof(key), value, nbytes), STATUS_OK);
    for (enum kv_way other = 0; other < KV_WAYS; other++) {
        memset(found, 0xee, sizeof(found));
        check_eq(kv_get(&clients[other], key, sizeof(key), found, nbytes / 2), nbytes);
        check_eq(memcmp(found, value, nbytes / 2), 0);
        check_eq(found[nbytes / 2], 0xee);
        check_eq(kv_get(&clients[other], key, sizeof(key), found, SIZE_MAX), nbytes);
        check_eq(memcmp(found, value, nbytes), 0);
        check_eq(kv_count(&clients[other]), 1);
    }
}

void test_kv_values_of_each_size_come_back(void)
{
    static const size_t sizes[] = {0, 1, 7, 8, 255, 256, 28672, 65535, KV_VALUE_BYTES_MAX};
    struct kv_server server;
    struct kv clients[KV_WAYS];
    require(kv_server_start(&server, NULL) && kv_open_all(clients, server.writer));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (enum kv_way way = 0; way < KV_WAYS; way++)
            check_value(clients, way, sizes[i]);
    }
    check_eq(kv_store_check(&clients[KV_BY_SWITCH].store), STATUS_OK);
    kv_close_all(clients);
    kv_server_end(&server);
}

/* Keys that differ in one byte, or in their length alone. */
void test_kv_keys_of_each_size_differ(void)
{
    static char key[KV_KEY_BYTES_MAX + 1];
    struct kv_server server;
    struct kv clients[KV_WAYS];
    size_t found;
    require(kv_server_start(&server, NULL) && kv_open_all(clients, server.writer));
    for (size_t n = 1; n <= KV_KEY_BYTES_MAX; n++) {
        struct kv *kv = &clients[n % KV_WAYS];
        check_eq(kv_set(kv, key, n, &n, sizeof(n)), STATUS_OK);
        key[n - 1] ^= 1;
        check_eq(kv_get(kv, key, n, NULL, 0), STATUS_NOT_FOUND);
        key[n - 1] ^= 1;
    }
    for (enum kv_way way = 0; way < KV_WAYS; way++) {
        struct kv *kv = &clients[way];
        for (size_t n = 1; n <= KV_KEY_BYTES_MAX; n++) {
            check_eq(kv_get(kv, key, n, &found, sizeof(found)), sizeof(found));
            check_eq(found, n);
        }
        check_eq(kv_set(kv, key, 0, "", 0), STATUS_TOO_LARGE);
        check_eq(kv_set(kv, key, KV_KEY_BYTES_MAX + 1, "", 0), STATUS_TOO_LARGE);
        check_eq(kv_set(kv, key, 1, key, KV_VALUE_BYTES_MAX + 1), STATUS_TOO_LARGE);
        check_eq(kv_get(kv, key, 0, NULL, 0), STATUS_TOO_LARGE);
        check_eq(kv_get(kv, key, KV_KEY_BYTES_MAX + 1, NULL, 0), STATUS_TOO_LARGE);
        check_eq(kv_delete(kv, key, 0), STATUS_TOO_LARGE);
        check_eq(kv_count(kv), KV_KEY_BYTES_MAX);
    }
    kv_close_all(clients);
    kv_server_end(&server);
}

/* --- many changes ----------------------------------------------------------------------------- */

#define MODEL_KEYS 500
#define MODEL_CHANGES 6000

/* Whether the store says of every key what the model says: the version of its value, or 0. */
static void check_model(struct kv *kv, const uint64_t versions[MODEL_KEYS])
{
    int64_t nkeys = 0;
    size_t wrong = 0;
    char value[sizeof(((struct kv_pair *)0)->value)];
    for (uint64_t number = 0; number < MODEL_KEYS; number++) {
        const struct kv_pair pair = kv_pair_of(number, versions[number]);
        int64_t nbytes = kv_get(kv, pair.key, pair.key_bytes, value, sizeof(value));
        nkeys += versions[number] != 0;
        if (versions[number] == 0)
            wrong += nbytes != STATUS_NOT_FOUND;
        else
            wrong += nbytes != (int64_t)pair.value_bytes ||
                     memcmp(value, pair.value, pair.value_bytes) != 0;
    }
    check_eq(wrong, 0);
    check_eq(kv_count(kv), nkeys);
}

void test_kv_many_changes_are_those_of_a_model(void)
{
    static uint64_t versions[MODEL_KEYS];
    struct kv_server server;
    struct kv clients[KV_WAYS];
    uint64_t random = 1;
    size_t wrong = 0;
    require(kv_server_start(&server, NULL) && kv_open_all(clients, server.writer));
    memset(versions, 0, sizeof(versions));
    for (uint64_t i = 1; i <= test_scaled(MODEL_CHANGES); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct kv *kv = &clients[i % KV_WAYS];
        uint64_t number = (random >> 33) % MODEL_KEYS;
        const struct kv_pair pair = kv_pair_of(number, i);
        if (random >> 61 == 0) {
            wrong += kv_delete(kv, pair.key, pair.key_bytes) !=
                     (versions[number] != 0 ? STATUS_OK : STATUS_NOT_FOUND);
            versions[number] = 0;
        } else {
            wrong +=
                kv_set(kv, pair.key, pair.key_bytes, pair.value, pair.value_bytes) != STATUS_OK;
            versions[number] = i;
        }
    }
    check_eq(wrong, 0);
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        check_model(&clients[way], versions);
    check_eq(kv_store_check(&clients[KV_BY_SWITCH].store), STATUS_OK);
    kv_close_all(clients);
    kv_server_end(&server);
}

/* --- no memory -------------------------------------------------------------------------------- */

#define POOL_FRAMES 1500 /* for the program, and some 4 MiB of values */
#define LARGE_KEYS_MAX 100

/* Sets large values, by each way in turn, until there is no memory. Returns how many there are. */
static uint32_t fill_up(struct kv clients[KV_WAYS], const void *value)
{
    uint32_t n = 0;
    int64_t status = STATUS_OK;
    while (status == STATUS_OK && n < LARGE_KEYS_MAX) {
        status = kv_set(&clients[n % KV_WAYS], &n, sizeof(n), value, KV_VALUE_BYTES_MAX);
        n += status == STATUS_OK;
    }
    check_eq(status, STATUS_NO_MEMORY);
    return n;
}

/* A store whose pool has nothing left says so, by each way; it keeps what it has, and has room
 * again when something is taken away. */
void test_kv_without_memory_goes_on(void)
{
    static char value[KV_VALUE_BYTES_MAX];
    struct kv_server server;
    struct kv clients[KV_WAYS];
    handle_t pool = kit_pool(POOL_FRAMES);
    require(kv_server_start_in(&server, pool, NULL) && kv_open_all(clients, server.writer));
    uint32_t n = fill_up(clients, value);
    check(n > 10 && n < LARGE_KEYS_MAX);
    for (enum kv_way way = 0; way < KV_WAYS; way++) {
        struct kv *kv = &clients[way];
        check_eq(kv_set(kv, &n, sizeof(n), value, sizeof(value)), STATUS_NO_MEMORY);
        check_eq(kv_count(kv), n);
        for (uint32_t i = 0; i < n; i++)
            check_eq(kv_get(kv, &i, sizeof(i), NULL, 0), sizeof(value));
        uint32_t gone = (uint32_t)way;
        check_eq(kv_delete(kv, &gone, sizeof(gone)), STATUS_OK);
        check_eq(kv_set(kv, &gone, sizeof(gone), value, sizeof(value)), STATUS_OK);
    }
    check_eq(kv_store_check(&clients[KV_BY_SWITCH].store), STATUS_OK);
    kv_close_all(clients);
    kv_server_end(&server);
    kit_drop(pool);
}

/* --- rights ----------------------------------------------------------------------------------- */

void test_kv_reader_can_change_nothing_by_asking(void)
{
    struct kv_server server;
    struct kv writer, readers[KV_WAYS];
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_switch(&writer, server.writer), STATUS_OK);
    require(kv_open_all(readers, server.reader));
    check_eq(kv_put(&writer, "key", "value"), STATUS_OK);
    for (enum kv_way way = 0; way < KV_WAYS; way++) {
        check_eq(kv_put(&readers[way], "key", "other"), STATUS_NO_RIGHT);
        check_eq(kv_put(&readers[way], "new", "other"), STATUS_NO_RIGHT);
        check_eq(kv_delete(&readers[way], "key", 3), STATUS_NO_RIGHT);
        check(kv_has(&readers[way], "key", "value"));
        check_eq(kv_count(&readers[way]), 1);
    }
    kv_close_all(readers);
    kv_close(&writer);
    kv_server_end(&server);
}

/* Goes into the view that its TLS names and stores at an address, then comes home. */
static uint64_t body_store(struct worker *worker)
{
    smp_survive(0);
    vas_switch((handle_t)worker->tls[1]);
    smp_store(worker->argument, ~0ull);
    return vas_switch(HANDLE_HOME) == STATUS_OK ? smp_faults(0)->pages : ~0ull;
}

/* Whatever it tries: with the capabilities that it has been given, and by plain stores. */
void test_kv_reader_can_change_nothing_by_force(void)
{
    struct kv_server server;
    struct kv writer, reader;
    struct link_info link;
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_switch(&writer, server.writer), STATUS_OK);
    require_eq(kv_open_switch(&reader, server.reader), STATUS_OK);
    check_eq(kv_put(&writer, "key", "value"), STATUS_OK);
    check_eq(reader.store.seg, 0);
    check_eq(vas_attach(HANDLE_SELF, reader.store.vas, ACCESS_DATA), STATUS_NO_RIGHT);
    check_eq(vas_clone(reader.store.vas, ACCESS_DATA), STATUS_NO_RIGHT);
    check_eq(seg_set_access(reader.store.vas, writer.store.seg, ACCESS_DATA), STATUS_NO_RIGHT);
    check_eq(seg_detach(reader.store.vas, writer.store.seg), STATUS_NO_RIGHT);
    check_eq(object_destroy(reader.store.vas), STATUS_NO_RIGHT);
    check_eq(vas_link_info(reader.store.vas, 0, &link), STATUS_OK);
    for (uint64_t offset = 0; offset < 256 * KIB; offset += 16 * KIB) {
        struct worker worker = {.argument = link.base + offset,
                                .tls = {0, (uint64_t)reader.store.reads}};
        require(worker_start(&worker, 0, body_store, PRIORITY_DEFAULT));
        check_eq(worker_end(&worker), 1);
    }
    check(kv_has(&reader, "key", "value"));
    check_eq(kv_store_check(&writer.store), STATUS_OK);
    kv_close(&reader);
    kv_close(&writer);
    kv_server_end(&server);
}

/* Without a badge anybody could give himself one. */
void test_kv_needs_a_badge(void)
{
    struct kv_server server;
    struct kv kv;
    require(kv_server_start(&server, NULL));
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        check_eq(kv_open(&kv, way, server.endpoint), STATUS_NO_RIGHT);
    check_eq(cap_derive(server.reader, RIGHT_ENDPOINT_CALL, kv_badge(KV_MAY_READ | KV_MAY_WRITE)),
             STATUS_BAD_ARGUMENT);
    kv_server_end(&server);
}

void test_kv_is_found_in_the_registry(void)
{
    struct kv_server server;
    struct kv kv;
    struct kv_store store;
    handle_t registry = startup_cap("registry");
    require(kv_server_start(&server, "test kv"));
    require_eq(kv_open_endpoint(&kv, server.writer), STATUS_OK);
    check_eq(kv_put(&kv, "key", "value"), STATUS_OK);
    int64_t vas = registry_find(registry, OBJECT_VAS, "test kv");
    int64_t seg = registry_find(registry, OBJECT_SEG, "test kv");
    check_eq(kv_store_open(&store, registry_open(registry, OBJECT_VAS, vas, ACCESS_READ), 0),
             STATUS_OK);
    check_eq(kv_store_count(&store), 1);
    kv_store_close(&store);
    check_eq(kv_store_open(&store, registry_open(registry, OBJECT_VAS, vas, ACCESS_DATA),
                           registry_open(registry, OBJECT_SEG, seg, ACCESS_DATA)),
             STATUS_OK);
    check_eq(kv_store_delete(&store, (struct kv_bytes){(const unsigned char *)"key", 3}),
             STATUS_OK);
    check_eq(kv_count(&kv), 0);
    kv_store_close(&store);
    check_eq(registry_remove(registry, OBJECT_VAS, vas), STATUS_OK);
    check_eq(registry_remove(registry, OBJECT_SEG, seg), STATUS_OK);
    kv_close(&kv);
    kv_server_end(&server);
}
