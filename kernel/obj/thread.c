/* Threads: making and ending them, and the view in which each stands. */
#include "obj/thread.h"

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"
#include "obj/sched.h"
#include "obj/view.h"

/* Where the vector registers are saved, behind the thread in its frame. */
#define VECTORS_OFFSET 1024
_Static_assert(sizeof(struct thread) <= VECTORS_OFFSET, "a thread is one frame");

status_t thread_create(struct process *process, struct thread_spec spec, struct thread **out)
{
    ASSERT(context_vector_bytes() <= PAGE_SIZE - VECTORS_OFFSET);
    if (process_has_ended(process))
        return STATUS_ENDED;
    TRY(pool_charge(process->pool, 1));
    struct thread *thread = paddr_to_ptr(frame_take(FRAME_THREAD, NULL));
    *thread = (struct thread){.process = process,
                              .process_id = process->object.id,
                              .pool = process->pool,
                              .view = process->home_view,
                              .priority = spec.priority};
    object_init(&thread->object, OBJECT_THREAD, process->object.name);
    context_init(&thread->context, (char *)thread + VECTORS_OFFSET, spec.entry, spec.stack,
                 spec.argument, spec.tls);
    list_init(&thread->node);
    list_init(&thread->waiters);
    list_push_back(&process->threads, &thread->in_process);
    process->started = true;
    if (process->nthreads++ == 0)
        object_get(&process->object);
    object_get(&thread->object);
    sched_ready(thread);
    *out = thread;
    return STATUS_OK;
}

static void stop_waiting(struct thread *thread)
{
    if (thread->waiting_for != NULL)
        object_put(thread->waiting_for);
    thread->waiting_for = NULL;
}

void thread_end(struct thread *thread, struct ending ending)
{
    struct process *process = thread->process;
    if (thread->state == THREAD_ENDED)
        return;
    sched_remove(thread);
    stop_waiting(thread);
    thread->state = THREAD_ENDED;
    thread->ending = ending;
    thread->process = NULL;
    thread->view = NULL;
    list_remove(&thread->in_process);
    sched_wake_all(&thread->waiters, STATUS_OK);
    bool last = --process->nthreads == 0;
    if (last) {
        process_end(process, ending);
        object_put(&process->object);
    }
    object_put(&thread->object);
}

void thread_release(struct thread *thread)
{
    ASSERT(thread->state == THREAD_ENDED);
    struct pool *pool = thread->pool;
    frame_free(ptr_to_paddr(thread));
    pool_refund(pool, 1);
}

struct view *thread_view(const struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    return cpu->thread == thread ? view_of_mmu(cpu->view) : thread->view;
}

void threads_leave_view(struct view *view)
{
    struct view *home = view->process->home_view;
    list_for_each(node, &view->process->threads) {
        struct thread *thread = list_item(node, struct thread, in_process);
        if (thread->view == view)
            thread->view = home;
    }
    if (cpu_this()->view != &view->mmu)
        return;
    if (home != NULL && home != view)
        mmu_view_load(&home->mmu);
    else
        mmu_view_leave();
}

void thread_wait_for(struct object *object, struct list *waiters)
{
    struct thread *thread = cpu_this()->thread;
    object_get(object);
    thread->waiting_for = object;
    sched_block(thread);
    list_push_back(waiters, &thread->node);
}
