/*
 * A key-value server of a test's own, clients of it in every way, and processes that work on it
 * until they are killed.
 */
#ifndef TESTS_KV_KIT_H
#define TESTS_KV_KIT_H

#include <stdbool.h>
#include <vasco/kv.h>

#include "kit.h"

struct kv_server {
    handle_t process;
    handle_t endpoint; /* without a badge */
    handle_t reader;   /* what clients are given */
    handle_t writer;
};

/* `name`: under which it enters the registry, with mode 0640; null: it does not. Or in a pool. */
bool kv_server_start(struct kv_server *server, const char *name);
bool kv_server_start_in(struct kv_server *server, handle_t pool, const char *name);

/* Ends it, if it has not ended. Its clients have been closed. */
void kv_server_end(struct kv_server *server);

/* The ways; the name of each for notes. */
enum kv_way {
    KV_BY_SWITCH,
    KV_BY_GATE,
    KV_BY_ENDPOINT,
    KV_WAYS,
};
extern const char *const kv_way_names[KV_WAYS];
enum kv_way kv_way_of(const char *name);
int64_t kv_open(struct kv *kv, enum kv_way way, handle_t service);

/* One client in each way. */
bool kv_open_all(struct kv clients[KV_WAYS], handle_t service);
void kv_close_all(struct kv clients[KV_WAYS]);

/* Short keys and values of a test, as text without the null byte. */
int64_t kv_put(struct kv *kv, const char *key, const char *value);
bool kv_has(struct kv *kv, const char *key, const char *value);

/* --- workers: this program as another process ------------------------------------------------- */

/* Ends with status 1 when it has found something wrong, and says what. */
int kv_worker_main(const char *what, const char *way, const char *seed);

/* On the CPU that the seed says. `what` is "grows": adds keys; "looks": reads those that are there;
 * "changes": sets and deletes. */
handle_t kv_worker_start(const char *what, enum kv_way way, handle_t service, uint64_t seed,
                         handle_t tally);

/* What workers count, at home in each. */
#define KV_TALLY 0x20000000
struct kv_tally {
    volatile uint64_t nkeys; /* that "grows" has added */
    volatile uint64_t looks;
    volatile uint64_t changes;
    volatile uint64_t stop;
};

static inline struct kv_tally *kv_tally(void)
{
    return (struct kv_tally *)(uintptr_t)KV_TALLY;
}

/* The key of this number, and a value that only it has: of more bytes than the key. */
struct kv_pair {
    char key[40];
    char value[120];
    size_t key_bytes, value_bytes;
};
struct kv_pair kv_pair_of(uint64_t number, uint64_t version);

#endif
