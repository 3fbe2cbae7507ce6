/*
 * floor 6: a notification, 64 bits that are signalled and waited for. A signal sets bits and never
 * blocks; who waits for one of them takes it, and it is clear again. Signals of a bit that is set
 * already are one.
 *
 *  notification_signal  --+                     +-- notification_wait: the bits of its mask
 *  its timer            --+--> bits, until taken +
 *  a process that ends  --+                     +-- endpoint_receive of the thread that is bound
 *                                                   to it: all of them
 *
 * The most urgent waiter takes first, of one priority the first that came; each takes all that its
 * mask has. There are few waiters at most (NOTIFICATION_WAITERS_MAX), so a signal is short.
 *
 * A binding keeps neither side. Nor does a watch (obj/watch.h). A waiter keeps the notification,
 * and is told when the capability through which it came goes.
 *
 * Invariants:
 *  N1  a thread in `waiters` is BLOCKED and refers to the notification; its mask has none of
 *      `bits`
 *  N2  n.bound == a exactly when a.bound == n; nobody else waits for n then
 *  N3  a bound thread that waits in a receive: `bits` is 0
 */
#ifndef VASCO_OBJ_NOTIFICATION_H
#define VASCO_OBJ_NOTIFICATION_H

#include "base/status.h"
#include "cap/cap.h"
#include "obj/queue.h"
#include "obj/thread.h"
#include "obj/timer.h"
#include "obj/work.h"

struct notification {
    struct object object;
    uint64_t bits; /* signalled, and not taken yet */
    struct thread_queue waiters;
    uint32_t nwaiters;
    struct thread *bound; /* or null */
    struct timer timer;
    uint64_t timer_bits; /* what it signals, */
    uint64_t period;     /* and after how many nanoseconds again; 0: once */
    struct list watches; /* struct watch, in_notification */
};

/* Boot. */
void notification_init(void);

/* A notification without references. */
status_t must_check notification_create(struct pool *pool, struct name name,
                                        struct notification **out);

/* Sets bits, and wakes who waits for them. The caller keeps the notification. */
void notification_signal(struct notification *n, uint64_t bits);

/* The same for who does not keep it: it may be gone when this returns. */
void notification_fire(struct notification *n, uint64_t bits);

/* The running thread, whose parameters are in its frame, takes bits of the mask, or waits for them:
 * then this does not return. Otherwise it returns what is wrong: TIMED_OUT, BUSY, NO_SLOT. */
int64_t notification_wait(struct notification *n, uint64_t mask, uint64_t deadline);

/* The receives of the running thread take its bits from now on. BUSY. */
status_t must_check notification_bind(struct notification *n);

/* A thread has no notification any more. */
void notification_unbind(struct thread *thread);

/* Is there something to take for a thread that is about to receive? */
static inline bool notification_has_events(const struct thread *thread)
{
    const struct notification *n = thread->rendezvous.bound;
    return unlikely(n != NULL) && n->bits != 0;
}

/* The receive of the running thread returns what there is. */
_Noreturn void notification_receive(void);

/* The timer, from this CPU's ticks; bits of 0 or TIMER_NEVER: none. */
void notification_set_timer(struct notification *n, uint64_t bits, uint64_t time, uint64_t period);

/* Its timer is due, and has been stopped. The notification may be gone when this returns. */
void notification_expire(struct notification *n, uint64_t now);

/* The priority of whom a signal can wake; 0 if nobody waits. */
int32_t notification_urgency(const struct notification *n);

/* A thread that waits for it gets another priority. */
void notification_requeue(struct notification *n, struct thread *thread, uint32_t priority);

/* A thread that waited for it is off its list. */
void notification_waiter_left(struct notification *n, const struct thread *thread);

/* A capability is about to go: who waits through it learns that. */
void notification_cap_leaves(struct notification *n, const struct cap *cap);

/* Wakes who waits for it, and lets go of what it watches. */
enum step notification_clear_some(struct notification *n);

void notification_free(struct notification *n);

/* For tests: N1 to N3. */
void notification_check(const struct notification *n);

#endif
