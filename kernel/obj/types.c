/* The end of an object, by its type: where floor 5 hands an object without references to this floor. */
#include <arch/cpu.h>

#include "base/assert.h"
#include "cap/object.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/space.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

void object_release(struct object *o)
{
    switch (o->type) {
    case OBJECT_PROCESS:
        process_release(container_of(o, struct process, object));
        return;
    case OBJECT_THREAD:
        thread_release(container_of(o, struct thread, object));
        return;
    case OBJECT_VAS:
        vas_release(container_of(o, struct vas, object));
        return;
    case OBJECT_VIEW:
        view_release(container_of(o, struct view, object));
        return;
    case OBJECT_SEG:
        seg_release(container_of(o, struct seg, object));
        return;
    case OBJECT_LINK:
        link_release(container_of(o, struct link, object));
        return;
    case OBJECT_CONSOLE:
    case OBJECT_SYSTEM:
        return; /* there is one of each, always */
    default:
        panic("object %lu has no type", o->id);
    }
}
