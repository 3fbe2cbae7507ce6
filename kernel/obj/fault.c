/* Faults of user code, and what is said of them. */
#include "obj/fault.h"

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/vectors.h>

#include "abi/objects.h"
#include "base/log.h"
#include "base/string.h"
#include "obj/place.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/user_mem.h"
#include "obj/vas.h"
#include "obj/view.h"

static const char *access_verb(uint64_t access)
{
    return access == ACCESS_WRITE     ? "write to"
           : access == ACCESS_EXECUTE ? "execution of"
                                      : "read of";
}

static const char *access_right(uint64_t access)
{
    return access == ACCESS_WRITE ? "WRITE" : access == ACCESS_EXECUTE ? "EXECUTE" : "READ";
}

static const char *access_kind(uint64_t access)
{
    return access & ACCESS_WRITE     ? "read-write"
           : access & ACCESS_EXECUTE ? "read-execute"
                                     : "read-only";
}

static void say_who(const struct thread *thread)
{
    const struct process *process = thread_process(thread);
    log_text("[fault] process '%.*s' (%lu), thread %lu%s: ", NAME_ARG(process->object.name),
             process->object.id, thread->object.id, thread_gate(thread) != NULL ? " in a gate" : "");
}

static void say_space(const struct view *view, uint64_t address)
{
    if (address < HOME_END)
        log_text("its home");
    else if (view->vas == NULL)
        log_text("view 0, which has no VAS");
    else
        log_text("VAS '%.*s' (%lu)", NAME_ARG(view->vas->object.name), view->vas->object.id);
}

static void say_right_missing(struct place place, const struct view *view, uint64_t address,
                              uint64_t access)
{
    log_text("segment '%.*s' (%lu) is %s in ", NAME_ARG(place.seg->object.name),
             place.seg->object.id, access_kind(place.access));
    say_space(view, address);
    log_text(": no %s right\n", access_right(access));
}

static void say_no_segment(const struct view *view, uint64_t address)
{
    const struct seg *seg = seg_find_by_address(VADDR(address));
    if (address < HOME_END || seg == NULL) {
        log_text("no segment there in ");
        say_space(view, address);
        log_text("\n");
        return;
    }
    log_text("segment '%.*s' (%lu) is not attached in ", NAME_ARG(seg->object.name),
             seg->object.id);
    say_space(view, address);
    log_text("\n");
}

static void say_refused(const struct thread *thread, struct place place, uint64_t address,
                        uint64_t access)
{
    const struct view *view = thread_view(thread);
    say_who(thread);
    log_text("%s 0x%lx refused:\n        ", access_verb(access), address);
    if (address >= USER_END)
        log_text("the address is the kernel's\n");
    else if (place_allows(place, access))
        log_text("the CPU insists, though segment '%.*s' allows it\n",
                 NAME_ARG(place.seg->object.name));
    else if (place.seg != NULL)
        say_right_missing(place, view, address, access);
    else
        say_no_segment(view, address);
}

/* The thread goes on in its handler, which finds the report on its own stack. The handler is then
 * forgotten, so that a fault in it ends the process; it can set itself again. */
static bool tell_handler(struct thread *thread, struct fault_report report)
{
    struct fault_handler handler = thread->handler;
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
static void end(struct thread *thread, struct ending ending)
{
    if (thread_gate(thread) == NULL) {
        process_end(thread_process(thread), ending);
        return;
    }
    thread_gate(thread)->gate->nfaults++;
    gate_throw_back(thread, thread_gate(thread), STATUS_FAULTED);
}

static void end_by_fault(struct thread *thread, uint64_t vector, uint64_t address)
{
    end(thread, (struct ending){END_FAULT, (int64_t)vector, address});
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
    return thread->fault_repeats == REPEATS_MAX;
}

enum outcome {
    MENDED,
    REFUSED,       /* the view does not allow it, or the CPU will not have it all the same */
    OUT_OF_MEMORY, /* a sparse segment's pool has none left */
};

/* Fills the page of an address that may be touched. */
static enum outcome mend(struct thread *thread, struct seg *seg, uint64_t address, uint64_t rip)
{
    uint64_t before = seg_resident(seg);
    if (seg_fill(seg, address - seg->range.base.v) != STATUS_OK)
        return OUT_OF_MEMORY;
    return seg_resident(seg) != before || !fault_repeats(thread, address, rip) ? MENDED : REFUSED;
}

static void say_no_memory(const struct thread *thread, struct place place, uint64_t address,
                          uint64_t access)
{
    const struct object *pool = pool_object(place.seg->object.pool);
    say_who(thread);
    log_text("%s 0x%lx refused:\n        pool '%.*s' (%lu) has no memory left for segment "
             "'%.*s' (%lu)\n",
             access_verb(access), address, NAME_ARG(pool->name), pool->id,
             NAME_ARG(place.seg->object.name), place.seg->object.id);
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
    if (outcome == MENDED)
        return;
    if (tell_handler(
            thread, (struct fault_report){.kind = outcome == REFUSED ? FAULT_PAGE : FAULT_NO_MEMORY,
                                          .vector = VECTOR_PAGE_FAULT,
                                          .address = address,
                                          .access = access,
                                          .view = thread_view(thread)->handle}))
        return;
    if (outcome == REFUSED)
        say_refused(thread, place, address, access);
    else
        say_no_memory(thread, place, address, access);
    end_by_fault(thread, VECTOR_PAGE_FAULT, address);
}

void fault_exception(uint64_t vector, const char *word, uint64_t rip)
{
    struct thread *thread = cpu_this()->thread;
    cpu_count_event(COUNTER_FAULTS);
    if (tell_handler(thread, (struct fault_report){.kind = FAULT_EXCEPTION,
                                                   .vector = (uint32_t)vector,
                                                   .address = rip,
                                                   .view = thread_view(thread)->handle}))
        return;
    say_who(thread);
    log_text("%s (vector %lu) at 0x%lx\n", word, vector, rip);
    end_by_fault(thread, vector, rip);
}

void fault_view_lost(handle_t view)
{
    struct thread *thread = cpu_this()->thread;
    uint64_t rip = context_rip(&thread->context);
    if (thread_gate(thread) == NULL && thread->handler.runs && thread->handler.entry == 0) {
        thread->handler.missed = view;
        return;
    }
    cpu_count_event(COUNTER_FAULTS);
    if (tell_handler(thread,
                     (struct fault_report){.kind = FAULT_VIEW_LOST, .address = rip, .view = view}))
        return;
    say_who(thread);
    log_text("the view in which it stood was taken away, at 0x%lx\n", rip);
    end(thread, (struct ending){END_VIEW_LOST, 0, rip});
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
    if (view != 0)
        fault_view_lost(view);
}
