/*
 * A key-value store in a VAS, for those who can switch into it: what the server `kv` and those of
 * its clients that do without it (vasco/kv.h) have in common. A store is one lockable segment with
 * a heap, in a VAS of its own; who reads shares its lock, who writes has it alone. It outlives
 * whoever made it, and grows: its memory is charged to the pool of the process that made it, piece
 * by piece, and a touch of it never fails.
 *
 * Keys have 1 to KV_KEY_BYTES_MAX bytes, values 0 to KV_VALUE_BYTES_MAX, of any kind. Calls are
 * made at home, and block until they have the lock. Each may end anywhere, with its thread or its
 * process: the store is whole all the same, and the change has happened or has not. Who writes next
 * frees what was left to be freed.
 *
 * Who may write can write anything: the right to write by switching is one over the whole store,
 * and over the faith of all who read it.
 */
#ifndef VASCO_KV_STORE_H
#define VASCO_KV_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/status.h"
#include "abi/types.h"

#define KV_KEY_BYTES_MAX 128
#define KV_VALUE_BYTES_MAX 65536
#define KV_STORE_BYTES_MAX ((uint64_t)1 << 30)

struct kv_bytes {
    const unsigned char *bytes;
    size_t nbytes;
};

struct kv_table;

struct kv_store {
    handle_t vas, seg;
    handle_t reads, writes; /* views; `writes` is 0 if it may only be read */
    struct kv_table *table;
};

/* Makes an empty store. Errors: NO_MEMORY, NO_SLOT. */
int64_t kv_store_create(struct kv_store *store, const char *name);

/*
 * Opens a store, to write with `seg`, with 0 to read alone. Both capabilities are the store's from
 * then on. Needs of `vas` INFO, VAS: VIEW and READ, to write VAS: WRITE too, and SEG: WRITE.
 * Errors: NOT_FOUND (there is no store in it), NO_RIGHT, NO_MEMORY, NO_SLOT; then they are not.
 */
int64_t kv_store_open(struct kv_store *store, handle_t vas, handle_t seg);

/* Gives back views and capabilities. Does not block. */
void kv_store_close(struct kv_store *store);

/*
 * The value of a key, of which `room` bytes are copied to `value` at most. Returns how many it has.
 * Errors: NOT_FOUND, TOO_LARGE (the key; or it has none), those of vas_switch.
 */
int64_t kv_store_get(const struct kv_store *store, struct kv_bytes key, void *value, size_t room);

/* Sets the value of a key. Errors: NO_RIGHT (it can only be read), TOO_LARGE, NO_MEMORY (nothing
 * has changed), those of vas_switch. */
int64_t kv_store_set(const struct kv_store *store, struct kv_bytes key, struct kv_bytes value);

/* Takes a key away. Errors: NOT_FOUND, NO_RIGHT, TOO_LARGE, those of vas_switch. */
int64_t kv_store_delete(const struct kv_store *store, struct kv_bytes key);

/* How many keys there are. Errors: those of vas_switch. */
int64_t kv_store_count(const struct kv_store *store);

/* Whether table and heap make sense. Looks at everything, under the lock. Errors: BAD_ARGUMENT
 * (somebody has written over them), those of vas_switch. */
int64_t kv_store_check(const struct kv_store *store);

#endif
