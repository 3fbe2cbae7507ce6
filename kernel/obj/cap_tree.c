/* Walking through derived capabilities: see cap_tree.h. */
#include "obj/cap_tree.h"

#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/vas.h"

struct cap_walk cap_walk_begin(const struct object *object)
{
    return (struct cap_walk){object->caps, 0};
}

void cap_walk_next(struct cap_walk *walk)
{
    struct cap *cap = walk->cap;
    if (cap->children != NULL) {
        walk->cap = cap->children;
        walk->depth++;
        return;
    }
    while (cap->next == NULL && cap->parent != NULL) {
        cap = cap->parent;
        walk->depth--;
    }
    walk->cap = cap->next;
}

/* The process in whose table a capability lies: each frame of a table knows that. */
static uint64_t holder_of(const struct cap *cap)
{
    const struct frame *frame = frame_of(ptr_to_paddr(cap));
    ASSERT(frame->kind == FRAME_CAPS);
    return process_of(frame->owner)->object.id;
}

static uint64_t space_id(struct space *space)
{
    return space->kind == SPACE_HOME ? container_of(space, struct process, home)->object.id
                                     : container_of(space, struct vas, space)->object.id;
}

struct cap_entry cap_walk_entry(const struct cap_walk *walk)
{
    struct cap *cap = walk->cap;
    struct cap_entry entry = {
        .handle = cap->handle,
        .object = cap->object->id,
        .badge = cap->badge,
        .type = cap->type,
        .rights = cap->rights & CAP_RIGHTS,
        .depth = walk->depth,
        .place = CAP_IN_TABLE,
    };
    if (cap->type == OBJECT_LINK) {
        entry.holder = space_id(container_of(cap, struct link, cap)->space);
        entry.type = OBJECT_SEG;
        entry.place = CAP_IN_LINK;
    } else if (cap->type == OBJECT_TETHER) {
        entry.holder = container_of(cap, struct vas, tether_cap)->object.id;
        entry.type = OBJECT_VAS;
        entry.place = CAP_IN_CLONE;
    } else {
        entry.holder = holder_of(cap);
    }
    return entry;
}
