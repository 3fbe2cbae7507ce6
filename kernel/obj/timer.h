/*
 * floor 6: timers. Each CPU has those that were set on it, in a heap by their times, and looks
 * there with each tick. A timer belongs to a thread, which then stops waiting (sched_wake_at), or
 * to a notification, which then signals (notification_set_timer).
 *
 * The heap is a leftist tree: setting and stopping one of n timers takes a time of log n, and no
 * memory. One tick sees to TIMERS_PER_TICK of those that are due at most; the others' turn comes
 * with the next. A notification's timer that is set again goes behind those that are due already.
 *
 * Invariants:
 *   T1  a timer is due no earlier than the one above it
 *   T2  its rank is one more than that of the timer to its right (0: none), and the one to its
 *       left has at least the rank of the one to its right: so the way down to the right is short
 */
#ifndef VASCO_OBJ_TIMER_H
#define VASCO_OBJ_TIMER_H

#include "base/types.h"

#define TIMERS_PER_TICK 128

/* No time at all. */
#define TIMER_NEVER UINT64_MAX

struct cpu;

enum timer_owner {
    TIMER_OF_THREAD,      /* struct thread, timer */
    TIMER_OF_NOTIFICATION /* struct notification, timer */
};

struct timer {
    struct timer **heap; /* of the CPU on which it was set; null: it is not set */
    struct timer *up, *left, *right;
    uint64_t time; /* clock_now() at which it is due */
    uint32_t rank;
    enum timer_owner owner;
};

static inline void timer_init(struct timer *timer, enum timer_owner owner)
{
    timer->heap = NULL;
    timer->owner = owner;
}

static inline bool timer_is_set(const struct timer *timer)
{
    return timer->heap != NULL;
}

/* Sets a timer that is not set, on this CPU. */
void timer_start(struct timer *timer, uint64_t time);

/* Takes a timer that is set out of its heap, whichever CPU's that is. */
void timer_remove(struct timer *timer);

static inline void timer_stop(struct timer *timer)
{
    if (timer_is_set(timer))
        timer_remove(timer);
}

/* A tick of this CPU: those that are due. If that leaves work (obj/work.h), it is at the priority
 * of whoever is woken; the thread that runs does not wait for it. */
void timers_tick(struct cpu *cpu);

/* For tests: T1 and T2, and what the CPU looks at without the lock. */
void timers_check(const struct cpu *cpu);

#endif
