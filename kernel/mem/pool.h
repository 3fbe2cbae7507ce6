/*
 * floor 3: pools, the memory budgets.
 *
 * Whoever wants memory charges a pool first, for as many 4 KiB frames as it may ever need, and can
 * then take frames without failing: the root pool's limit is the memory there is, and a pool never
 * promises more than its limit.
 *
 * Invariant P1: charged <= limit, and what the root has charged covers every allocated frame.
 */
#ifndef VASCO_MEM_POOL_H
#define VASCO_MEM_POOL_H

#include "base/status.h"
#include "base/types.h"

struct pool {
    uint64_t limit;   /* 4 KiB frames */
    uint64_t charged; /* promised, whether taken yet or not */
};

/* The pool of all memory. */
extern struct pool pool_root;

/* Boot: the root pool may promise all frames that are free now. */
void pool_init(void);

/* Promises nframes, or fails with NO_MEMORY and promises nothing. */
status_t must_check pool_charge(struct pool *pool, uint64_t nframes);

void pool_refund(struct pool *pool, uint64_t nframes);

#endif
