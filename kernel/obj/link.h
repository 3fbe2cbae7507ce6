/*
 * floor 6: a link, one segment attached to one space. It descends from the capability to the
 * segment that was used, so revoking that capability removes it.
 */
#ifndef VASCO_OBJ_LINK_H
#define VASCO_OBJ_LINK_H

#include <arch/mmu.h>

#include "base/list.h"
#include "cap/cap.h"
#include "obj/lock.h"

struct seg;
struct space;

/* Linking entries that lie in one table. */
struct run {
    pte_t *entry; /* the first one */
    uint32_t n;
};

/* A segment has one run, or two where it crosses a table. */
#define RUNS_MAX 2

struct link {
    struct object object; /* OBJECT_LINK; the capability below is its only reference */
    struct cap cap;
    struct seg *seg;
    struct space *space;
    struct list in_seg;
    struct list in_space;
    uint64_t access;
    struct run runs[RUNS_MAX]; /* their tables stay while the link is there */
    struct link_lock lock;     /* of a lockable segment */
};

#endif
