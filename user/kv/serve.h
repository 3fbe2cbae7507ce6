/*
 * What the server does with a request, by whichever way it has come: four words, changed into the
 * answer. It trusts nothing of them but the badge, which the kernel has put there.
 */
#ifndef KV_SERVE_H
#define KV_SERVE_H

#include <vasco/kv_protocol.h>

/* What is served, and where. */
struct service {
    struct kv_store store;
    handle_t endpoint; /* without a badge */
};

/* Answers a request of a session. Safe for threads at once, as long as each has its own session. */
void serve_session(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS]);

/* Answers any request. Returns a capability to go with the answer and then to be dropped, or 0. */
handle_t serve(const struct service *service, uint64_t badge, uint64_t words[KV_WORDS]);

#endif
