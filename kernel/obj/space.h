/*
 * floor 6: spaces, containers of links over a range of addresses.
 *
 *   home space of a process: top-level slot 0         a VAS: slots 1 to 255
 *
 *   top (a root table) --> tables of the space --> linking entries --> subtrees of segments
 *
 * The roots of views hold copies of the top-level entries: a space that gains one writes it into
 * each of its views. Tables of a space stay until the space ends or a larger segment needs their
 * place, so that detaching and attaching again is cheap.
 *
 * Invariants:
 *   P1  each table that the space owns is on its list of tables, and its record names the space
 *   P2  every present entry of a table of the space points to a table of the space, or belongs to
 *       exactly one link
 *   P3  a top-level entry in a view's root is the one in `top`, narrowed by the view's access
 */
#ifndef VASCO_OBJ_SPACE_H
#define VASCO_OBJ_SPACE_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "mem/pool.h"
#include "obj/lock.h"

struct link;
struct seg;

enum space_kind {
    SPACE_HOME,
    SPACE_VAS
};

struct space {
    uint64_t generation; /* raised when a translation is removed or narrowed (arch/mmu.h) */
    enum space_kind kind;
    uint32_t nlinks;
    paddr_t top;
    struct list links; /* struct link, in_space */
    struct list views; /* struct view, in_space[kind] */
    uint32_t tables;   /* list of its table frames, through their records */
    uint32_t ntables;
    struct pool *pool;
    struct space_locks locks; /* of a VAS */
};

/* Boot. */
void space_init_kinds(void);

/* An empty space over `top`, a table whose slots of this kind are empty. */
void space_init(struct space *space, enum space_kind kind, paddr_t top, struct pool *pool);

/* One step of removing all links; true when none is left. */
bool space_unlink_some(struct space *space);

/* One step of freeing the tables (not `top`), when no link and no view is left; true when done. */
bool space_free_some(struct space *space);

/* Links a segment; the link descends from seg_cap. On failure nothing has changed. */
status_t must_check space_link(struct space *space, struct seg *seg, struct cap *seg_cap,
                               uint64_t access);

/* Removes the link of a segment. When it returns no CPU can reach the segment through the space. */
status_t must_check space_unlink(struct space *space, struct seg *seg);

/* Changes what the link of a segment allows; it descends from seg_cap then. What it allowed before
 * and does not now, no CPU can do any more when this returns. */
status_t must_check space_set_access(struct space *space, struct seg *seg, struct cap *seg_cap,
                                     uint64_t access);

/* The link of a segment, or null. */
struct link *space_find_link(const struct space *space, const struct seg *seg);

/* object_release for links. */
void link_release(struct link *link);

#endif
