/* Processes: making them, and the order in which everything goes when one ends. */
#include "obj/process.h"

#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/view.h"

static struct slab_cache cache;

void process_init_cache(void)
{
    slab_cache_init(&cache, "process", sizeof(struct process));
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
    TRY(slab_alloc(&cache, &memory));
    struct process *process = memory;
    object_init(&process->object, OBJECT_PROCESS, name);
    cap_table_init(&process->caps);
    list_init(&process->views);
    list_init(&process->threads);
    list_init(&process->waiters);
    process->pool = pool;
    status_t status = process_fill(process);
    if (status != STATUS_OK) {
        cap_table_fini(&process->caps);
        slab_free(&cache, process);
        return status;
    }
    *out = process;
    return STATUS_OK;
}

/* Gives back what a process holds. The links of its home go first, while its views still say which
 * CPUs must forget them; its views go with its capabilities. */
static void process_empty(struct process *process)
{
    if (process->home_view == NULL)
        return;
    process->home_view = NULL;
    space_clear(&process->home);
    cap_table_fini(&process->caps);
    space_fini(&process->home);
}

void process_end(struct process *process, struct ending ending)
{
    if (process_has_ended(process))
        return;
    process->ending = ending;
    object_get(&process->object);
    while (!list_is_empty(&process->threads)) {
        struct thread *thread = list_item(list_first(&process->threads), struct thread, in_process);
        thread_end(thread, ending);
    }
    process_empty(process);
    sched_wake_all(&process->waiters, STATUS_OK);
    object_put(&process->object);
}

/*
 * A process that never ran can hold the last capability to another such process, and so on: they are
 * ended one after the other and not one inside the other, so that the stack has a bound.
 */
void process_release(struct process *process)
{
    static struct list dying = {&dying, &dying};
    static bool busy;
    list_push_back(&dying, &process->waiters);
    if (busy)
        return;
    busy = true;
    while (!list_is_empty(&dying)) {
        struct process *next = list_item(list_first(&dying), struct process, waiters);
        list_remove(&next->waiters);
        process_empty(next);
        slab_free(&cache, next);
    }
    busy = false;
}

struct process *process_current(void)
{
    return cpu_this()->thread->process;
}
