/*
 * The sessions of the server: each has a buffer, which lies at a place of its own in the server's
 * home and in the client's. A session lasts until its client says that it is over, or nobody has
 * its capability any more; that is found out when another one is opened.
 */
#ifndef KV_SESSIONS_H
#define KV_SESSIONS_H

#include <vasco/kv_protocol.h>

struct session {
    handle_t cap;    /* to the endpoint, with the session's badge; 0: there is no session */
    handle_t gate;   /* the same, to the gate */
    handle_t buffer; /* a segment at home */
    uint64_t may;    /* KV_MAY_... */
};

/* The session that a badge names, or null. */
struct session *session_of(uint64_t badge);

/* What sessions' capabilities are derived from: without a badge. */
struct doors {
    handle_t endpoint, gate;
};

/* Begins a session at the first free place from `place` on. Returns the place. Errors: NO_SLOT,
 * NO_MEMORY. */
int64_t session_begin(const struct doors *doors, uint64_t place, uint64_t may,
                      struct session **out);

/* Its capabilities go dead in every hand, who is in the gate through one is thrown back, and its
 * buffer goes from every home. */
void session_end(struct session *session);

/* Where its buffer lies. */
unsigned char *session_memory(const struct session *session);

#endif
