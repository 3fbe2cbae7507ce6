/*
 * floor 6: a VAS, an address space that belongs to no process. It lives while a capability or a view
 * refers to it.
 */
#ifndef VASCO_OBJ_VAS_H
#define VASCO_OBJ_VAS_H

#include "cap/cap.h"
#include "obj/space.h"
#include "obj/work.h"

struct vas {
    struct object object;
    uint32_t nviews;
    struct space space;
};

void vas_init(void);

/* An empty VAS without references. */
status_t must_check vas_create(struct pool *pool, struct name name, struct vas **out);

/* Takes it from every process, unlinks every segment and gives its tables back. */
enum step vas_clear_some(struct vas *vas);

void vas_free(struct vas *vas);

#endif
