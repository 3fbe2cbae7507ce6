/* Timers: see timer.h. */
#include "obj/timer.h"

#include <arch/clock.h>

#include "base/assert.h"
#include "obj/notification.h"
#include "obj/runqueue.h"
#include "obj/sched.h"

static inline struct timer *timer_of(struct list *node)
{
    return list_item(node, struct timer, node);
}

void timer_start(struct timer *timer, uint64_t time)
{
    struct runqueue *rq = cpu_this()->runqueue;
    struct list *place = list_first(&rq->timers);
    while (place != &rq->timers && timer_of(place)->time <= time)
        place = place->next;
    timer->time = time;
    list_insert_before(place, &timer->node);
    rq->next_wake = min_u64(rq->next_wake, time);
}

static void expire(struct runqueue *rq, struct timer *timer, uint64_t now)
{
    if (timer->owner == TIMER_OF_THREAD) {
        struct thread *thread = container_of(timer, struct thread, timer);
        rq->wakes_at = (int32_t)thread->priority;
        sched_unblock(thread);
        return;
    }
    struct notification *notification = container_of(timer, struct notification, timer);
    rq->wakes_at = notification_urgency(notification);
    timer_stop(timer);
    notification_expire(notification, now);
}

void timers_tick(struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    uint32_t own_work = cpu->resched & RESCHED_WORK;
    uint64_t now = clock_now();
    int n = 0;
    for (; !list_is_empty(&rq->timers) && n < TIMERS_PER_TICK; n++) {
        struct timer *timer = timer_of(list_first(&rq->timers));
        if (timer->time > now)
            break;
        expire(rq, timer, now);
    }
    rq->next_wake =
        list_is_empty(&rq->timers) ? TIMER_NEVER : timer_of(list_first(&rq->timers))->time;
    if (n == 0)
        return;
    rq->wakes_at = NOBODY_WAKES;
    cpu->resched = (cpu->resched & ~(uint32_t)RESCHED_WORK) | own_work;
    sweep_start(cpu);
}

void timers_check(const struct cpu *cpu)
{
    const struct runqueue *rq = cpu->runqueue;
    uint64_t last = 0;
    list_for_each(node, &rq->timers) {
        struct timer *timer = timer_of(node);
        ASSERT(timer->time >= last && timer->time >= rq->next_wake);
        ASSERT(timer->owner == TIMER_OF_NOTIFICATION ||
               container_of(timer, struct thread, timer)->state == THREAD_BLOCKED);
        last = timer->time;
    }
}
