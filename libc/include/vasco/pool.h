/*
 * Pools: budgets of memory, in frames of 4 KiB. What a process makes is charged to the pool that
 * the process itself was made in, or to one that the call names. Pools nest: the budget of a new
 * pool is taken from its parent's. None of these calls blocks. Besides the errors named here each
 * can give BAD_HANDLE, DESTROYED, WRONG_TYPE and NO_RIGHT.
 *
 *     handle_t pool = pool_create("guest", 1024);           4 MiB
 *     handle_t seg = seg_create_in(pool, "data", 0, 1 << 20, 0);
 *     object_destroy(pool);                                 the segment goes with it
 */
#ifndef VASCO_POOL_H
#define VASCO_POOL_H

#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/* Creates a pool of `nframes`, taken from this process's own. Returns a capability with all rights.
 * Errors: NO_MEMORY, NO_SLOT. */
static inline handle_t pool_create(const char *name, uint64_t nframes)
{
    const struct name_words words = name_words(name);
    return sys_pool_create(words.lo, words.hi, nframes, 0);
}

/* The same, taken from another pool. Needs POOL: CHARGE. */
static inline handle_t pool_create_in(handle_t parent, const char *name, uint64_t nframes)
{
    const struct name_words words = name_words(name);
    return sys_pool_create(words.lo, words.hi, nframes, parent);
}

/* What is used and left; of this process's own pool if `pool` is 0. Needs POOL: INFO. */
static inline int64_t pool_info(handle_t pool, struct pool_info *info)
{
    return sys_pool_info(pool, (uintptr_t)info);
}

#endif
