/* A client's calls, whichever way they go: see vasco/kv.h. */
#include "client.h"

#include <string.h>
#include <vasco/cap.h>
#include <vasco/seg.h>

static struct kv_bytes bytes_of(const void *bytes, size_t nbytes)
{
    return (struct kv_bytes){bytes, nbytes};
}

/* Puts the key into the buffer, and asks. */
static int64_t ask(struct kv *kv, enum kv_request request, struct kv_bytes key, uint64_t more)
{
    uint64_t words[KV_WORDS] = {request, key.nbytes, more};
    if (key.nbytes == 0 || key.nbytes > KV_KEY_BYTES_MAX)
        return STATUS_TOO_LARGE;
    memcpy(kv->memory, key.bytes, key.nbytes);
    return kv->transport(kv, words);
}

int64_t kv_get(struct kv *kv, const void *key, size_t key_bytes, void *value, size_t room)
{
    if (kv->transport == NULL)
        return kv_store_get(&kv->store, bytes_of(key, key_bytes), value, room);
    int64_t nbytes = ask(kv, KV_GET, bytes_of(key, key_bytes), room);
    if (nbytes > KV_VALUE_BYTES_MAX)
        return STATUS_BAD_ARGUMENT;
    if (nbytes > 0)
        memcpy(value, kv->memory + KV_VALUE_OFFSET, (size_t)nbytes < room ? (size_t)nbytes : room);
    return nbytes;
}

int64_t kv_set(struct kv *kv, const void *key, size_t key_bytes, const void *value,
               size_t value_bytes)
{
    if (kv->transport == NULL)
        return kv_store_set(&kv->store, bytes_of(key, key_bytes), bytes_of(value, value_bytes));
    if (value_bytes > KV_VALUE_BYTES_MAX)
        return STATUS_TOO_LARGE;
    memcpy(kv->memory + KV_VALUE_OFFSET, value, value_bytes);
    return ask(kv, KV_SET, bytes_of(key, key_bytes), value_bytes);
}

int64_t kv_delete(struct kv *kv, const void *key, size_t key_bytes)
{
    if (kv->transport == NULL)
        return kv_store_delete(&kv->store, bytes_of(key, key_bytes));
    return ask(kv, KV_DELETE, bytes_of(key, key_bytes), 0);
}

int64_t kv_count(struct kv *kv)
{
    uint64_t words[KV_WORDS] = {KV_COUNT};
    if (kv->transport == NULL)
        return kv_store_count(&kv->store);
    return kv->transport(kv, words);
}

/* The server may be gone, or have given the session up. */
void kv_close(struct kv *kv)
{
    uint64_t words[KV_WORDS] = {KV_END};
    if (kv->transport == NULL) {
        kv_store_close(&kv->store);
        return;
    }
    if (kv->memory != NULL)
        seg_detach(HANDLE_SELF, kv->buffer);
    endpoint_call_short(kv->session, words);
    cap_delete(kv->buffer);
    cap_delete(kv->gate);
    cap_delete(kv->session);
    *kv = (struct kv){0};
}
