/*
 * Doubly-linked lists with the nodes inside their objects. A list is a ring through its head, so
 * that insertion and removal have no special cases. A node that is in no list points to itself.
 */
#ifndef VASCO_BASE_LIST_H
#define VASCO_BASE_LIST_H

#include "base/types.h"

struct list {
    struct list *next;
    struct list *prev;
};

#define list_item(node, type, member) container_of(node, type, member)
#define list_for_each(node, head)                                                                  \
    for (struct list *node = (head)->next; node != (head); node = node->next)

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_push_front(struct list *l, struct list *node)
{
    list_insert_between(node, l, l->next);
}

static inline void list_push_back(struct list *l, struct list *node)
{
    list_insert_between(node, l->prev, l);
}

static inline void list_insert_before(struct list *place, struct list *node)
{
    list_insert_between(node, place->prev, place);
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* The same for a node that is not looked at again. */
static inline void list_drop(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void list_move_all(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

static inline struct list *list_first(const struct list *l)
{
    return l->next;
}

#endif
