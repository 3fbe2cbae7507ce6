/*
 * Endpoints: where threads call a server. Besides the errors named here each call can give
 * BAD_HANDLE, DESTROYED, WRONG_TYPE and NO_RIGHT.
 *
 *     struct message m = {.nwords = 1, .words = {42}};
 *     endpoint_call(service, &m);                  the answer is in m
 *
 *     int64_t status = endpoint_receive(mine, &m); the server
 *     while (status == STATUS_OK) {
 *         m.words[0]++;                            m.badge says through which capability
 *         status = endpoint_reply_receive(mine, &m);
 *     }
 *
 * With up to 40 words go up to four capabilities (m.ncaps, m.caps): the sender needs GRANT of each,
 * and says which of its rights the receiver gets; that one finds a child of each in its own table.
 * Words that a message does not have are left as they were in a struct message that receives it.
 *
 * The first eight words travel in registers. A message of four words or fewer without capabilities,
 * to a server that waits on the same CPU, goes straight from one thread to the other.
 */
#ifndef VASCO_ENDPOINT_H
#define VASCO_ENDPOINT_H

#include <stddef.h>
#include <stdint.h>
#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/* A deadline, as clock_read() tells the time in nanoseconds: none. */
#define ENDPOINT_FOREVER UINT64_MAX

/* Creates an endpoint. Returns a capability with all rights. Errors: NO_MEMORY, NO_SLOT. */
static inline handle_t endpoint_create(const char *name)
{
    const struct name_words words = name_words(name);
    return sys_endpoint_create(words.lo, words.hi, 0);
}

_Static_assert(offsetof(struct message, badge) == 8 && offsetof(struct message, words) == 80,
               "message.asm has these offsets");

/* In message.asm. `buffer` is where the kernel finds and puts what does not fit in registers: the
 * message itself. */
int64_t message_exchange(uint64_t number, handle_t endpoint, struct message *message,
                         uint64_t deadline, uintptr_t buffer);
int64_t message_answer(uint64_t number, const struct message *message, uintptr_t buffer);

/*
 * Sends a message and blocks until it is answered; the answer replaces the message. Needs ENDPOINT:
 * CALL, and GRANT of the capabilities. The server runs at the caller's priority until then. Errors:
 * BAD_ADDRESS, BAD_ARGUMENT (a right that there is not), TOO_LARGE (nwords or ncaps; or the other
 * side takes no message so large), ENDED (the server ended before it answered), DESTROYED (the
 * endpoint was destroyed before the message was received), NO_SLOT and NO_MEMORY (no room for the
 * capabilities, on either side), BUSY (as cap_place).
 */
static inline int64_t endpoint_call(handle_t endpoint, struct message *message)
{
    return message_exchange(SYSCALL_endpoint_call, endpoint, message, ENDPOINT_FOREVER,
                            (uintptr_t)message);
}

/* The same, but waits until clock_read() is `deadline` at most: TIMED_OUT. The server may have
 * received the message, and then hears that nobody waits for its answer. */
static inline int64_t endpoint_call_until(handle_t endpoint, struct message *message,
                                          uint64_t deadline)
{
    return message_exchange(SYSCALL_endpoint_call, endpoint, message, deadline, (uintptr_t)message);
}

/* Blocks until there is a call, the most urgent first, and takes its message. Needs ENDPOINT:
 * RECEIVE. Errors: BAD_ADDRESS, BUSY (the last call has not been answered), DESTROYED. */
static inline int64_t endpoint_receive(handle_t endpoint, struct message *message)
{
    return message_exchange(SYSCALL_endpoint_receive, endpoint, message, ENDPOINT_FOREVER,
                            (uintptr_t)message);
}

/* The same, until `deadline` at most: TIMED_OUT. With a deadline of 0 it takes what is there. */
static inline int64_t endpoint_receive_until(handle_t endpoint, struct message *message,
                                             uint64_t deadline)
{
    return message_exchange(SYSCALL_endpoint_receive, endpoint, message, deadline,
                            (uintptr_t)message);
}

