/* Objects: ids and references. */
#include "cap/object.h"

#include "base/assert.h"

static uint64_t next_id = 1;

struct object object_grave = {.refs = 1, .dead = true};

void object_init(struct object *o, uint16_t type, struct name name, struct pool *pool)
{
    o->id = next_id++;
    o->refs = 0;
    o->type = type;
    o->dead = o->queued = false;
    o->checked = 0;
    o->name = name;
    o->caps = NULL;
    o->pool = pool;
    if (pool == NULL)
        return;
    list_push_back(&pool->members, &o->in_pool);
    object_get(pool_object(pool));
}

void object_fini(struct object *o)
{
    ASSERT(o->refs == 0 && o->caps == NULL);
    if (o->pool == NULL)
        return;
    list_remove(&o->in_pool);
    object_put(pool_object(o->pool));
}

void object_put(struct object *o)
{
    ASSERT(o->refs > 0);
    if (--o->refs == 0)
        object_release(o);
}
