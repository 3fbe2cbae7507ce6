/* Requests and answers: see serve.h. */
#include "serve.h"

#include <string.h>

/* --- of a session ----------------------------------------------------------------------------- */

static int64_t act(const struct service *service, const struct session *session,
                   const uint64_t words[KV_WORDS])
{
    unsigned char bytes[KV_KEY_BYTES_MAX];
    unsigned char *value = session_memory(session) + KV_VALUE_OFFSET;
    const uint64_t nbytes = words[1], more = words[2];
    if (words[0] == KV_COUNT)
        return kv_store_count(&service->store);
    if (nbytes == 0 || nbytes > sizeof(bytes))
        return STATUS_TOO_LARGE;
    /* The client could change the key while it is looked for; a value may become what he likes. */
    memcpy(bytes, session_memory(session), nbytes);
    const struct kv_bytes key = {bytes, nbytes};
    if (words[0] == KV_GET)
        return kv_store_get(&service->store, key, value, more);
    if ((session->may & KV_MAY_WRITE) == 0)
        return STATUS_NO_RIGHT;
    if (words[0] == KV_DELETE)
        return kv_store_delete(&service->store, key);
    return kv_store_set(&service->store, key, (struct kv_bytes){value, more});
}

void serve_session(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS])
{
    const struct session *session = session_of(badge);
    int64_t result = STATUS_BAD_ARGUMENT;
    if (session != NULL && words[0] <= KV_COUNT)
        result = act(service, session, words);
    words[0] = (uint64_t)result;
}

/* --- capabilities ----------------------------------------------------------------------------- */

/* The capabilities that go with an answer. */
struct gifts {
    size_t n;
    struct message_cap *caps;
};

static void give(struct gifts *gifts, handle_t cap, uint64_t rights)
{
    gifts->caps[gifts->n++] = (struct message_cap){cap, rights | RIGHT_INFO | RIGHT_GRANT};
}

static int64_t give_session(const struct service *service, uint64_t may, uint64_t words[KV_WORDS],
                            struct gifts *gifts)
{
    struct session *session;
    int64_t place = session_begin(&service->doors, words[1], may, &session);
    if (place < 0)
        return place;
    words[1] = (uintptr_t)session_memory(session);
    give(gifts, session->cap, RIGHT_ENDPOINT_CALL);
    give(gifts, session->buffer, ACCESS_READ | ACCESS_WRITE);
    give(gifts, session->gate, RIGHT_GATE_CALL);
    return place;
}

static int64_t give_store(const struct kv_store *store, uint64_t may, struct gifts *gifts)
{
    uint64_t access = ACCESS_READ | (may & KV_MAY_WRITE ? ACCESS_WRITE : 0);
    give(gifts, store->vas, RIGHT_VAS_VIEW | access);
    if (may & KV_MAY_WRITE)
        give(gifts, store->seg, access);
    return STATUS_OK;
}

static int64_t end(uint64_t badge)
{
    struct session *session = session_of(badge);
    if (session == NULL)
        return STATUS_BAD_ARGUMENT;
    session_end(session);
    return STATUS_OK;
}

size_t serve(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS],
             struct message_cap caps[MESSAGE_CAPS])
{
    struct gifts gifts = {0, caps};
    const uint64_t may = badge & KV_MAY, request = words[0];
    int64_t result = STATUS_BAD_ARGUMENT;
    if (request <= KV_COUNT) {
        serve_session(service, badge, words);
        return 0;
    }
    if ((may & KV_MAY_READ) == 0)
        result = STATUS_NO_RIGHT;
    else if (request == KV_END)
        result = end(badge);
    else if (request == KV_OPEN)
        result = give_session(service, may, words, &gifts);
    else if (request == KV_VAS)
        result = give_store(&service->store, may, &gifts);
    words[0] = (uint64_t)result;
    return gifts.n;
}
