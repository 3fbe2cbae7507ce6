/*
 * floor 6: timers. Each CPU has a list of those that were set on it, by their times, and looks there
 * with each tick. A timer belongs to a thread, which then stops waiting (sched_wake_at), or to a
 * notification, which then signals (notification_set_timer).
 *
 * One tick sees to TIMERS_PER_TICK of them at most; the others' turn comes with the next. A
 * notification's timer that is set again goes behind those that are due already.
 */
#ifndef VASCO_OBJ_TIMER_H
#define VASCO_OBJ_TIMER_H

#include "base/list.h"
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
    struct list node; /* among those of a CPU, while it is set */
    uint64_t time;    /* clock_now() at which it is due */
    enum timer_owner owner;
};

static inline void timer_init(struct timer *timer, enum timer_owner owner)
{
    list_init(&timer->node);
    timer->owner = owner;
}

static inline bool timer_is_set(const struct timer *timer)
{
    return !list_is_empty(&timer->node);
}

/* Sets a timer that is not set, on this CPU. */
void timer_start(struct timer *timer, uint64_t time);

/* Of whichever CPU's; it need not be set. */
static inline void timer_stop(struct timer *timer)
{
    list_remove(&timer->node);
}

/* A tick of this CPU: those that are due. If that leaves work (obj/work.h), it is at the priority
 * of whoever is woken; the thread that runs does not wait for it. */
void timers_tick(struct cpu *cpu);

/* For tests: their order, and what the CPU looks at without the lock. */
void timers_check(const struct cpu *cpu);

#endif
