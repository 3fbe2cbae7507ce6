/* Threads: making and ending them, and the view in which each stands. */
#include "obj/thread.h"

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"
#include "obj/endpoint.h"
#include "obj/priority.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread_table.h"
#include "obj/view.h"

/* Where the vector registers are saved, behind the thread in its frame. */
#define VECTORS_OFFSET 1024
_Static_assert(sizeof(struct thread) <= VECTORS_OFFSET, "a thread is one frame");

status_t thread_create(struct process *process, struct thread_spec spec, struct thread **out)
{
    ASSERT(context_vector_bytes() <= PAGE_SIZE - VECTORS_OFFSET);
    if (process_has_ended(process))
        return STATUS_ENDED;
    TRY(pool_charge(process->object.pool, 1));
    struct thread *thread = paddr_to_ptr(frame_take(FRAME_THREAD, NULL));
    *thread = (struct thread){.owner = process,
                              .process_id = process->object.id,
                              .process = process,
                              .priority = spec.priority,
                              .own_priority = spec.priority,
                              .gates_left = gate_is_quick() ? GATE_DEPTH_MAX : INT32_MIN / 2};
    object_init(&thread->object, OBJECT_THREAD, process->object.name, process->object.pool);
    thread_stand_in(thread, process->home_view);
    context_init(&thread->context, (char *)thread + VECTORS_OFFSET, spec.entry, spec.stack,
                 spec.argument, spec.tls);
    list_init(&thread->node);
    list_init(&thread->timer);
    list_init(&thread->late);
    thread->cpu = thread->wanted = cpu_this();
    thread->switch_caps = &process->caps;
    list_init(&thread->waiters);
    futex_init_thread(&thread->futex);
    thread_table_add(thread);
    list_push_back(&process->threads, &thread->in_process);
    process->started = true;
    if (process->nthreads++ == 0)
        object_get(&process->object);
    object_get(&thread->object);
    sched_ready(thread);
    *out = thread;
    return STATUS_OK;
}

void thread_stop_waiting(struct thread *thread)
{
    struct object *object = thread->waiting_for;
    if (object != NULL && object->type == OBJECT_ENDPOINT)
        endpoint_waiter_leaves(container_of(object, struct endpoint, object), thread);
    list_remove(&thread->node);
    list_remove(&thread->timer);
    thread->waiting_for = NULL;
    endpoint_hang_up(thread);
    if (thread->futex.word.seg != NULL)
        futex_forget(thread);
    if (object == NULL)
        return;
    if (object->type == OBJECT_SEG)
        lock_waiter_left(container_of(object, struct seg, object));
    object_put(object);
}

void thread_end(struct thread *thread, struct ending ending)
{
    struct process *process = thread->owner;
    if (thread->state == THREAD_ENDED)
        return;
    sched_remove(thread);
    endpoint_forget(thread);
    thread_stop_waiting(thread);
    hold_forget(thread);
    gate_forget(thread);
    priority_forget(thread);
    thread->state = THREAD_ENDED;
    thread->ending = ending;
    thread->owner = NULL;
    thread->process = NULL;
    thread->view = NULL;
    list_remove(&thread->in_process);
    thread_table_remove(thread);
    work_add(&thread->object);
    bool last = --process->nthreads == 0;
    if (last) {
        process_end(process, ending);
        object_put(&process->object);
    }
    object_put(&thread->object);
}

enum step thread_clear_some(struct thread *thread)
{
    const struct ending destroyed = {END_DESTROYED, 0, 0};
    thread_end(thread, destroyed);
    if (!futex_tell_end_some(thread))
        return STEP_MORE;
    if (!list_is_empty(&thread->waiters)) {
        sched_wake(list_item(list_first(&thread->waiters), struct thread, node), STATUS_OK);
        return STEP_MORE;
    }
    return thread->object.dead && !cap_bury_some(&thread->object) ? STEP_MORE : STEP_DONE;
}

void thread_free(struct thread *thread)
{
    struct pool *pool = thread->object.pool;
    ASSERT(thread->state == THREAD_ENDED);
    object_fini(&thread->object);
    frame_free(ptr_to_paddr(thread));
    pool_refund(pool, 1);
}

struct view *thread_view(const struct thread *thread)
{
    const struct cpu *cpu = thread->cpu;
    const struct process *process = thread_process(thread);
    if (cpu->thread == thread && !mmu_view_is_kernel(cpu->view))
        return view_of_mmu(cpu->view);
    if (cpu->thread != thread && thread->epoch == process->epoch)
        return thread->view;
    struct view *view = view_by_handle(process, thread->stands);
    return view != NULL ? view : process->home_view;
}

bool thread_look_around(struct thread *thread)
{
    if (process_has_ended(thread->process) && thread_gate(thread) != NULL)
        gate_throw_back(thread, thread_gate(thread), STATUS_ENDED);
    gate_land(thread);
    struct process *process = thread->process;
    if (process_has_ended(process)) {
        thread_end(thread, process->ending);
        return false;
    }
    struct view *view = view_by_handle(process, thread->stands);
    if (view == NULL && !(thread->notes & THREAD_KNOWS)) {
        thread->notes |= THREAD_LOST;
        thread->lost = thread->stands;
    }
    thread_stand_in(thread, view != NULL ? view : process->home_view);
    hold_look_around(thread);
    return true;
}

void thread_wait_for(struct object *object, struct list *waiters)
{
    struct thread *thread = cpu_this()->thread;
    object_get(object);
    thread->waiting_for = object;
    sched_block(thread);
    list_push_back(waiters, &thread->node);
}
