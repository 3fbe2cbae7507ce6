/* What the files of a client know of each other. */
#ifndef KV_CLIENT_H
#define KV_CLIENT_H

#include <vasco/endpoint.h>
#include <vasco/kv_protocol.h>

/* A request by endpoint whose answer brings capabilities. Returns what the server answered. */
int64_t kv_ask(handle_t endpoint, uint64_t request, uint64_t argument, struct message *answer);

#endif
