/* Objects: ids and references. */
#include "cap/object.h"

#include "base/assert.h"

static uint64_t next_id = 1;

void object_init(struct object *o, uint16_t type, struct name name)
{
    *o = (struct object){.id = next_id++, .type = type, .name = name};
}

void object_put(struct object *o)
{
    ASSERT(o->refs > 0);
    if (--o->refs == 0)
        object_release(o);
}
