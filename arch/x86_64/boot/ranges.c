/* Sets of addresses: see ranges.h. */
#include "boot/ranges.h"

static void erase(struct range_set *set, uint32_t first, uint32_t count)
{
    set->n -= count;
    for (uint32_t i = first; i < set->n; i++)
        set->at[i] = set->at[i + count];
}

static void insert(struct range_set *set, uint32_t index, struct range range)
{
    for (uint32_t i = set->n; i > index; i--)
        set->at[i] = set->at[i - 1];
    set->at[index] = range;
    set->n++;
}

void range_set_add(struct range_set *set, uint64_t base, uint64_t end)
{
    if (end <= base)
        return;
    uint32_t first = 0;
    while (first < set->n && set->at[first].end < base)
        first++;
    uint32_t last = first; /* behind the ranges that it overlaps or touches */
    while (last < set->n && set->at[last].base <= end)
        last++;
    if (first == last) {
        if (set->n < RANGES_MAX)
            insert(set, first, (struct range){base, end});
        return;
    }
    set->at[first].base = min_u64(set->at[first].base, base);
    set->at[first].end = max_u64(set->at[last - 1].end, end);
    erase(set, first + 1, last - first - 1);
}

/* Takes [base, end) out of the middle of range i. */
static void split(struct range_set *set, uint32_t i, uint64_t base, uint64_t end)
{
    struct range low = {set->at[i].base, base};
    struct range high = {end, set->at[i].end};
    if (set->n == RANGES_MAX) {
        set->at[i] = range_bytes(low) >= range_bytes(high) ? low : high;
        return;
    }
    set->at[i] = high;
    insert(set, i, low);
}

void range_set_remove(struct range_set *set, uint64_t base, uint64_t end)
{
    if (end <= base)
        return;
    for (uint32_t i = 0; i < set->n;) {
        struct range *r = &set->at[i];
        if (r->end <= base || r->base >= end) {
            i++;
        } else if (r->base < base && r->end > end) {
            split(set, i, base, end);
            return;
        } else if (r->base < base) {
            r->end = base;
            i++;
        } else if (r->end > end) {
            r->base = end;
            return;
        } else {
            erase(set, i, 1);
        }
    }
}

struct range range_set_longest(const struct range_set *set, uint64_t limit)
{
    struct range longest = {0, 0};
    for (uint32_t i = 0; i < set->n && set->at[i].base < limit; i++) {
        struct range r = {set->at[i].base, min_u64(set->at[i].end, limit)};
        if (range_bytes(r) > range_bytes(longest))
            longest = r;
    }
    return longest;
}

uint64_t range_set_bytes(const struct range_set *set)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < set->n; i++)
        sum += range_bytes(set->at[i]);
    return sum;
}
