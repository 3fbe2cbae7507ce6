/* A list of errands in a segment of a VAS. */
#ifndef LIST_H
#define LIST_H

#include <stddef.h>
#include <vasco/segheap.h>
#include <vasco/vas.h>

#define STATE "bought"

struct errand {
    struct errand *next;
    long cents;
    char name[];
};

struct list {
    struct errand *first;
    size_t n;
};

/* Makes a VAS with an empty list and stands in it; list_there finds it, also in another process. */
handle_t list_make(struct list **out);
const struct list *list_there(void);
struct segheap *list_heap(void);

void list_add(struct segheap *heap, struct list *list, const char *name, long cents);

/* The names by the alphabet; the prices go to an array. */
const char *const *list_sorted(const struct list *list, long *cents_out);

long lround_cents(double price);

#endif
