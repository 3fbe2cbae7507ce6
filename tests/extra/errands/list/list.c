#include "list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/must.h>
#include <vasco/seg.h>

#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)
#define BYTES ((uint64_t)1 << 20)

static void *const place = (void *)0x20000000000;

struct segheap *list_heap(void)
{
    return segheap_open(place);
}

const struct list *list_there(void)
{
    return segheap_root(list_heap(), "errands");
}

handle_t list_make(struct list **out)
{
    handle_t vas = must(vas_create("errands"), "make a VAS");
    handle_t seg = must(seg_create("errands", (uint64_t)place, BYTES, 0), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment");
    must(vas_switch(must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach it")), "switch");
    struct segheap *heap = segheap_create(place, BYTES);
    *out = segheap_alloc(heap, sizeof(**out));
    memset(*out, 0, sizeof(**out));
    must(segheap_set_root(heap, "errands", *out), "name the list");
    return vas;
}

void list_add(struct segheap *heap, struct list *list, const char *name, long cents)
{
    struct errand *errand = segheap_alloc(heap, sizeof(*errand) + strlen(name) + 1);
    if (errand == NULL)
        abort();
    strcpy(errand->name, name);
    errand->cents = cents;
    errand->next = list->first;
    list->first = errand;
    list->n++;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *list_sorted(const struct list *list, long *cents_out)
{
    static const char *names[32];
    size_t n = 0;
    for (const struct errand *errand = list->first; errand != NULL && n < 32;
         errand = errand->next) {
        cents_out[n] = errand->cents;
        names[n++] = errand->name;
    }
    qsort(names, n, sizeof(names[0]), compare);
    return names;
}

long lround_cents(double price)
{
    return lround(price * 100);
}
