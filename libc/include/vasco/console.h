/*
 * The console. Programs print by stdio; what is below that, and the console as a service.
 *
 * What a program has under the name "console" is either a capability to the machine's console, or
 * one to the endpoint of the program `console`, which has the former and serves any number of
 * clients: they need not be trusted with the console itself, and their lines are not mixed up. For
 * stdio and the calls here it is the same.
 *
 * The service keeps what a client writes until the line is full, and shows lines whole: longer ones
 * than CONSOLE_LINE_BYTES are broken. What was typed is edited and shown by the service, and given
 * line by line to the client that asks first.
 */
#ifndef VASCO_CONSOLE_H
#define VASCO_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/status.h"
#include "abi/types.h"

/* Writes all, and returns how much that is. Blocks while the service is busy. Errors: BAD_HANDLE
 * (no console), NO_RIGHT, those of endpoint_call. */
int64_t console_write(const char *bytes, size_t nbytes);

/* What was typed, as it came from the machine's console or as lines from the service: at least one
 * byte, at most `room`. Does not wait for it, but blocks while the service is busy. Errors:
 * NO_DATA, BAD_HANDLE (no console), NO_RIGHT, those of endpoint_call. */
int64_t console_poll(char *bytes, size_t room);

/* --- the service ------------------------------------------------------------------------------ */

#define CONSOLE_LINE_BYTES 256

/* The badge of a client's capability: who it is, and whether it may read what is typed. Without a
 * badge it is nobody (NO_RIGHT). */
static inline uint64_t console_badge(uint64_t client, int reads)
{
    return client << 1 | (reads != 0);
}

/* A message: the request, how many bytes, and the bytes. The answer: a status or how many bytes,
 * and with CONSOLE_READ the bytes, in the same places. */
enum console_request {
    CONSOLE_WRITE, /* answers how much of it was taken: all */
    CONSOLE_READ,  /* at most so many bytes; what the client has written of a line is shown first */
};

#define CONSOLE_WORDS 2
#define CONSOLE_BYTES_MAX (8 * (MESSAGE_WORDS - CONSOLE_WORDS))

/* Words of a message that carries so many bytes. */
static inline uint32_t console_nwords(size_t nbytes)
{
    return CONSOLE_WORDS + (uint32_t)((nbytes + 7) / 8);
}

#endif
