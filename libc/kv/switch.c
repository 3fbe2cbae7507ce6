/* The way by switching: what the server hands out for it. */
#include <vasco/cap.h>

#include "client.h"

/* A capability that goes with an answer without words. */
static handle_t ask_for(handle_t service, enum kv_request request)
{
    handle_t cap;
    uint64_t words[KV_WORDS] = {request};
    int64_t status = kv_ask(service, words, &cap);
    return status < 0 ? status : cap;
}

int64_t kv_open_switch(struct kv *kv, handle_t service)
{
    *kv = (struct kv){0};
    handle_t vas = ask_for(service, KV_VAS);
    if (vas < 0)
        return vas;
    handle_t seg = ask_for(service, KV_SEG);
    int64_t status = seg == STATUS_NO_RIGHT || seg > 0 ? STATUS_OK : seg;
    if (status == STATUS_OK)
        status = kv_store_open(&kv->store, vas, seg > 0 ? seg : 0);
    if (status == STATUS_OK)
        return STATUS_OK;
    cap_delete(vas);
    if (seg > 0)
        cap_delete(seg);
    return status;
}
