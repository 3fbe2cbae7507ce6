/* Gates: see gate.h. The common case of a call and of its return is in entry.asm. */
#include "obj/gate.h"

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/endpoint.h"
#include "obj/hold.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

void gate_init(void)
{
    slab_kind_init(SLAB_GATE, sizeof(struct gate));
    slab_kind_init(SLAB_GATE_FRAME, sizeof(struct gate_frame));
}

/* --- making one ----------------------------------------------------------------------------- */

status_t gate_create(struct pool *pool, struct name name, struct view *view, uint64_t entry,
                     struct gate **out)
{
    void *memory;
    if (view_is_guarded(view))
        return STATUS_BUSY;
    TRY(slab_alloc(pool, SLAB_GATE, &memory));
    struct gate *gate = memory;
    *gate = (struct gate){
        .mmu = &view->mmu, .process = view->process, .caps = &view->process->caps, .entry = entry};
    object_init(&gate->object, OBJECT_GATE, name, pool);
    list_init(&gate->frames);
    list_push_back(&view->process->gates, &gate->in_process);
    view_pin(view);
    *out = gate;
    return STATUS_OK;
}

status_t gate_add_stack(struct gate *gate, uint64_t top, uint64_t tls)
{
    void *memory;
    if (gate->process == NULL || process_has_ended(gate->process))
        return STATUS_ENDED;
    if (gate->nframes == GATE_STACKS_MAX)
        return STATUS_NO_SLOT;
    TRY(slab_alloc(gate->object.pool, SLAB_GATE_FRAME, &memory));
    struct gate_frame *frame = memory;
    *frame = (struct gate_frame){
        .next = gate->free, .list = &gate->free, .top = top, .tls = tls, .gate = gate};
    gate->free = frame;
    list_push_back(&gate->frames, &frame->in_gate);
    gate->nframes++;
    return STATUS_OK;
}

static struct gate_frame *frame_of_node(struct list *node)
{
    return list_item(node, struct gate_frame, in_gate);
}

uint32_t gate_count_calls(const struct gate *gate)
{
    uint32_t count = 0;
    list_for_each(node, &gate->frames)
        count += frame_of_node(node)->thread != NULL;
    return count;
}

/* --- the innermost frame of a thread ---------------------------------------------------------- */

bool gate_is_quick(void)
{
    return context_has_fsgsbase();
}

static void set_frame(struct thread *thread, struct gate_frame *frame)
{
    bool quick = gate_is_quick() && thread->hold.space == NULL;
    thread->gate = quick ? frame : NULL;
    thread->gate_hidden = quick ? NULL : frame;
}

void gate_hide(struct thread *thread)
{
    set_frame(thread, thread_gate(thread));
}

/* --- in and out ----------------------------------------------------------------------------- */

static struct view *view_of(const struct gate *gate)
{
    return view_of_mmu(gate->mmu);
}

/* The running thread runs in this process and view from now on. */
static void go_to(struct thread *thread, struct process *process, struct view *view)
{
    struct cpu *cpu = cpu_this();
    cpu->caps = cpu->switch_caps = &process->caps;
    mmu_view_load(&view->mmu);
    cpu_count_event(COUNTER_SLOW_CROSSINGS);
    thread->epoch = process->epoch;
}

/* The innermost frame of a thread is free again. */
static void pop(struct thread *thread)
{
    struct gate_frame *frame = thread_gate(thread);
    set_frame(thread, frame->below);
    thread->gates_left++;
    frame->thread = NULL;
    frame->next = *frame->list;
    *frame->list = frame;
    view_unpin(view_of_mmu(frame->mmu));
}

static uint32_t count_gates(const struct thread *thread)
{
    uint32_t n = 0;
    for (const struct gate_frame *frame = thread_gate(thread); frame != NULL; frame = frame->below)
        n++;
    return n;
}

static status_t check_call(const struct thread *thread, const struct gate *gate)
{
    if (gate->process == NULL || process_has_ended(gate->process))
        return STATUS_ENDED;
    if (view_of(gate)->gone)
        return STATUS_DESTROYED;
    if (thread->hold.space != NULL)
        return STATUS_BUSY;
    if (gate->free == NULL)
        return STATUS_NO_STACK;
    return count_gates(thread) < GATE_DEPTH_MAX ? STATUS_OK : STATUS_TOO_DEEP;
}

status_t gate_call(struct cap *cap)
{
    struct thread *thread = cpu_this()->thread;
    struct gate *gate = container_of(cap->object, struct gate, object);
    struct gate_frame *frame = gate->free;
    struct view *view = thread_view(thread);
    TRY(check_call(thread, gate));
    gate->free = frame->next;
    frame->thread = thread;
    frame->below = thread_gate(thread);
    frame->via = cap;
    frame->mmu = &view->mmu;
    view_pin(view);
    set_frame(thread, frame);
    thread->gates_left--;
    frame->fs_base = context_swap_tls(&thread->context, frame->tls);
    context_enter_gate(&thread->context, gate->entry, frame->top, cap->badge, &frame->rip,
                       &frame->rsp);
    go_to(thread, gate->process, view_of(gate));
    cpu_count_event(COUNTER_GATE_CALLS);
    return STATUS_OK;
}

/* Where a frame returns to. It may be gone, and its process have ended, but while the view is
 * pinned both are there. */
static struct view *caller_of(const struct gate_frame *frame)
{
    return view_of_mmu(frame->mmu);
}

