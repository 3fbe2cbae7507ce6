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

/*
 * What is charged to a pool: a capability to the object behind the one that `after` names, or with
 * 0 to the first, so that who pays for a thing can see it and end it. It has `rights`, of
 * RIGHT_INFO and RIGHT_DESTROY, and RIGHT_POOL_OPEN, which only pools get: what is charged to those
 * is found in the same way. cap_info tells what it is; the handle is to be deleted. Needs POOL:
 * OPEN and those in `rights`. Errors: BAD_ARGUMENT (other rights; `after` is not charged to this
 * pool), DESTROYED (`after` has been: begin again), NO_DATA (that was the last), NO_MEMORY,
 * NO_SLOT.
 */
static inline handle_t pool_next(handle_t pool, handle_t after, uint64_t rights)
{
    return sys_pool_next(pool, after, rights);
}

/*
 * Who has capabilities to an object that is charged to a pool, or to the pool itself, and what was
 * derived from them: parents before children, from number `first` on, at most `n` and
 * CAP_ENTRIES_READ_MAX of them. What was derived from a capability that has been deleted stands at
 * its place; a view or an attached segment for which that had no parent stands in no tree any more.
 * Returns how many, 0 at the end. Needs POOL: OPEN. Errors: BAD_ARGUMENT (the object is charged to
 * another pool), TOO_LARGE (`first` is CAP_ENTRIES_MAX or more), BAD_ADDRESS.
 */
static inline int64_t pool_caps(handle_t pool, handle_t object, uint64_t first,
                                struct cap_entry *entries, uint64_t n)
{
    return sys_pool_caps(pool, object, first, (uintptr_t)entries, n);
}

#endif
