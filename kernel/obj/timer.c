/* Timers: see timer.h. */
#include "obj/timer.h"

#include <arch/clock.h>

#include "base/assert.h"
#include "obj/notification.h"
#include "obj/runqueue.h"
#include "obj/sched.h"

/* --- the heap ------------------------------------------------------------------------------- */

static inline uint32_t rank_of(const struct timer *timer)
{
    return timer == NULL ? 0 : timer->rank;
}

/* T2, when what is below a timer has changed. Has its rank changed? */
static bool put_in_order(struct timer *timer)
{
    uint32_t before = timer->rank;
    if (rank_of(timer->left) < rank_of(timer->right)) {
        struct timer *left = timer->left;
        timer->left = timer->right;
        timer->right = left;
    }
    timer->rank = rank_of(timer->right) + 1;
    return timer->rank != before;
}

/* One heap of two, which have nothing above them. */
static struct timer *merge(struct timer *a, struct timer *b)
{
    struct timer *top = NULL;
    struct timer **place = &top;
    struct timer *up = NULL;
    while (a != NULL && b != NULL) {
        struct timer *first = b->time < a->time ? b : a;
        b = first == a ? b : a;
        a = first->right;
        *place = first;
        first->up = up;
        up = first;
        place = &first->right;
    }
    *place = a != NULL ? a : b;
    if (*place != NULL)
        (*place)->up = up;
    for (; up != NULL; up = up->up)
        (void)put_in_order(up);
    return top;
}

void timer_start(struct timer *timer, uint64_t time)
{
    struct runqueue *rq = cpu_this()->runqueue;
    timer->heap = &rq->timers;
    timer->up = timer->left = timer->right = NULL;
    timer->time = time;
    timer->rank = 1;
    rq->timers = merge(rq->timers, timer);
    rq->next_wake = min_u64(rq->next_wake, time);
}

void timer_remove(struct timer *timer)
{
    struct timer *up = timer->up;
    struct timer *rest = merge(timer->left, timer->right);
    if (rest != NULL)
        rest->up = up;
    if (up == NULL)
        *timer->heap = rest;
    else if (up->left == timer)
        up->left = rest;
    else
        up->right = rest;
    while (up != NULL && put_in_order(up))
        up = up->up;
    timer->heap = NULL;
}

/* --- ticks ---------------------------------------------------------------------------------- */

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
    while (rq->timers != NULL && rq->timers->time <= now && n < TIMERS_PER_TICK) {
        expire(rq, rq->timers, now);
        n++;
    }
    rq->next_wake = rq->timers == NULL ? TIMER_NEVER : rq->timers->time;
    if (n == 0)
        return;
    rq->wakes_at = NOBODY_WAKES;
    cpu->resched = (cpu->resched & ~(uint32_t)RESCHED_WORK) | own_work;
    sweep_start(cpu);
}

/* --- checks --------------------------------------------------------------------------------- */

/* The next one in the heap, those below a timer behind it, or null. */
static struct timer *next_in_heap(struct timer *timer)
{
    if (timer->left != NULL)
        return timer->left;
    while (timer->up != NULL && (timer->up->right == timer || timer->up->right == NULL))
        timer = timer->up;
    return timer->up == NULL ? NULL : timer->up->right;
}

static void check_timer(struct timer *timer)
{
    const struct timer *up = timer->up;
    ASSERT(up == NULL || ((up->left == timer || up->right == timer) && up->time <= timer->time));
    ASSERT(timer->rank == rank_of(timer->right) + 1);
    ASSERT(rank_of(timer->left) >= rank_of(timer->right));
    ASSERT(timer->owner == TIMER_OF_NOTIFICATION ||
           container_of(timer, struct thread, timer)->state == THREAD_BLOCKED);
}

void timers_check(const struct cpu *cpu)
{
    struct runqueue *rq = cpu->runqueue;
    ASSERT(rq->timers == NULL || (rq->timers->up == NULL && rq->timers->time >= rq->next_wake));
    for (struct timer *timer = rq->timers; timer != NULL; timer = next_in_heap(timer)) {
        ASSERT(timer->heap == &rq->timers);
        check_timer(timer);
    }
}
