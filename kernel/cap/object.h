/*
 * floor 5: what every kernel object has in common.
 *
 * An object lives while something refers to it: a capability, an attachment such as a view of a
 * VAS, a thread that waits for it. When the last reference goes, the floor above ends it
 * (object_release).
 *
 * An object that is destroyed is dead from that moment: each capability to it answers DESTROYED. It
 * is then cleared in small steps (obj/work.h), which take every reference away, those of its
 * capabilities too: these stay where they are, but name the grave. So the memory of what is
 * destroyed always comes back, whoever holds capabilities to it.
 */
#ifndef VASCO_CAP_OBJECT_H
#define VASCO_CAP_OBJECT_H

#include "abi/objects.h"
#include "base/list.h"
#include "base/types.h"
#include "mem/pool.h"

/* Objects of the kernel's own. Each has one capability, inside itself, in no table: a link, and
 * what ties a cloned VAS to the capability that it was cloned through. */
#define OBJECT_LINK OBJECT_TYPES
#define OBJECT_TETHER (OBJECT_TYPES + 1)

struct cap;

struct object {
    uint64_t id; /* unique, never reused */
    uint32_t refs;
    uint16_t type; /* enum object_type */
    bool dead;
    bool queued;         /* to be cleared: obj/work.c */
    uint32_t checked;    /* references found by obj/check.c */
    struct name name;    /* for messages */
    struct cap *caps;    /* those without a parent; siblings */
    struct pool *pool;   /* that its memory is charged to; null: not a member of any */
    struct list in_pool; /* in the pool's members */
    struct list in_work; /* obj/work.c */
    uint32_t work_priority;
};

/* Buried capabilities name it. */
extern struct object object_grave;

/* A new object without references: the first capability makes the first. A member of a pool keeps
 * the pool; null for an object that ends before its owner, which is one. */
void object_init(struct object *o, uint16_t type, struct name name, struct pool *pool);

/* The object's memory is about to be freed. */
void object_fini(struct object *o);

static inline void object_get(struct object *o)
{
    o->refs++;
}

/* Drops a reference; with the last one the object may be gone when this returns. */
void object_put(struct object *o);

/* --- supplied by floor 6 --- */

/* An object has no references left: ends it, now or before the kernel returns to user code. */
void object_release(struct object *o);

/* A capability is about to go: of a type at whose objects threads wait. */
void object_cap_leaves(struct object *o, const struct cap *cap);

/* The object that a pool is the memory of. */
struct object *pool_object(struct pool *pool);

#endif
