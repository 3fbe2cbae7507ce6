/* The queue of objects that end: work.h says what it is for. */
#include "obj/work.h"

#include <arch/cpu.h>

#include "base/assert.h"
#include "obj/sched.h"
#include "obj/types.h"

static struct object *first;
static struct object *last;

static void append(struct object *o)
{
    o->next_work = NULL;
    if (first == NULL)
        first = o;
    else
        last->next_work = o;
    last = o;
}

static void remove_first(void)
{
    first = first->next_work;
}

void work_add(struct object *o)
{
    if (!o->queued)
        append(o);
    o->queued = true;
    cpu_this()->resched |= RESCHED_WORK;
}

bool work_is_pending(void)
{
    return first != NULL;
}

static void step(struct object *o)
{
    enum step progress = object_clear_some(o);
    if (progress == STEP_MORE)
        return;
    ASSERT(first == o);
    remove_first();
    if (progress == STEP_LATER) {
        ASSERT(first != NULL);
        append(o);
        return;
    }
    o->queued = false;
    if (o->refs == 0)
        object_free(o);
    else
        ASSERT(!o->dead);
}

bool work_do(void)
{
    sched_step_begin();
    while (first != NULL) {
        step(first);
        if (sched_step())
            break;
    }
    return first == NULL;
}

void object_destroy(struct object *o)
{
    o->dead = true;
    work_add(o);
}
