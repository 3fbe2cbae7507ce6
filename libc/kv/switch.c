/* The way by switching: with what the server hands out for it. */
#include <vasco/cap.h>

#include "client.h"

int64_t kv_open_switch(struct kv *kv, handle_t service)
{
    struct message answer;
    *kv = (struct kv){0};
    int64_t status = kv_ask(service, KV_VAS, 0, &answer);
    if (status < 0)
        return status;
    handle_t vas = answer.caps[0].cap, seg = answer.ncaps > 1 ? answer.caps[1].cap : 0;
    status = kv_store_open(&kv->store, vas, seg);
    if (status == STATUS_OK)
        return STATUS_OK;
    cap_delete(vas);
    if (seg != 0)
        cap_delete(seg);
    return status;
}
