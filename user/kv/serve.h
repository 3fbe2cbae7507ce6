/*
 * What the server does with a request, by whichever way it has come: four words, changed into the
 * answer. It trusts nothing of them but the badge, which the kernel has put there.
 */
#ifndef KV_SERVE_H
#define KV_SERVE_H

#include <vasco/endpoint.h>
#include <vasco/kv_protocol.h>

#include "sessions.h"

/* What is served, and where. */
struct service {
    struct kv_store store;
    struct doors doors;
};

/* Answers a request of a session. Safe for threads at once, of one session too (what they get from
 * its buffer then is their affair), and if the session ends meanwhile. */
void serve_session(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS]);

/* Answers any request. What is to go with the answer is put into `caps`; returns how many. */
size_t serve(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS],
             struct message_cap caps[MESSAGE_CAPS]);

#endif
