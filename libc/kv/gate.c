/* The way by gate: a session as by endpoint, whose calls take another way. */
#include <vasco/gate.h>
#include <vasco/thread.h>

#include "client.h"

/* If all stacks of the gate are in use: how often to look again, and when. */
#define TRIES 200
#define WAIT_NANOSECONDS 1000000

static int64_t call_once(handle_t gate, const uint64_t words[KV_WORDS])
{
    uint64_t answer[GATE_WORDS] = {words[0], words[1], words[2], words[3]};
    int64_t status = gate_call(gate, answer);
    return status < 0 ? status : (int64_t)answer[0];
}

/* NO_STACK is no answer of the server's. */
static int64_t call(const struct kv *kv, uint64_t words[KV_WORDS])
{
    int64_t result = call_once(kv->gate, words);
    for (int i = 0; result == STATUS_NO_STACK && i < TRIES; i++) {
        thread_sleep(WAIT_NANOSECONDS);
        result = call_once(kv->gate, words);
    }
    return result;
}

int64_t kv_open_gate(struct kv *kv, handle_t service)
{
    int64_t status = kv_open_endpoint(kv, service);
    if (status == STATUS_OK)
        kv->transport = call;
    return status;
}
