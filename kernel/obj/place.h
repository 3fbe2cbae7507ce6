/*
 * floor 6: what lies at a user address. The page tables are the index: the record of each table's
 * frame names its owner, so one walk finds the segment.
 */
#ifndef VASCO_OBJ_PLACE_H
#define VASCO_OBJ_PLACE_H

#include "base/types.h"

struct seg;
struct view;

struct place {
    struct seg *seg; /* the segment that maps the address in this view; null if none does */
    uint64_t access; /* what the view allows there: ACCESS_READ, ... */
};

struct place place_find(const struct view *view, vaddr_t va);

/* Does the place allow this access? */
static inline bool place_allows(struct place place, uint64_t access)
{
    return place.seg != NULL && (place.access & access) == access;
}

#endif
