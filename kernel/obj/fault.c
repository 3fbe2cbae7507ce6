/* Faults of user code, and where they go. */
#include "obj/fault.h"

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/vectors.h>

#include "obj/fault_call.h"
#include "obj/fault_say.h"
#include "obj/gate.h"
#include "obj/place.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/user_mem.h"
#include "obj/view.h"

/* The thread goes on in its handler, which finds the report on its own stack. The handler is then
 * forgotten, so that a fault in it ends the process; it can set itself again. */
static bool tell_handler(struct thread *thread, const struct fault *fault)
{
    struct fault_handler handler = thread->handler;
    struct fault_report report = {.kind = fault->kind,
                                  .vector = fault->vector,
                                  .address = fault->address,
                                  .access = fault->access,
                                  .view = fault->view};
    uint64_t at = align_down(handler.stack - sizeof(report), 16);
    if (handler.entry == 0 || thread_gate(thread) != NULL)
        return false;
    hold_give_up(thread);
    thread->handler.entry = 0;
    thread->handler.runs = true;
    context_complete_call(&thread->context);
    context_report(&thread->context, &report);
    if (user_write(UPTR(at), &report, sizeof(report)) != STATUS_OK)
        return false;
    context_upcall(&thread->context, handler.entry, at - sizeof(uint64_t), at);
    return true;
}

/* A thread that is in a gate leaves it: what its caller may have provoked is no reason to end the
 * owner. */
void fault_end(const struct fault *fault)
{
    struct thread *thread = cpu_this()->thread;
    struct ending ending = {END_FAULT, (int64_t)fault->vector, fault->address};
    if (fault->kind == FAULT_VIEW_LOST)
        ending = (struct ending){END_VIEW_LOST, 0, fault->address};
    fault_say(thread, fault);
    if (thread_gate(thread) == NULL) {
        process_end(thread_process(thread), ending);
        return;
    }
    thread_gate(thread)->gate->nfaults++;
    gate_throw_back(thread, thread_gate(thread), STATUS_FAULTED);
}

/* While the handler runs, the loss of a view is none of its faults: it hears of it later. */
void fault_unserved(const struct fault *fault)
{
    struct thread *thread = cpu_this()->thread;
    bool handles =
        thread_gate(thread) == NULL && thread->handler.runs && thread->handler.entry == 0;
    if (fault->kind == FAULT_VIEW_LOST && handles)
        thread->handler.missed = fault->view;
    else if (!tell_handler(thread, fault))
        fault_end(fault);
}

void fault_raise(struct fault fault)
{
    if (!fault_call(&fault))
        fault_unserved(&fault);
}

/* The tables allow what the CPU refused, and the page was there. That is right when the CPU still
 * remembered less, or another CPU was faster: something was taken away or narrowed before, which
 * raised the view's generation. But while that stands still it must not go on for ever: QEMU 7.2
 * reads the stack of a far return as the kernel would, and SMAP refuses that each time. */
#define REPEATS_MAX 8

static bool fault_repeats(struct thread *thread, uint64_t address, uint64_t rip)
{
    uint64_t generation = mmu_view_generation(&thread_view(thread)->mmu);
    bool again = thread->fault_address == address && thread->fault_rip == rip &&
                 thread->fault_generation == generation;
    thread->fault_repeats = again ? thread->fault_repeats + 1 : 0;
    thread->fault_address = address;
    thread->fault_rip = rip;
    thread->fault_generation = generation;
    return thread->fault_repeats >= REPEATS_MAX;
}

enum outcome {
    MENDED,
    REFUSED,       /* the view does not allow it, or the CPU will not have it all the same */
    OUT_OF_MEMORY, /* a sparse segment's pool has none left */
    MISSING,       /* a page of a paged segment, which is not the kernel's to fill */
};

static const enum fault_kind kinds[] = {
    [REFUSED] = FAULT_PAGE, [OUT_OF_MEMORY] = FAULT_NO_MEMORY, [MISSING] = FAULT_MISSING};

/* Fills the page of an address that may be touched. */
static enum outcome mend(struct thread *thread, struct seg *seg, uint64_t address, uint64_t rip)
{
    uint64_t before = seg_resident(seg);
    uint64_t offset = address - seg->range.base.v;
    if (unlikely((seg->flags & SEG_PAGED) != 0) && !seg_has_page(seg, offset))
        return MISSING;
    if (seg_fill(seg, offset) != STATUS_OK)
        return OUT_OF_MEMORY;
    return seg_resident(seg) != before || !fault_repeats(thread, address, rip) ? MENDED : REFUSED;
}

void fault_page(uint64_t address, uint64_t access, uint64_t rip)
{
    struct thread *thread = cpu_this()->thread;
    struct place place = {0};
    enum outcome outcome = REFUSED;
    cpu_count_event(COUNTER_FAULTS);
    if (address < USER_END)
        place = place_find(thread_view(thread), VADDR(address));
    if (place_allows(place, access))
        outcome = mend(thread, place.seg, address, rip);
    if (outcome != MENDED)
        fault_raise((struct fault){.kind = kinds[outcome],
                                   .vector = VECTOR_PAGE_FAULT,
                                   .address = address,
                                   .access = access,
                                   .view = thread_view(thread)->handle});
}

void fault_exception(uint64_t vector, const char *word, uint64_t rip)
{
    cpu_count_event(COUNTER_FAULTS);
    fault_raise((struct fault){.kind = FAULT_EXCEPTION,
                               .vector = (uint32_t)vector,
                               .address = rip,
                               .view = thread_view(cpu_this()->thread)->handle,
                               .word = word});
}

static struct fault view_lost(handle_t view)
{
    uint64_t rip = context_rip(&cpu_this()->thread->context);
    return (struct fault){.kind = FAULT_VIEW_LOST, .address = rip, .view = view};
}

void fault_view_lost(handle_t view)
{
    cpu_count_event(COUNTER_FAULTS);
    fault_raise(view_lost(view));
}

void fault_handler_set(uint64_t entry, uint64_t stack)
{
    struct cpu *cpu = cpu_this();
    struct fault_handler *handler = &cpu->thread->handler;
    handler->entry = entry;
    handler->stack = stack;
    handler->runs = false;
    if (handler->missed != 0)
        cpu->resched |= RESCHED_TELL;
}

void fault_tell_missed(void)
{
    struct fault_handler *handler = &cpu_this()->thread->handler;
    handle_t view = handler->missed;
    handler->missed = 0;
    if (view == 0)
        return;
    struct fault fault = view_lost(view);
    fault_unserved(&fault);
}
