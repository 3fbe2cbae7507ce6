/* Sessions, and the way by endpoint. */
#include <vasco/seg.h>

#include "client.h"

int64_t kv_ask(handle_t endpoint, uint64_t request, uint64_t argument, struct message *answer)
{
    *answer = (struct message){.nwords = KV_WORDS, .words = {request, argument}};
    int64_t status = endpoint_call(endpoint, answer);
    return status < 0 ? status : (int64_t)answer->words[0];
}

static int64_t call(const struct kv *kv, uint64_t words[KV_WORDS])
{
    int64_t status = endpoint_call_short(kv->session, words);
    return status < 0 ? status : (int64_t)words[0];
}

/* Begins a session whose buffer lies at `place` or behind it. Returns where. */
static int64_t open_at(struct kv *kv, handle_t service, uint64_t place)
{
    struct message answer;
    int64_t result = kv_ask(service, KV_OPEN, place, &answer);
    if (result < 0)
        return result;
    *kv = (struct kv){.session = answer.caps[0].cap,
                      .buffer = answer.caps[1].cap,
                      .gate = answer.caps[2].cap,
                      .transport = call};
    int64_t status = seg_attach(HANDLE_SELF, kv->buffer, ACCESS_READ | ACCESS_WRITE);
    if (status < 0) {
        kv_close(kv);
        return status == STATUS_COLLISION ? result : status;
    }
    kv->memory = (unsigned char *)answer.words[1];
    return result;
}

/* Another server's buffer may lie here at home where this one has place: then the next is tried. */
int64_t kv_open_endpoint(struct kv *kv, handle_t service)
{
    int64_t place = -1;
    *kv = (struct kv){0};
    do
        place = open_at(kv, service, (uint64_t)place + 1);
    while (place >= 0 && kv->memory == NULL);
    return place < 0 ? place : STATUS_OK;
}
