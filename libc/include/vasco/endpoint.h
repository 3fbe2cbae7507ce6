/*
 * Endpoints: where threads call a server. Besides the errors named here each call can give
 * BAD_HANDLE, DESTROYED, WRONG_TYPE and NO_RIGHT.
 *
 *     struct message m = {.nwords = 1, .words = {42}};
 *     endpoint_call(service, &m);                 the answer is in m
 *
 *     for (;;) {                                  the server
 *         endpoint_receive(mine, &m);             m.badge says through which capability
 *         m.words[0]++;
 *         endpoint_reply(&m);
 *     }
 *
 * With the words goes a capability, if m.cap is not 0: the sender needs GRANT of it, the receiver
 * gets a child of it with the same rights, and finds its handle in m.cap.
 */
#ifndef VASCO_ENDPOINT_H
#define VASCO_ENDPOINT_H

#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/* Creates an endpoint. Returns a capability with all rights. Errors: NO_MEMORY, NO_SLOT. */
static inline handle_t endpoint_create(const char *name)
{
    const struct name_words words = name_words(name);
    return sys_endpoint_create(words.lo, words.hi, 0);
}

/*
 * Sends a message and blocks until it is answered; the answer replaces the message. Needs ENDPOINT:
 * CALL. Errors: BAD_ADDRESS, TOO_LARGE (nwords), ENDED (the server ended before it answered),
 * DESTROYED (the endpoint was destroyed before the message was received), NO_SLOT and NO_MEMORY (no
 * room for the capability, on either side), BUSY (as cap_place).
 */
static inline int64_t endpoint_call(handle_t endpoint, struct message *message)
{
    return sys_endpoint_call(endpoint, (uintptr_t)message);
}

/* Blocks until there is a call and takes its message. Needs ENDPOINT: RECEIVE. Errors: BAD_ADDRESS,
 * BUSY (the last call has not been answered), DESTROYED. */
static inline int64_t endpoint_receive(handle_t endpoint, struct message *message)
{
    return sys_endpoint_receive(endpoint, (uintptr_t)message);
}

/* Answers the call that this thread has received. Does not block. Errors: BAD_ADDRESS, TOO_LARGE,
 * ENDED (nobody waits for the answer any more). */
static inline int64_t endpoint_reply(const struct message *message)
{
    return sys_endpoint_reply((uintptr_t)message);
}

#endif
