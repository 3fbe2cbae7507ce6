/* Processes: making them, and the order in which everything goes when one ends. */
#include "obj/process.h"

#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/gate.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/view.h"

static uint64_t next_epoch = EPOCH_PAST + 1;

void process_init(void)
{
    slab_kind_init(SLAB_PROCESS, sizeof(struct process));
}

static status_t process_fill(struct process *process)
{
    struct cap_table *table = &process->caps;
    const uint16_t all = RIGHT_PROCESS_LINK | RIGHT_PROCESS_VIEW | RIGHT_PROCESS_THREAD |
                         RIGHT_PROCESS_PLACE | RIGHT_PROCESS_WAIT | RIGHT_INFO | RIGHT_GRANT |
                         RIGHT_REVOKE | RIGHT_DESTROY;
    TRY(cap_reserve(table));
    struct cap *self = cap_insert(table, NULL, &process->object, all | CAP_WEAK, 0);
    ASSERT(self->handle == HANDLE_SELF);
    TRY(view_create_home(process, &process->home_view));
    ASSERT(process->home_view->handle == HANDLE_HOME);
    return STATUS_OK;
}

status_t process_create(struct pool *pool, struct name name, struct process **out)
{
    void *memory;
    TRY(slab_alloc(pool, SLAB_PROCESS, &memory));
    struct process *process = memory;
    *process = (struct process){0};
    object_init(&process->object, OBJECT_PROCESS, name, pool);
    cap_table_init(&process->caps, pool);
    list_init(&process->views);
    list_init(&process->threads);
    list_init(&process->gates);
    list_init(&process->waiters);
    process->epoch = next_epoch++;
    status_t status = process_fill(process);
    if (status != STATUS_OK) {
        while (!cap_table_clear_some(&process->caps))
            ;
        object_fini(&process->object);
        slab_free(process);
        return status;
    }
    *out = process;
    return STATUS_OK;
}

void process_new_epoch(struct process *process)
{
    process->epoch = next_epoch++;
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct thread *thread = cpus[i]->thread;
        if (thread != NULL && cpus[i]->caps == &process->caps)
            thread->epoch = EPOCH_PAST;
    }
}

/* A running thread may be one of the process, or be there through a gate. */
static void leave_running(struct process *process, struct thread *thread, struct ending ending)
{
    if (thread->owner == process)
        thread_end(thread, ending);
    else if (thread_gate(thread) != NULL && thread_process(thread) == process)
        gate_throw_back(thread, thread_gate(thread), STATUS_ENDED);
}

/* Those of its threads that run end at once, since they must not make another call; the others are
 * found in steps. */
void process_end(struct process *process, struct ending ending)
{
    struct thread *current = cpu_this()->thread;
    if (process_has_ended(process))
        return;
    process->ending = ending;
    process_new_epoch(process);
    mmu_make_stale(&process->home.generation); /* nobody goes into its views by a fast path */
    work_add(&process->object);
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct thread *thread = cpus[i]->thread;
        if (thread != NULL && thread != current)
            leave_running(process, thread, ending);
    }
    if (current != NULL)
        leave_running(process, current, ending);
}

/* The links of the home go first, while its views still say which CPUs must forget them; its views
 * go with its capabilities. */
static bool process_empty_some(struct process *process)
{
    if (process->home_view == NULL)
        return true;
    if (!space_unlink_some(&process->home) || !cap_table_clear_some(&process->caps) ||
        !space_free_some(&process->home))
        return false;
    process->home_view = NULL;
    return true;
}

enum step process_clear_some(struct process *process)
{
    const struct ending destroyed = {END_DESTROYED, 0, 0};
    process_end(process, destroyed);
    if (!list_is_empty(&process->threads)) {
        struct list *first = list_first(&process->threads);
        thread_end(list_item(first, struct thread, in_process), process->ending);
        return STEP_MORE;
    }
    if (!gate_leave_some(process) || !process_empty_some(process))
        return STEP_MORE;
    process->cleared = true;
    if (!list_is_empty(&process->waiters)) {
        sched_wake(list_item(list_first(&process->waiters), struct thread, node), STATUS_OK);
        return STEP_MORE;
    }
    bool dead = process->object.dead;
    return dead && !cap_bury_some(&process->object) ? STEP_MORE : STEP_DONE;
}

void process_free(struct process *process)
{
    object_fini(&process->object);
    slab_free(process);
}

/* Processes that have not started could keep each other for ever, so among them only a younger one
 * may hold an older one. */
static bool may_hold(const struct process *holder, struct object *object)
{
    if (object->type != OBJECT_PROCESS || holder->started)
        return true;
    const struct process *held = container_of(object, struct process, object);
    return held->started || object->id <= holder->object.id;
}

status_t process_check_place(const struct process *process, const struct cap *parent,
                             uint64_t badge)
{
    if (parent->badge != 0 && badge != 0 && badge != parent->badge)
        return STATUS_BAD_ARGUMENT;
    return may_hold(process, parent->object) ? STATUS_OK : STATUS_BUSY;
}

handle_t process_place(struct process *process, struct cap *parent, uint64_t rights, uint64_t badge)
{
    struct object *object = parent->object;
    uint64_t weak = object == &process->object ? CAP_WEAK : 0; /* it does not keep itself */
    badge = parent->badge != 0 ? parent->badge : badge;
    return cap_insert(&process->caps, parent, object, (uint16_t)(rights | weak), badge)->handle;
}

struct process *process_current(void)
{
    return process_of(cpu_this()->caps);
}
