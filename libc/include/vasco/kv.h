/*
 * The client's side of the key-value store that the program `kv` serves, in three ways:
 *
 *   by endpoint   each call is a message to the server's thread, which answers one after the other
 *   by gate       the calling thread runs the server's code itself, in the server's process
 *   by switching  the calling thread goes into the store's VAS itself, under its locks
 *
 *     struct kv kv;
 *     kv_open_switch(&kv, service);               or kv_open_gate, kv_open_endpoint
 *     kv_set(&kv, "key", 3, "value", 5);
 *     int64_t nbytes = kv_get(&kv, "key", 3, buffer, sizeof(buffer));
 *     kv_close(&kv);
 *
 * `service` is a capability to the server's endpoint, which whoever starts the server hands out.
 * Its badge (kv_badge) says whether the client may write; whichever way is taken, nobody can do
 * more. Who switches is trusted more: see vasco/kv_store.h, which says too what keys and values
 * are, and what becomes of a change in the middle of which its thread ends.
 *
 * A server that ends takes nothing with it but its answers: calls that are in progress give ENDED,
 * by endpoint others DESTROYED when its endpoint is destroyed. Who switches goes on. Only if
 * somebody destroys the pool that the server is charged to, nothing is left to go on with, neither
 * the store nor the buffers that clients share with the server: who touches them faults.
 *
 * A struct kv is for one thread at a time. Calls are made at home and block: for the server, or for
 * the locks of the store. Besides the errors named here each can give those of endpoint_call, of
 * gate_call, or of vas_switch. NO_STACK: many others have been in the server's gate for long.
 */
#ifndef VASCO_KV_H
#define VASCO_KV_H

#include <vasco/kv_store.h>

#define KV_MAY_READ 1
#define KV_MAY_WRITE 2

/* The badge of a capability to the server's endpoint. Without one it is good for nothing: it could
 * be given any. `may` is KV_MAY_READ, with or without KV_MAY_WRITE. */
static inline uint64_t kv_badge(uint64_t may)
{
    return may;
}

struct kv;

/* How requests get to the server. Returns the result, or a status. */
typedef int64_t kv_transport(const struct kv *kv, uint64_t words[4]);

struct kv {
    struct kv_store store; /* who switches */
    handle_t session;      /* who does not: capabilities that name his session to the server, */
    handle_t gate;         /* to its endpoint and to its gate, */
    handle_t buffer;       /* and memory that both see, for key and value */
    unsigned char *memory;
    kv_transport *transport; /* null: by switching */
};

/*
 * Opens the store, to write if `service` may. Needs ENDPOINT: CALL. Errors: NO_RIGHT, NO_SLOT (not
 * by switching: the server has KV_SESSIONS_MAX clients, or no place for a buffer that is free in
 * this home too), NO_MEMORY.
 */
int64_t kv_open_switch(struct kv *kv, handle_t service);
int64_t kv_open_gate(struct kv *kv, handle_t service);
int64_t kv_open_endpoint(struct kv *kv, handle_t service);

/* Ends what open has begun. A client that ends without it is found out in time. */
void kv_close(struct kv *kv);

/* The value of a key, of which `room` bytes are copied at most. Returns how many it has. Errors:
 * NOT_FOUND, TOO_LARGE (the key has more than KV_KEY_BYTES_MAX bytes, or none), NO_RIGHT. */
int64_t kv_get(struct kv *kv, const void *key, size_t key_bytes, void *value, size_t room);

/* Sets the value of a key. Errors: TOO_LARGE, NO_RIGHT, NO_MEMORY (nothing has changed). */
int64_t kv_set(struct kv *kv, const void *key, size_t key_bytes, const void *value,
               size_t value_bytes);

/* Takes a key away. Errors: NOT_FOUND, TOO_LARGE, NO_RIGHT. */
int64_t kv_delete(struct kv *kv, const void *key, size_t key_bytes);

/* How many keys there are. Errors: NO_RIGHT. */
int64_t kv_count(struct kv *kv);

#endif
