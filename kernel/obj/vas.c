/* VASes: making and ending them. What lies in one is the business of its space. */
#include "obj/vas.h"

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/hold.h"
#include "obj/link.h"
#include "obj/view.h"

void vas_init(void)
{
    slab_kind_init(SLAB_VAS, sizeof(struct vas));
}

status_t vas_create(struct pool *pool, struct name name, struct vas **out)
{
    void *memory;
    TRY(pool_charge(pool, 1));
    status_t status = slab_alloc(pool, SLAB_VAS, &memory);
    if (status != STATUS_OK) {
        pool_refund(pool, 1);
        return status;
    }
    struct vas *vas = memory;
    *vas = (struct vas){0};
    object_init(&vas->object, OBJECT_VAS, name, pool);
    space_init(&vas->space, SPACE_VAS, frame_take(FRAME_SPACE_TABLE, &vas->space), pool);
    *out = vas;
    return STATUS_OK;
}

void vas_tether(struct vas *vas, struct cap *from)
{
    object_init(&vas->tether, OBJECT_TETHER, vas->object.name, NULL);
    cap_embed(&vas->tether_cap, from, &vas->tether, RIGHT_NONE);
    vas->tethered = true;
}

void vas_cut_tether(struct vas *vas)
{
    if (vas->tethered)
        object_destroy(&vas->object);
    vas->tethered = false;
}

static void untether(struct vas *vas)
{
    bool tethered = vas->tethered;
    vas->tethered = false;
    if (tethered)
        cap_remove(&vas->tether_cap);
}

status_t vas_copy_link(struct vas *to, const struct link *link, uint64_t access)
{
    return space_link(&to->space, link->seg, link->cap.parent, link->access & access);
}

enum step vas_clear_some(struct vas *vas)
{
    struct space *space = &vas->space;
    if (!hold_look_some(space))
        return STEP_MORE;
    if (!vas->object.dead && vas->object.refs > 0)
        return STEP_DONE;
    untether(vas);
    if (!list_is_empty(&space->views)) {
        struct list *view = list_first(&space->views);
        cap_remove(view_cap(list_item(view, struct view, in_space[SPACE_VAS])));
        return STEP_MORE;
    }
    if (!space_unlink_some(space) || !space_free_some(space))
        return STEP_MORE;
    return vas->object.dead && !cap_bury_some(&vas->object) ? STEP_MORE : STEP_DONE;
}

void vas_free(struct vas *vas)
{
    struct pool *pool = vas->object.pool;
    ASSERT(vas->space.locks.nthreads == 0);
    frame_free(vas->space.top);
    pool_refund(pool, 1);
    object_fini(&vas->object);
    slab_free(vas);
}
