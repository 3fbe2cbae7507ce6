/* The types of objects: where each is begun at boot, and where the floors below hand an object that
 * ends to its own file. */
#include "obj/types.h"

#include <arch/cpu.h>

#include "base/assert.h"
#include "obj/devices.h"
#include "obj/endpoint.h"
#include "obj/futex.h"
#include "obj/gate.h"
#include "obj/link.h"
#include "obj/notification.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/space.h"
#include "obj/thread.h"
#include "obj/thread_table.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "obj/watch.h"

void types_init(void)
{
    work_init();
    pool_object_init();
    seg_init();
    space_init_kinds();
    vas_init();
    view_init();
    process_init();
    thread_table_init();
    futex_init();
    endpoint_init();
    gate_init();
    notification_init();
    watch_init();
    devices_init();
}

/* Views, links and tethers end at once: they take constant time, and who detaches counts on it. */
void object_release(struct object *o)
{
    switch (o->type) {
    case OBJECT_VIEW:
        view_release(container_of(o, struct view, object));
        return;
    case OBJECT_LINK:
        link_release(container_of(o, struct link, object));
        return;
    case OBJECT_TETHER:
        vas_cut_tether(container_of(o, struct vas, tether));
        return;
    default:
        work_add(o);
    }
}

#define OBJECT_OF(type) container_of(o, struct type, object)

void object_cap_leaves(struct object *o, const struct cap *cap)
{
    if (o->type == OBJECT_ENDPOINT)
        endpoint_cap_leaves(OBJECT_OF(endpoint), cap);
    else if (o->type == OBJECT_NOTIFICATION)
        notification_cap_leaves(OBJECT_OF(notification), cap);
    else
        gate_cap_leaves(OBJECT_OF(gate), cap);
}

enum step object_clear_some(struct object *o)
{
    switch (o->type) {
    case OBJECT_PROCESS:
        return process_clear_some(OBJECT_OF(process));
    case OBJECT_THREAD:
        return thread_clear_some(OBJECT_OF(thread));
    case OBJECT_VAS:
        return vas_clear_some(OBJECT_OF(vas));
    case OBJECT_SEG:
        return seg_clear_some(OBJECT_OF(seg));
    case OBJECT_POOL:
        return pool_clear_some(OBJECT_OF(pool_object));
    case OBJECT_ENDPOINT:
        return endpoint_clear_some(OBJECT_OF(endpoint));
    case OBJECT_GATE:
        return gate_clear_some(OBJECT_OF(gate));
    case OBJECT_NOTIFICATION:
        return notification_clear_some(OBJECT_OF(notification));
    case OBJECT_CONSOLE:
        return console_draw_step();
    default:
        panic("object %lu of type %u cannot end", o->id, o->type);
    }
}

void object_free(struct object *o)
{
    switch (o->type) {
    case OBJECT_PROCESS:
        process_free(OBJECT_OF(process));
        return;
    case OBJECT_THREAD:
        thread_free(OBJECT_OF(thread));
        return;
    case OBJECT_VAS:
        vas_free(OBJECT_OF(vas));
        return;
    case OBJECT_SEG:
        seg_free(OBJECT_OF(seg));
        return;
    case OBJECT_POOL:
        pool_free(OBJECT_OF(pool_object));
        return;
    case OBJECT_ENDPOINT:
        endpoint_free(OBJECT_OF(endpoint));
        return;
    case OBJECT_GATE:
        gate_free(OBJECT_OF(gate));
        return;
    case OBJECT_NOTIFICATION:
        notification_free(OBJECT_OF(notification));
        return;
    default:
        panic("object %lu of type %u cannot be freed", o->id, o->type);
    }
}
