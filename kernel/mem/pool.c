/* Pools: see pool.h. */
#include "mem/pool.h"

#include "base/assert.h"

void pool_init(struct pool *pool, uint64_t limit)
{
    *pool = (struct pool){.limit = limit};
    for (int kind = 0; kind < SLAB_KINDS; kind++)
        list_init(&pool->slabs[kind]);
    list_init(&pool->members);
}

status_t pool_charge(struct pool *pool, uint64_t nframes)
{
    if (nframes > pool->limit - pool->charged || pool->closed)
        return STATUS_NO_MEMORY;
    pool->charged += nframes;
    return STATUS_OK;
}

void pool_refund(struct pool *pool, uint64_t nframes)
{
    ASSERT(nframes <= pool->charged);
    pool->charged -= nframes;
}
