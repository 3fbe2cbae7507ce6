/*
 * floor 3: pools, the memory budgets.
 *
 * Whoever wants memory charges a pool first, for as many 4 KiB frames as it may ever need, and can
 * then take frames without failing: the root pool's limit is the memory there is, a child pool's
 * limit is charged to its parent, and a pool never promises more than its limit.
 *
 * Invariant P1: charged <= limit, and what the root has charged covers every allocated frame.
 */
#ifndef VASCO_MEM_POOL_H
#define VASCO_MEM_POOL_H

#include "base/list.h"
#include "base/status.h"
#include "base/types.h"

/* The kinds of object that lie in slabs (mem/slab.h). */
enum slab_kind {
    SLAB_LINK,
    SLAB_VIEW,
    SLAB_SEG,
    SLAB_VAS,
    SLAB_PROCESS,
    SLAB_POOL,
    SLAB_ENDPOINT,
    SLAB_GATE,
    SLAB_GATE_FRAME,
    SLAB_KINDS
};

struct pool {
    uint64_t limit;                /* 4 KiB frames */
    uint64_t charged;              /* promised, whether taken yet or not */
    bool closed;                   /* promises nothing more */
    struct list slabs[SLAB_KINDS]; /* those with room; mem/slab.c's */
    struct list members;           /* objects that are charged to it; of the floors above */
};

/* An empty pool. */
void pool_init(struct pool *pool, uint64_t limit);

/* Promises nframes, or fails with NO_MEMORY and promises nothing. */
status_t must_check pool_charge(struct pool *pool, uint64_t nframes);

void pool_refund(struct pool *pool, uint64_t nframes);

#endif
