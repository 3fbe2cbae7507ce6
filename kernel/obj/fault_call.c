/* Faults that go to an endpoint: see fault_call.h. */
#include "obj/fault_call.h"

#include <arch/context.h>
#include <arch/layout.h>

#include "abi/objects.h"
#include "obj/endpoint.h"
#include "obj/place.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

/* --- calling -------------------------------------------------------------------------------- */

static struct fault_call describe(const struct thread *thread, const struct fault *fault)
{
    const struct view *view = thread_view(thread);
    struct fault_call call = {.kind = fault->kind,
                              .vector = fault->vector,
                              .address = fault->address,
                              .access = fault->access,
                              .view = fault->view,
                              .vas = view->vas != NULL ? view->vas->object.id : 0,
                              .thread = thread->object.id};
    if (fault->address >= USER_END)
        return call;
    struct place place = place_find(view, VADDR(fault->address));
    if (place.seg == NULL)
        return call;
    call.seg = place.seg->object.id;
    call.offset = fault->address - place.seg->range.base.v;
    return call;
}

/* The thread looks around before it runs again, whatever happens meanwhile. */
static void enter_state(struct thread *thread, enum fault_call_state state)
{
    thread->fault.state = state;
    thread->epoch = EPOCH_PAST;
}

bool fault_call(const struct fault *fault)
{
    struct cpu *cpu = cpu_this();
    struct thread *thread = cpu->thread;
    struct fault_calls *f = &thread->fault;
    struct cap *cap;
    if (likely(f->endpoint == 0) || thread_gate(thread) != NULL ||
        cap_find(&thread->owner->caps, f->endpoint, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap) !=
            STATUS_OK)
        return false;
    f->fault = *fault;
    f->call = describe(thread, fault);
    f->state = FAULT_CALL_WAITS;
    struct endpoint *endpoint = container_of(cap->object, struct endpoint, object);
    bool again = endpoint_call_for_fault(endpoint, cap) == SYSCALL_AGAIN;
    if (thread->state != THREAD_BLOCKED && !again) {
        f->state = FAULT_CALL_NONE;
        return false;
    }
    enter_state(thread, again ? FAULT_CALL_AGAIN : FAULT_CALL_WAITS);
    cpu->resched |= RESCHED_CHOOSE;
    return true;
}

/* --- being answered ------------------------------------------------------------------------- */

/* Another view for a thread that waits. It takes no locks for it and has none to give back. One
 * whose process has ended is not moved: it ends when it looks around. */
static status_t move(struct thread *thread, handle_t handle)
{
    struct cap *cap;
    if (process_has_ended(thread->owner))
        return STATUS_OK;
    TRY(cap_find(&thread->owner->caps, handle, OBJECT_VIEW, RIGHT_VIEW_SWITCH, &cap));
    struct view *view = container_of(cap->object, struct view, object);
    if (thread->hold.space != NULL || view_is_guarded(view))
        return STATUS_BUSY;
    thread_stand_in(thread, view);
    return STATUS_OK;
}

status_t fault_answer(const struct thread *server, struct thread *thread)
{
    uint64_t tag = context_message_tag(&server->context);
    if (MESSAGE_NWORDS(tag) == 0 || MESSAGE_NCAPS(tag) != 0)
        return STATUS_BAD_ARGUMENT;
    switch (context_message_word(&server->context, 0)) {
    case FAULT_RESUME:
        thread->fault.state = FAULT_CALL_NONE;
        return STATUS_OK;
    case FAULT_RESUME_AT:
        if (MESSAGE_NWORDS(tag) < 2)
            return STATUS_BAD_ARGUMENT;
        TRY(move(thread, (handle_t)context_message_word(&server->context, 1)));
        thread->fault.state = FAULT_CALL_NONE;
        return STATUS_OK;
    case FAULT_DECLINE:
        return STATUS_OK;
    case FAULT_END:
        thread->fault.state = FAULT_CALL_ENDS;
        return STATUS_OK;
    default:
        return STATUS_BAD_ARGUMENT;
    }
}

/* --- going on ------------------------------------------------------------------------------- */

/* What else is told to a thread that has lost its view can wait: it will touch the same again. */
void fault_go_on(handle_t lost)
{
    struct fault_calls *f = &cpu_this()->thread->fault;
    enum fault_call_state state = f->state;
    f->state = FAULT_CALL_NONE;
    if (state == FAULT_CALL_ENDS)
        fault_end(&f->fault);
    else if (lost != 0)
        fault_view_lost(lost);
    else if (state == FAULT_CALL_WAITS)
        fault_unserved(&f->fault);
    else if (state == FAULT_CALL_AGAIN)
        fault_raise(f->fault);
}
