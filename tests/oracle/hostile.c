/*
 * User code that aims: another CPU is in the middle of a switch, or waits for the kernel lock, and
 * what it is on its way to is taken away now. What chance would do once in a million operations is
 * done all the time.
 */
#include "abi/syscalls.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "users.h"

/* A CPU that is in the kernel for a thread. */
static const struct model_cpu *victim(void)
{
    const struct model_cpu *found = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < cpu_count; i++) {
        const struct model_cpu *m = &model_cpus[i];
        const struct thread *thread = m->cpu.thread;
        if (m != running && !m->in_user && thread != NULL && thread->process != NULL && SELDOM(++n))
            found = m;
    }
    return found;
}

/* The view that it wants, if there still is one. */
static const struct view *view_wanted(const struct model_cpu *m)
{
    struct cap *cap;
    const struct process *process = process_on(m);
    if (process == NULL ||
        cap_find(&process->caps, (handle_t)m->heads_for, OBJECT_VIEW, 0, &cap) != STATUS_OK)
        return NULL;
    return container_of(cap->object, struct view, object);
}

static void take_from_link(const struct link *link)
{
    const struct seg *seg = link->seg;
    uint64_t handle = handle_of(&seg->object);
    uint64_t space = handle_of_space(link->space);
    uint64_t nbytes = seg->range.npages << PAGE_SHIFT;
    uint64_t offset = sample(nbytes);
    if (handle == 0)
        return;
    switch (choose(8)) {
    case 0:
        call(SYSCALL_object_destroy, handle, 0, 0);
        return;
    case 1:
    case 2:
        call(SYSCALL_seg_detach, space, handle, 0);
        return;
    case 3:
    case 4:
        call(SYSCALL_seg_set_access, space, handle, any_access());
        return;
    default:
        call(SYSCALL_seg_discard, handle, offset, PAGE_SIZE);
    }
}

/* A view of another process goes with its VAS, or with the process. */
static void take_view(const struct view *view)
{
    const struct process *process = view->process;
    if (process == process_on(running))
        call(SYSCALL_vas_detach, (uint64_t)view->handle, 0, 0);
    else if (SELDOM(4) && view->vas != NULL)
        call(SYSCALL_object_destroy, handle_of(&view->vas->object), 0, 0);
    else if (SELDOM(4) && process != world_init)
        call(SYSCALL_object_destroy, handle_of(&process->object), 0, 0);
}

/* A larger segment that takes the place of tables that are not used. */
static void take_tables(struct space *space)
{
    uint64_t handle;
    const struct seg *seg = any_seg(&handle);
    if (seg != NULL && seg->link_level > 2 && space->kind == SPACE_VAS)
        call(SYSCALL_seg_attach, handle_of_space(space), handle, ACCESS_READ);
}

bool act_hostile(void)
{
    const struct model_cpu *m = victim();
    const struct view *view = m != NULL ? view_wanted(m) : NULL;
    if (m != NULL && process_on(m) != world_init && SELDOM(64)) {
        call(SYSCALL_object_destroy, handle_of(&process_on(m)->object), 0, 0);
        return true;
    }
    if (m != NULL && view == NULL && m->heads_for != 0 && process_on(m) == process_on(running)) {
        /* It has guessed a handle: here comes one. */
        call(SYSCALL_vas_attach, (uint64_t)HANDLE_SELF, any(OBJECT_VAS), ACCESS_ALL);
        return true;
    }
    if (view == NULL)
        return false;
    if (SELDOM(24)) {
        take_view(view);
        return true;
    }
    struct space *space = view->vas != NULL && OFTEN(4) ? &view->vas->space : &view->process->home;
    const struct link *link = any_link(space);
    if (SELDOM(3))
        take_tables(space);
    else if (link != NULL && link->seg != world_buffer)
        take_from_link(link);
    return true;
}
