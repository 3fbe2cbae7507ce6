/* What the files of a client know of each other. */
#ifndef KV_CLIENT_H
#define KV_CLIENT_H

#include <vasco/kv_protocol.h>

/* Gives back what there is of a session, dead or not, and forgets it. */
void kv_drop(struct kv *kv);

/* A request by endpoint; *cap is what comes along, or 0. */
int64_t kv_ask(handle_t endpoint, uint64_t words[KV_WORDS], handle_t *cap);

#endif
