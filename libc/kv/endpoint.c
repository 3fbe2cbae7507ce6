/* The way by endpoint: opening a session, and its messages. */
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/seg.h>

#include "client.h"

int64_t kv_ask(handle_t endpoint, uint64_t words[KV_WORDS], handle_t *cap)
{
    struct message message = {.nwords = KV_WORDS};
    for (int i = 0; i < KV_WORDS; i++)
        message.words[i] = words[i];
    *cap = 0;
    int64_t status = endpoint_call(endpoint, &message);
    if (status < 0)
        return status;
    *cap = message.cap;
    for (int i = 0; i < KV_WORDS; i++)
        words[i] = message.words[i];
    return (int64_t)words[0];
}

static int64_t call(handle_t session, uint64_t words[KV_WORDS])
{
    handle_t none;
    return kv_ask(session, words, &none);
}

static int64_t open_buffer(struct kv *kv)
{
    uint64_t words[KV_WORDS] = {KV_BUFFER};
    int64_t status = kv_ask(kv->session, words, &kv->buffer);
    if (status == STATUS_OK)
        status = seg_attach(HANDLE_SELF, kv->buffer, ACCESS_READ | ACCESS_WRITE);
    if (status == STATUS_OK)
        kv->memory = (unsigned char *)words[1];
    return status;
}

/* Another server's buffer may lie here at home where this one has place: then the next is tried. */
int64_t kv_open_endpoint(struct kv *kv, handle_t service)
{
    int64_t place = -1, status;
    do {
        uint64_t words[KV_WORDS] = {KV_OPEN, (uint64_t)place + 1};
        *kv = (struct kv){.transport = call};
        place = kv_ask(service, words, &kv->session);
        if (place < 0)
            return place;
        status = open_buffer(kv);
        if (status < 0)
            kv_close(kv);
    } while (status == STATUS_COLLISION);
    return status;
}
