/*
 * floor 6: a VAS, an address space that belongs to no process. It lives while a capability or a
 * view refers to it. A clone is tied to the capability through which it was made by a tether.
 */
#ifndef VASCO_OBJ_VAS_H
#define VASCO_OBJ_VAS_H

#include "cap/cap.h"
#include "obj/space.h"
#include "obj/work.h"

struct vas {
    struct object object;
    uint32_t nviews;
    bool unfinished; /* its cloning goes on */
    bool tethered;
    struct object tether;  /* OBJECT_TETHER; of a clone: when its capability is revoked, */
    struct cap tether_cap; /* which descends from the one cloned through, the clone is destroyed */
    struct space space;
};

void vas_init(void);

/* An empty VAS without references. */
status_t must_check vas_create(struct pool *pool, struct name name, struct vas **out);

/* From now on it is destroyed when what descends from this capability is revoked. */
void vas_tether(struct vas *vas, struct cap *from);

/* object_release for tethers. */
void vas_cut_tether(struct vas *vas);

/* Attaches what `link` has attached, with `access` at most, on the same authority: it goes with the
 * capability to the segment from which `link` descends. */
status_t must_check vas_copy_link(struct vas *to, const struct link *link, uint64_t access);

/* Looks through its threads (obj/hold.h). If it ends: takes it from every process, unlinks every
 * segment and gives its tables back. */
enum step vas_clear_some(struct vas *vas);

void vas_free(struct vas *vas);

#endif
