/*
 * floor 5: what every kernel object has in common.
 *
 * An object lives while something refers to it: a capability, or an attachment such as a view of a
 * VAS. When the last reference goes, the floor above ends it (object_release). A destroyed object is
 * dead: its memory stays while capabilities name it, and each of them answers DESTROYED.
 */
#ifndef VASCO_CAP_OBJECT_H
#define VASCO_CAP_OBJECT_H

#include "abi/objects.h"
#include "base/types.h"

/* A link is an object of the kernel's own: it has one capability, inside itself, in no table. */
#define OBJECT_LINK OBJECT_TYPES

struct object {
    uint64_t id; /* unique, never reused */
    uint32_t refs;
    uint16_t type; /* enum object_type */
    bool dead;
    struct name name; /* for messages */
};

/* A new object without references: the first capability makes the first. */
void object_init(struct object *o, uint16_t type, struct name name);

static inline void object_get(struct object *o)
{
    o->refs++;
}

/* Drops a reference; with the last one the object may be gone when this returns. */
void object_put(struct object *o);

/* Ends an object without references: takes back all it holds and frees it. Supplied by floor 6. */
void object_release(struct object *o);

#endif
