/*
 * floor 6: a walk through the capabilities to an object, and what was derived from them.
 *
 * Parents come before children, and each step takes constant time: a walk that goes up passes only
 * what it has passed before. Nothing may change between two steps.
 */
#ifndef VASCO_OBJ_CAP_TREE_H
#define VASCO_OBJ_CAP_TREE_H

#include "cap/cap.h"

struct cap_walk {
    struct cap *cap; /* null: it is over */
    uint16_t depth;
};

struct cap_walk cap_walk_begin(const struct object *object);

void cap_walk_next(struct cap_walk *walk);

/* Where it is, as programs see it. */
struct cap_entry cap_walk_entry(const struct cap_walk *walk);

#endif
