/*
 * floor 6: threads in a queue, by their priorities: those of one priority in the order in which
 * they came. Run queues are such queues, and those of endpoints.
 *
 * Invariant: bit n of `ready` says whether queue n has any.
 */
#ifndef VASCO_OBJ_QUEUE_H
#define VASCO_OBJ_QUEUE_H

#include "abi/types.h"
#include "base/list.h"

struct thread_queue {
    uint32_t ready;
    struct list queues[PRIORITIES]; /* struct thread, node */
};

static inline void queue_init(struct thread_queue *q)
{
    q->ready = 0;
    for (uint32_t i = 0; i < PRIORITIES; i++)
        list_init(&q->queues[i]);
}

static inline bool queue_is_empty(const struct thread_queue *q)
{
    return q->ready == 0;
}

/* Of a queue that is not empty. */
static inline uint32_t queue_highest(const struct thread_queue *q)
{
    return 31 ^ (uint32_t)__builtin_clz(q->ready);
}

static inline void queue_add(struct thread_queue *q, struct list *node, uint32_t priority)
{
    list_push_back(&q->queues[priority], node);
    q->ready |= (uint32_t)1 << priority;
}

/* For a queue that is seldom used: its lists are begun when a thread comes to them. */
static inline void queue_init_lazily(struct thread_queue *q)
{
    q->ready = 0;
}

static inline void queue_add_lazily(struct thread_queue *q, struct list *node, uint32_t priority)
{
    if ((q->ready >> priority & 1) == 0)
        list_init(&q->queues[priority]);
    queue_add(q, node, priority);
}

static inline void queue_add_first(struct thread_queue *q, struct list *node, uint32_t priority)
{
    list_push_front(&q->queues[priority], node);
    q->ready |= (uint32_t)1 << priority;
}

static inline void queue_remove(struct thread_queue *q, struct list *node, uint32_t priority)
{
    list_remove(node);
    if (list_is_empty(&q->queues[priority]))
        q->ready &= ~((uint32_t)1 << priority);
}

/* The first of the highest priority; the queue is not empty. */
static inline struct list *queue_first(const struct thread_queue *q)
{
    return list_first(&q->queues[queue_highest(q)]);
}

static inline struct list *queue_take(struct thread_queue *q)
{
    uint32_t priority = queue_highest(q);
    struct list *queue = &q->queues[priority];
    struct list *node = list_first(queue);
    list_remove(node);
    if (list_is_empty(queue))
        q->ready &= ~((uint32_t)1 << priority);
    return node;
}

#endif
