/*
 * floor 6: a pool as an object. Pools nest: the limit of a child is charged to its parent when it
 * is made, and goes back whole when it ends. Each object is a member of the pool that its memory is
 * charged to, and a pool lives while it has members; destroying a pool destroys them.
 */
#ifndef VASCO_OBJ_POOL_H
#define VASCO_OBJ_POOL_H

#include "base/status.h"
#include "cap/object.h"
#include "mem/pool.h"
#include "obj/work.h"

struct pool_object {
    struct object object;
    struct pool pool; /* its parent is the object's pool */
};

/* The pool of all memory. It never ends. */
extern struct pool_object pool_root;

void pool_object_init(void);

/* Frames that have been taken since then. */
uint64_t pool_frames_taken(void);

/* A pool of nframes, without references. */
status_t must_check pool_create(struct pool *parent, struct name name, uint64_t nframes,
                                struct pool_object **out);

/* Destroys the members, and with the last of them the pool. */
enum step pool_clear_some(struct pool_object *pool);

void pool_free(struct pool_object *pool);

#endif
