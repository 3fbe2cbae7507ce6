/*
 * Chosen bases. Segments that have one are on a list in the order of their addresses, and a cursor
 * stands at the one that was chosen last: the next is looked for from there. So each segment is
 * passed once in a round through all addresses, however many there are.
 *
 * The last page of the lower half must stay unmapped (VAS_END), so its granule is never chosen.
 */
#include "obj/seg_base.h"

static struct list chosen;  /* struct seg, in_chosen, by base */
static struct list *cursor; /* the segment chosen last, or what was before it */
static struct list *behind; /* of the base chosen last: its segment goes before this one */
static uint64_t next_base;  /* behind the base chosen last */

void seg_base_init(void)
{
    list_init(&chosen);
    cursor = &chosen;
    next_base = VAS_CHOSEN_BASE;
}

static const struct seg *seg_at(struct list *node)
{
    return list_item(node, struct seg, in_chosen);
}

static uint64_t end_of(struct list *node)
{
    return seg_at(node)->range.base.v + seg_extent(seg_at(node));
}

status_t seg_base_choose(uint64_t extent, uint64_t granule, uint64_t *out)
{
    uint64_t end = align_down(VAS_END, granule);
    uint64_t base = align_up(next_base, granule);
    struct list *node = cursor->next;
    for (bool wrapped = false;;) {
        if (base > end || extent > end - base) {
            if (wrapped)
                return STATUS_NO_MEMORY;
            wrapped = true;
            base = VAS_CHOSEN_BASE;
            node = chosen.next;
        }
        while (node != &chosen && end_of(node) <= base)
            node = node->next;
        if (node == &chosen || seg_at(node)->range.base.v >= base + extent)
            break;
        base = align_up(end_of(node), granule);
    }
    behind = node;
    *out = base;
    return STATUS_OK;
}

void seg_base_claim(struct seg *seg)
{
    list_init(&seg->in_chosen);
    if (seg->range.base.v < VAS_CHOSEN_BASE)
        return;
    list_insert_before(behind, &seg->in_chosen);
    cursor = &seg->in_chosen;
    next_base = end_of(cursor);
}

void seg_base_release(struct seg *seg)
{
    if (cursor == &seg->in_chosen)
        cursor = cursor->prev;
    list_remove(&seg->in_chosen);
}
