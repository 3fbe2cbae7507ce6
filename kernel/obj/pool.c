/* Pools as objects: see pool.h. */
#include "obj/pool.h"

#include "base/assert.h"
#include "base/string.h"
#include "mem/frame.h"
#include "mem/slab.h"

struct pool_object pool_root;

static uint64_t frames_at_boot;

void pool_object_init(void)
{
    slab_kind_init(SLAB_POOL, sizeof(struct pool_object));
    object_init(&pool_root.object, OBJECT_POOL, name_from_string("memory"), NULL);
    object_get(&pool_root.object);
    frames_at_boot = frame_count_free();
    pool_init(&pool_root.pool, frames_at_boot);
}

uint64_t pool_frames_taken(void)
{
    return frames_at_boot - frame_count_free();
}

struct object *pool_object(struct pool *pool)
{
    return &container_of(pool, struct pool_object, pool)->object;
}

status_t pool_create(struct pool *parent, struct name name, uint64_t nframes,
                     struct pool_object **out)
{
    void *memory;
    TRY(slab_alloc(parent, SLAB_POOL, &memory));
    status_t status = pool_charge(parent, nframes);
    if (status != STATUS_OK) {
        slab_free(memory);
        return status;
    }
    struct pool_object *pool = memory;
    object_init(&pool->object, OBJECT_POOL, name, parent);
    pool_init(&pool->pool, nframes);
    *out = pool;
    return STATUS_OK;
}

/* Members end on their own turn, ahead of the pool in its queue. */
static enum step destroy_member(struct pool *pool)
{
    struct object *member = list_item(list_first(&pool->members), struct object, in_pool);
    if (member->dead) {
        work_raise(member, pool_object(pool)->work_priority);
        return STEP_LATER;
    }
    object_destroy(member);
    list_remove(&member->in_pool);
    list_push_back(&pool->members, &member->in_pool);
    return STEP_MORE;
}

enum step pool_clear_some(struct pool_object *pool)
{
    pool->pool.closed = true;
    if (!list_is_empty(&pool->pool.members))
        return destroy_member(&pool->pool);
    if (!cap_bury_some(&pool->object))
        return STEP_MORE;
    return STEP_DONE;
}

void pool_free(struct pool_object *pool)
{
    struct pool *parent = pool->object.pool;
    ASSERT(pool->pool.charged == 0);
    object_fini(&pool->object);
    pool_refund(parent, pool->pool.limit);
    slab_free(pool);
}
