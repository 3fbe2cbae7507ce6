/*
 * floor 8: a set of physical addresses, as ranges. Pure memory; host tests use it as it is.
 *
 * Invariants: the ranges are sorted, not empty, and neither overlap nor touch.
 */
#ifndef VASCO_BOOT_RANGES_H
#define VASCO_BOOT_RANGES_H

#include "base/types.h"

#define RANGES_MAX 512

struct range {
    uint64_t base, end; /* end is the first address behind it */
};

struct range_set {
    uint32_t n;
    struct range at[RANGES_MAX];
};

/* Adds what lies from base to end; nothing if end <= base. A set with no room for one more range
 * stays as it was. */
void range_set_add(struct range_set *set, uint64_t base, uint64_t end);

/* Takes away what lies from base to end. With no room for a split, the shorter part goes too. */
void range_set_remove(struct range_set *set, uint64_t base, uint64_t end);

/* The longest part of a range that lies below `limit`; empty if there is none. */
struct range range_set_longest(const struct range_set *set, uint64_t limit);

/* The sum of the ranges' lengths. */
uint64_t range_set_bytes(const struct range_set *set);

static inline uint64_t range_bytes(struct range r)
{
    return r.end - r.base;
}

#endif
