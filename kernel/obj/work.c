/* The queues of objects that end: work.h says what they are for. */
#include "obj/work.h"

#include <arch/cpu.h>

#include "base/assert.h"
#include "obj/gate.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "obj/types.h"

static struct list queues[PRIORITIES];
static uint32_t pending; /* bit n: queue n has objects */

void work_init(void)
{
    for (uint32_t i = 0; i < PRIORITIES; i++)
        list_init(&queues[i]);
    pending = 0;
}

static void append(struct object *o, uint32_t priority)
{
    o->work_priority = priority;
    list_push_back(&queues[priority], &o->in_work);
    pending |= (uint32_t)1 << priority;
}

static void take_out(struct object *o)
{
    list_remove(&o->in_work);
    if (list_is_empty(&queues[o->work_priority]))
        pending &= ~((uint32_t)1 << o->work_priority);
}

void work_raise(struct object *o, uint32_t priority)
{
    if (o->work_priority >= priority)
        return;
    take_out(o);
    append(o, priority);
}

static void add(struct object *o, uint32_t priority)
{
    if (o->queued)
        work_raise(o, priority);
    else
        append(o, priority);
    o->queued = true;
}

void work_add(struct object *o)
{
    add(o, sched_work_priority());
    cpu_this()->resched |= RESCHED_WORK;
}

void work_leave(struct object *o, uint32_t priority, struct cpu *cpu)
{
    add(o, priority);
    sweep_start(cpu_this());
    if (cpu != cpu_this())
        sweep_start(cpu);
}

int work_highest(void)
{
    return pending == 0 ? -1 : 31 - __builtin_clz(pending);
}

static void step(struct object *o)
{
    enum step progress = object_clear_some(o);
    if (progress == STEP_MORE)
        return;
    take_out(o);
    if (progress == STEP_LATER) {
        append(o, o->work_priority);
        return;
    }
    o->queued = false;
    if (o->refs == 0)
        object_free(o);
    else
        ASSERT(!o->dead);
}

bool work_do(uint32_t priority)
{
    sched_step_begin();
    while (work_highest() >= (int)priority) {
        struct list *first = list_first(&queues[work_highest()]);
        step(list_item(first, struct object, in_work));
        if (sched_step())
            break;
    }
    return work_highest() < (int)priority;
}

void object_destroy(struct object *o)
{
    o->dead = true;
    if (o->type == OBJECT_GATE)
        gate_close(container_of(o, struct gate, object));
    work_add(o);
}