status_t gate_return(void)
{
    struct thread *thread = cpu_this()->thread;
    struct gate_frame *frame = thread_gate(thread);
    if (frame == NULL)
        return STATUS_NOT_IN_GATE;
    hold_leave(thread);
    struct view *view = caller_of(frame);
    if (view->gone || process_has_ended(view->process)) {
        gate_throw_back(thread, frame, STATUS_DESTROYED);
        return STATUS_OK;
    }
    context_swap_tls(&thread->context, frame->fs_base);
    context_leave_gate(&thread->context, frame->rip, frame->rsp);
    go_to(thread, view->process, view);
    pop(thread);
    return STATUS_OK;
}

/* --- being thrown back ---------------------------------------------------------------------- */

/* The thread has left everything that it had to do with in the process where it is. A running one
 * stops: on this CPU, or another. */
static void drop_everything(struct thread *thread)
{
    hold_forget(thread);
    endpoint_hang_up(thread);
    if (thread->state == THREAD_BLOCKED)
        sched_unblock(thread);
    if (thread->cpu->thread == thread)
        sched_halt(thread->cpu);
}

/* It runs in the process of its caller from now on, when it runs again. */
static void move_to(struct thread *thread, const struct view *view)
{
    struct cpu *cpu = thread->cpu;
    struct process *process = view->process;
    thread->process = process;
    thread->stands = view->handle;
    thread->epoch = EPOCH_PAST;
    if (cpu->thread == thread)
        cpu->caps = cpu->switch_caps = &process->caps;
}

void gate_throw_back(struct thread *thread, struct gate_frame *last, status_t status)
{
    struct gate_frame *frame;
    bool found = false;
    thread->notes &= ~(uint32_t)THREAD_KNOWS; /* that was about a view of the callee's */
    drop_everything(thread);
    do {
        frame = thread_gate(thread);
        found = found || frame == last;
        thread->back = (struct gate_return){true, frame->rip, frame->rsp, frame->fs_base, status};
        move_to(thread, caller_of(frame));
        pop(thread);
        if (found && frame != last)
            thread->back.status = STATUS_ENDED;
    } while (!found || (process_has_ended(thread->process) && thread_gate(thread) != NULL));
}

void gate_land(struct thread *thread)
{
    if (!thread->back.pending)
        return;
    thread->back.pending = false;
    context_throw_back(&thread->context, thread->back.rip, thread->back.rsp, thread->back.fs_base,
                       thread->back.status);
}

void gate_forget(struct thread *thread)
{
    while (thread_gate(thread) != NULL)
        pop(thread);
}

/* --- the end -------------------------------------------------------------------------------- */

void gate_close(struct gate *gate)
{
    while (gate->free != NULL) {
        struct gate_frame *frame = gate->free;
        gate->free = frame->next;
        frame->next = gate->closed;
        gate->closed = frame;
    }
    list_for_each(node, &gate->frames)
        frame_of_node(node)->list = &gate->closed;
}

/* True if there was one. */
static bool throw_one_back(struct gate *gate, status_t status)
{
    list_for_each(node, &gate->frames) {
        struct gate_frame *frame = frame_of_node(node);
        if (frame->thread == NULL)
            continue;
        gate_throw_back(frame->thread, frame, status);
        return true;
    }
    return false;
}

/* The owner has nothing more to do with it. */
static void leave_process(struct gate *gate)
{
    if (gate->process == NULL)
        return;
    list_remove(&gate->in_process);
    gate->process = NULL;
    view_unpin(view_of(gate));
}

enum step gate_clear_some(struct gate *gate)
{
    gate_close(gate);
    if (throw_one_back(gate, STATUS_DESTROYED))
        return STEP_MORE;
    leave_process(gate);
    return gate->object.dead && !cap_bury_some(&gate->object) ? STEP_MORE : STEP_DONE;
}

bool gate_leave_some(struct process *process)
{
    if (list_is_empty(&process->gates))
        return true;
    struct gate *gate = list_item(list_first(&process->gates), struct gate, in_process);
    gate_close(gate);
    if (!throw_one_back(gate, STATUS_ENDED))
        leave_process(gate);
    return false;
}

void gate_cap_leaves(const struct gate *gate, const struct cap *cap)
{
    list_for_each(node, &gate->frames) {
        struct gate_frame *frame = frame_of_node(node);
        if (frame->thread != NULL && frame->via == cap)
            gate_throw_back(frame->thread, frame, STATUS_BAD_HANDLE);
    }
}

void gate_free(struct gate *gate)
{
    while (!list_is_empty(&gate->frames)) {
        struct gate_frame *frame = frame_of_node(list_first(&gate->frames));
        list_remove(&frame->in_gate);
        slab_free(frame);
    }
    object_fini(&gate->object);
    slab_free(gate);
}

/* --- checks --------------------------------------------------------------------------------- */

void gate_check(const struct gate *gate)
{
    uint32_t nfree = 0;
    uint32_t nframes = 0;
    for (const struct gate_frame *frame = gate->free; frame != NULL; frame = frame->next)
        nfree += frame->thread == NULL && frame->list == &gate->free;
    for (const struct gate_frame *frame = gate->closed; frame != NULL; frame = frame->next)
        nfree += frame->thread == NULL && frame->list == &gate->closed;
    list_for_each(node, &gate->frames) {
        const struct gate_frame *frame = frame_of_node(node);
        ASSERT(frame->gate == gate);
        nframes++;
    }
    ASSERT(nframes == gate->nframes && nfree + gate_count_calls(gate) == nframes);
    ASSERT(!gate->object.dead || gate->free == NULL);
    ASSERT((gate->process == NULL) == list_is_empty(&gate->in_process));
    ASSERT(gate->process == NULL || view_of(gate)->pins > 0);
}
