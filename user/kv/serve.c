/* Requests and answers: see serve.h. */
#include "serve.h"

#include <string.h>
#include <vasco/cap.h>

#include "sessions.h"

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
    /* The client could change the key while it is looked for; the value may become what he likes. */
    memcpy(bytes, session_memory(session), nbytes);
    const struct kv_bytes key = {bytes, nbytes};
    if (words[0] == KV_GET)
        return kv_store_get(&service->store, key, value,
                            more < KV_VALUE_BYTES_MAX ? more : KV_VALUE_BYTES_MAX);
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

/* --- what goes along with answers ------------------------------------------------------------- */

/* Makes what is to be sent: the other gets a child of it, with the same rights. */
static int64_t give(handle_t cap, uint64_t rights, handle_t *out)
{
    handle_t given = cap_derive(cap, rights | RIGHT_INFO | RIGHT_GRANT, 0);
    if (given < 0)
        return given;
    *out = given;
    return STATUS_OK;
}

static int64_t give_session(const struct service *service, uint64_t place, uint64_t may,
                            handle_t *out)
{
    struct session *session;
    int64_t result = session_begin(service->endpoint, place, may, &session);
    if (result < 0)
        return result;
    int64_t status = give(session->cap, RIGHT_ENDPOINT_CALL, out);
    if (status == STATUS_OK)
        return result;
    session_end(session);
    return status;
}

static int64_t give_vas(const struct service *service, uint64_t may, handle_t *out)
{
    uint64_t access = ACCESS_READ | (may & KV_MAY_WRITE ? ACCESS_WRITE : 0);
    return give(service->store.vas, RIGHT_VAS_VIEW | access, out);
}

static int64_t give_seg(const struct service *service, uint64_t may, handle_t *out)
{
    if ((may & KV_MAY_WRITE) == 0)
        return STATUS_NO_RIGHT;
    return give(service->store.seg, ACCESS_READ | ACCESS_WRITE, out);
}

static int64_t give_buffer(uint64_t badge, uint64_t *base, handle_t *out)
{
    const struct session *session = session_of(badge);
    if (session == NULL)
        return STATUS_BAD_ARGUMENT;
    *base = (uintptr_t)session_memory(session);
    return give(session->buffer, ACCESS_READ | ACCESS_WRITE, out);
}

static int64_t end(uint64_t badge)
{
    struct session *session = session_of(badge);
    if (session == NULL)
        return STATUS_BAD_ARGUMENT;
    session_end(session);
    return STATUS_OK;
}

static int64_t manage(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS],
                      handle_t *out)
{
    const uint64_t may = badge & KV_MAY;
    if ((may & KV_MAY_READ) == 0)
        return STATUS_NO_RIGHT;
    switch (words[0]) {
    case KV_BUFFER:
        return give_buffer(badge, &words[1], out);
    case KV_END:
        return end(badge);
    case KV_OPEN:
        return give_session(service, words[1], may, out);
    case KV_VAS:
        return give_vas(service, may, out);
    case KV_SEG:
        return give_seg(service, may, out);
    default:
        return STATUS_BAD_ARGUMENT;
    }
}

handle_t serve(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS])
{
    handle_t given = 0;
    if (words[0] <= KV_COUNT)
        serve_session(service, badge, words);
    else
        words[0] = (uint64_t)manage(service, badge, words, &given);
    return given;
}
