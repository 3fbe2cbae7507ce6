/*
 * Notifications: 64 bits that are signalled and waited for. A signal sets bits and does not block;
 * who waits for one of them takes it, and it is clear again. Signals that nobody has taken yet are
 * one for each bit. Besides the errors named here each call can give BAD_HANDLE, DESTROYED,
 * WRONG_TYPE and NO_RIGHT.
 *
 *     handle_t n = notification_create("events");
 *     uint64_t bits;
 *     notification_set_timer(n, 1, clock_read() + 1000000, 1000000);    each millisecond
 *     process_watch(child, n, 2);
 *     notification_wait(n, 1 | 2, NOTIFICATION_FOREVER, &bits);
 *
 * A capability with a badge signals no other bits than those of the badge: cap_derive gives each
 * holder its own.
 *
 * A server that is to hear of events between its calls binds a notification to its thread:
 *
 *     notification_bind(n);
 *     while (endpoint_receive(mine, &m) == STATUS_OK) {
 *         if (message_is_events(&m))
 *             ... m.words[0] are the bits; there is nothing to answer
 */
#ifndef VASCO_NOTIFICATION_H
#define VASCO_NOTIFICATION_H

#include <stdbool.h>
#include <stdint.h>
#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/* A deadline, or the time of a timer: none. */
#define NOTIFICATION_FOREVER UINT64_MAX

/* Creates a notification, all bits clear. Returns a capability with all rights. Errors: NO_MEMORY,
 * NO_SLOT. */
static inline handle_t notification_create(const char *name)
{
    const struct name_words words = name_words(name);
    return sys_notification_create(words.lo, words.hi, 0);
}

/* The same, charged to a pool (vasco/pool.h). Needs POOL: CHARGE. */
static inline handle_t notification_create_in(handle_t pool, const char *name)
{
    const struct name_words words = name_words(name);
    return sys_notification_create(words.lo, words.hi, pool);
}

/* Sets bits, and wakes who waits for them. Does not block. Needs NOTIFICATION: SIGNAL. Errors:
 * BAD_ARGUMENT (the capability has a badge, and it lacks one of the bits). */
static inline int64_t notification_signal(handle_t notification, uint64_t bits)
{
    int64_t result = SYSCALL_notification_signal;
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(notification), "+S"(bits)
                     :
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
    return result;
}

/*
 * Blocks until a bit of `mask` is set, or clock_read() is `deadline`; clears those that are set,
 * and returns them in *bits_out. Of several who wait for a bit the most urgent takes it, of one
 * priority who came first. Needs NOTIFICATION: WAIT. Errors: TIMED_OUT, BAD_HANDLE (the capability
 * has been taken away meanwhile), BAD_ARGUMENT (a mask of 0), BUSY (it is bound to another thread),
 * NO_SLOT (NOTIFICATION_WAITERS_MAX wait already). *bits_out is 0 then.
 */
static inline int64_t notification_wait(handle_t notification, uint64_t mask, uint64_t deadline,
                                        uint64_t *bits_out)
{
    int64_t result = SYSCALL_notification_wait;
    uint64_t rdi = (uint64_t)notification;
    uint64_t bits = deadline;
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(rdi), "+S"(mask), "+d"(bits)
                     :
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    *bits_out = result == STATUS_OK ? bits : 0;
    return result;
}

/* The same without waiting. Does not block. Errors: NO_DATA (none of the bits is set). */
static inline int64_t notification_poll(handle_t notification, uint64_t mask, uint64_t *bits_out)
{
    int64_t result = notification_wait(notification, mask, 0, bits_out);
    return result == STATUS_TIMED_OUT ? STATUS_NO_DATA : result;
}

/*
 * From now on what this thread receives at endpoints (endpoint_receive, endpoint_reply_receive) can
 * be events: when bits of the notification are set, all of them are taken and returned before any
 * call. A notification of 0 ends that. It does not keep the notification. Needs NOTIFICATION: WAIT.
 * Errors: BUSY (this thread has one already, or another thread has it, or somebody waits for it).
 */
static inline int64_t notification_bind(handle_t notification)
{
    return sys_notification_bind(notification);
}

/* Is what was received events, in words[0], and no call? */
static inline bool message_is_events(const struct message *message)
{
    return (message->flags & MESSAGE_EVENTS) != 0;
}

/*
 * Signals `bits` when clock_read() reaches `time`, and from then on each `period` nanoseconds (0:
 * once), but not more often than the clock ticks; what was missed is made up for by one signal. A
 * notification has one timer: it takes the place of what was set before. Bits of 0, or a time of
 * NOTIFICATION_FOREVER: none. Needs NOTIFICATION: SIGNAL. Errors: BAD_ARGUMENT as
 * notification_signal.
 */
static inline int64_t notification_set_timer(handle_t notification, uint64_t bits, uint64_t time,
                                             uint64_t period)
{
    return sys_notification_set_timer(notification, bits, time, period);
}

/*
 * Signals `bits` when the process has ended and given back what it held, at once if it has. A watch
 * lasts until then, or until the notification ends, to whose pool it is charged; there can be many
 * for one process and for one notification. Needs PROCESS: WAIT and NOTIFICATION: SIGNAL. Errors:
 * BAD_ARGUMENT as notification_signal (or no bits), NO_MEMORY.
 */
static inline int64_t process_watch(handle_t process, handle_t notification, uint64_t bits)
{
    return sys_process_watch(process, notification, bits);
}

#endif