/* Answers the call that this thread has received, once. Does not block. Needs GRANT of the
 * capabilities. Errors: BAD_ADDRESS, BAD_ARGUMENT, TOO_LARGE, ENDED (nobody waits for the answer
 * any more). What the caller has no room for is the caller's error. */
static inline int64_t endpoint_reply(const struct message *message)
{
    return message_answer(SYSCALL_endpoint_reply, message, (uintptr_t)message);
}

/* Answers, if there is a call and its caller still waits, and blocks until there is the next: one
 * system call for a server's turn. Needs ENDPOINT: RECEIVE, and GRANT of the capabilities. Errors:
 * BAD_ADDRESS, BAD_ARGUMENT, TOO_LARGE, those of a capability: the answer is wrong, nothing has
 * happened, and the call can still be answered. Others: as endpoint_receive. */
static inline int64_t endpoint_reply_receive(handle_t endpoint, struct message *message)
{
    return message_exchange(SYSCALL_endpoint_reply_receive, endpoint, message, ENDPOINT_FOREVER,
                            (uintptr_t)message);
}

/* The same; `deadline` is that of the receive. */
static inline int64_t endpoint_reply_receive_until(handle_t endpoint, struct message *message,
                                                   uint64_t deadline)
{
    return message_exchange(SYSCALL_endpoint_reply_receive, endpoint, message, deadline,
                            (uintptr_t)message);
}

/* --- four words, and nothing but registers ---------------------------------------------------- */

/* One such system call: the words, the tag, and what RDI is before and after it. */
static inline int64_t message_short(uint64_t number, uint64_t *rdi, uint64_t nwords,
                                    uint64_t words[MESSAGE_SHORT_WORDS])
{
    int64_t result = (int64_t)number;
    uint64_t tag = MESSAGE_TAG(nwords, 0, MESSAGE_SHORT);
    register uint64_t word1 __asm__("r10") = words[1];
    register uint64_t word2 __asm__("r8") = words[2];
    register uint64_t word3 __asm__("r9") = words[3];
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(*rdi), "+S"(tag), "+d"(words[0]), "+r"(word1),
                       "+r"(word2), "+r"(word3)
                     :
                     : "rcx", "r11", "memory");
    words[1] = word1;
    words[2] = word2;
    words[3] = word3;
    return result;
}

/* As endpoint_call, with four words; the answer has at most four, in their place. Errors: TOO_LARGE
 * (the answer has more). */
static inline int64_t endpoint_call_short(handle_t endpoint, uint64_t words[MESSAGE_SHORT_WORDS])
{
    uint64_t rdi = (uint64_t)endpoint;
    return message_short(SYSCALL_endpoint_call, &rdi, MESSAGE_SHORT_WORDS, words);
}

/* As endpoint_receive, for calls of at most four words; longer ones fail with TOO_LARGE for their
 * callers. */
static inline int64_t endpoint_receive_short(handle_t endpoint, uint64_t words[MESSAGE_SHORT_WORDS],
                                             uint64_t *badge_out)
{
    *badge_out = (uint64_t)endpoint;
    return message_short(SYSCALL_endpoint_receive, badge_out, 0, words);
}

/* As endpoint_reply_receive, for answers of four words, and calls as endpoint_receive_short has
 * them. */
static inline int64_t endpoint_reply_receive_short(handle_t endpoint,
                                                   uint64_t words[MESSAGE_SHORT_WORDS],
                                                   uint64_t *badge_out)
{
    *badge_out = (uint64_t)endpoint;
    return message_short(SYSCALL_endpoint_reply_receive, badge_out, MESSAGE_SHORT_WORDS, words);
}

/* --- capabilities in messages ----------------------------------------------------------------- */

/* Adds a capability to a message: it goes along, with these rights or MESSAGE_ALL_RIGHTS: at most
 * MESSAGE_CAPS. */
static inline void message_add_cap(struct message *message, handle_t cap, uint64_t rights)
{
    message->caps[message->ncaps++] = (struct message_cap){cap, rights};
}

/* The first capability that came with a message, or 0. */
static inline handle_t message_cap(const struct message *message)
{
    return message->ncaps > 0 ? message->caps[0].cap : 0;
}

#endif
