/*
 * floor 6: how a message gets from one thread to another. It lies in the registers of the sender,
 * saved in its context, and in a struct message that those may name (abi/types.h); it goes at once
 * to the registers and the struct message of the receiver. The kernel keeps no copy.
 */
#ifndef VASCO_OBJ_MESSAGE_H
#define VASCO_OBJ_MESSAGE_H

#include <arch/context.h>

#include "base/status.h"
#include "base/types.h"

struct thread;

/* Four words or fewer, and neither capabilities nor a deadline: what the fast paths take, for which
 * context_hand_message is all there is to do. */
static inline bool message_is_simple(uint64_t tag)
{
    return (tag & MESSAGE_TAG(UINT32_MAX, UINT16_MAX, MESSAGE_DEADLINE)) <= MESSAGE_SHORT_WORDS;
}

static inline bool message_has(uint64_t tag, uint64_t flag)
{
    return (tag & MESSAGE_TAG(0, 0, flag)) != 0;
}

/* Is the message of a thread good, as far as can be said before it is sent? TOO_LARGE,
 * BAD_ARGUMENT, BAD_ADDRESS, and what is wrong with its capabilities. */
status_t must_check message_check(const struct thread *from);

/* Who has to hear of it if a message could not be sent. */
enum message_fault {
    MESSAGE_SENT,
    MESSAGE_IS_BAD,  /* the sender: something is wrong with the message */
    MESSAGE_NO_ROOM, /* the receiver takes no such message, or has no room for its capabilities */
    MESSAGE_NOWHERE, /* the receiver's struct message cannot be written */
};

/* Sends what is in the registers of `from` to those of `to`. If it fails nothing has happened, and
 * *status says why. */
enum message_fault must_check message_send(struct thread *from, struct thread *to, uint64_t badge,
                                           status_t *status);

#endif
