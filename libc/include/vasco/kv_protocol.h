/*
 * What clients and server of a key-value store say to each other: four words, and four back, of
 * which the first is a status or a result. Keys and values do not go with the words but through the
 * buffer of the client's session, a segment that both have at home at the same address:
 *
 *     0                       KV_VALUE_OFFSET                KV_VALUE_OFFSET + KV_VALUE_BYTES_MAX
 *     | key ...               | value ...                    |
 *
 * The server puts a session's number into the badge of the session's capabilities, so nobody can
 * name the session of another.
 */
#ifndef VASCO_KV_PROTOCOL_H
#define VASCO_KV_PROTOCOL_H

#include <vasco/kv.h>

enum kv_request {
    /* of a session, by endpoint or by gate */
    KV_GET,    /* bytes of the key, room for the value: bytes of the value */
    KV_SET,    /* bytes of the key, of the value */
    KV_DELETE, /* bytes of the key */
    KV_COUNT,
    /* by endpoint alone: of a session, */
    KV_END,
    /* and of anybody */
    KV_OPEN, /* a place for the buffer, from 0, at which to begin to look: the place, and where that
              * is; and a new session's capabilities: to endpoint, buffer and gate */
    KV_VAS,  /* capabilities to the store's VAS and, for writers, to its segment */
    KV_REQUESTS,
};

#define KV_WORDS MESSAGE_SHORT_WORDS

#define KV_SESSIONS_MAX 64
#define KV_GATE_STACKS 6 /* so many clients at once */

/* Where buffers lie: in the first GiB of a home, whose tables are there anyway. */
#define KV_BUFFERS_BASE 0x30000000
#define KV_BUFFER_STEP 0x200000
#define KV_VALUE_OFFSET 256
#define KV_BUFFER_BYTES (KV_VALUE_OFFSET + KV_VALUE_BYTES_MAX)
_Static_assert(KV_KEY_BYTES_MAX <= KV_VALUE_OFFSET, "the key has room");

/* The badge of a session's capability. */
#define KV_MAY (KV_MAY_READ | KV_MAY_WRITE)
#define KV_SESSION_SHIFT 8

static inline uint64_t kv_session_badge(uint64_t number, uint64_t may)
{
    return (number + 1) << KV_SESSION_SHIFT | may;
}

#endif
