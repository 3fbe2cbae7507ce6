/*
 * floor 6: a VAS, an address space that belongs to no process. It lives while a capability or a view
 * refers to it.
 */
#ifndef VASCO_OBJ_VAS_H
#define VASCO_OBJ_VAS_H

#include "cap/cap.h"
#include "obj/space.h"

struct vas {
    struct object object;
    uint32_t nviews;
    struct space space;
};

void vas_init_cache(void);

/* An empty VAS without references. */
status_t must_check vas_create(struct pool *pool, struct name name, struct vas **out);

/* Takes it from every process and unlinks every segment; the object remains, dead. */
void vas_destroy(struct vas *vas);

/* object_release for VASes. */
void vas_release(struct vas *vas);

#endif
