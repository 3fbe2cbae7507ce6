/* VASes: making and ending them. What lies in one is the business of its space. */
#include "obj/vas.h"

#include "base/assert.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/view.h"

static struct slab_cache cache;

void vas_init_cache(void)
{
    slab_cache_init(&cache, "VAS", sizeof(struct vas));
}

status_t vas_create(struct pool *pool, struct name name, struct vas **out)
{
    void *memory;
    TRY(pool_charge(pool, 1));
    status_t status = slab_alloc(&cache, &memory);
    if (status != STATUS_OK) {
        pool_refund(pool, 1);
        return status;
    }
    struct vas *vas = memory;
    object_init(&vas->object, OBJECT_VAS, name);
    space_init(&vas->space, SPACE_VAS, frame_take(FRAME_SPACE_TABLE, &vas->space), pool);
    *out = vas;
    return STATUS_OK;
}

static void vas_empty(struct vas *vas)
{
    space_clear(&vas->space);
    space_fini(&vas->space);
    frame_free(vas->space.top);
    pool_refund(vas->space.pool, 1);
}

void vas_destroy(struct vas *vas)
{
    vas->object.dead = true;
    object_get(&vas->object);
    while (!list_is_empty(&vas->space.views))
        cap_remove(
            view_cap(list_item(list_first(&vas->space.views), struct view, in_space[SPACE_VAS])));
    vas_empty(vas);
    object_put(&vas->object);
}

void vas_release(struct vas *vas)
{
    ASSERT(list_is_empty(&vas->space.views));
    if (!vas->object.dead)
        vas_empty(vas);
    slab_free(&cache, vas);
}
