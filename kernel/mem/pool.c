/* Pools: see pool.h. */
#include "mem/pool.h"

#include "base/assert.h"
#include "mem/frame.h"

struct pool pool_root;

void pool_init(void)
{
    pool_root = (struct pool){.limit = frame_count_free()};
}

status_t pool_charge(struct pool *pool, uint64_t nframes)
{
    if (nframes > pool->limit - pool->charged)
        return STATUS_NO_MEMORY;
    pool->charged += nframes;
    return STATUS_OK;
}

void pool_refund(struct pool *pool, uint64_t nframes)
{
    ASSERT(nframes <= pool->charged);
    pool->charged -= nframes;
}
