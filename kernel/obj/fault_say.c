/* Messages of faults: see fault_say.h. */
#include "obj/fault_say.h"

#include <arch/layout.h>

#include "abi/objects.h"
#include "base/log.h"
#include "base/string.h"
#include "obj/devices.h"
#include "obj/fault.h"
#include "obj/place.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
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
             process->object.id, thread->object.id,
             thread_gate(thread) != NULL ? " in a gate" : "");
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

static void say_refused(const struct thread *thread, struct place place, const struct fault *fault)
{
    const struct view *view = thread_view(thread);
    uint64_t address = fault->address;
    uint64_t access = fault->access;
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

static void say_no_memory(const struct seg *seg)
{
    const struct object *pool = pool_object(seg->object.pool);
    log_text("pool '%.*s' (%lu) has no memory left for segment '%.*s' (%lu)\n",
             NAME_ARG(pool->name), pool->id, NAME_ARG(seg->object.name), seg->object.id);
}

static void say_missing(const struct seg *seg)
{
    log_text("nobody has supplied the page of the paged segment '%.*s' (%lu)\n",
             NAME_ARG(seg->object.name), seg->object.id);
}

static void say(const struct thread *thread, const struct fault *fault)
{
    struct place place = {0};
    if (fault->address < USER_END)
        place = place_find(thread_view(thread), VADDR(fault->address));
    say_who(thread);
    switch (fault->kind) {
    case FAULT_EXCEPTION:
        log_text("%s (vector %u) at 0x%lx\n", fault->word, fault->vector, fault->address);
        return;
    case FAULT_VIEW_LOST:
        log_text("the view in which it stood was taken away, at 0x%lx\n", fault->address);
        return;
    case FAULT_PAGE:
    case FAULT_NO_MEMORY:
    case FAULT_MISSING:
        break;
    }
    log_text("%s 0x%lx refused:\n        ", access_verb(fault->access), fault->address);
    if (fault->kind == FAULT_NO_MEMORY && place.seg != NULL)
        say_no_memory(place.seg);
    else if (fault->kind == FAULT_MISSING && place.seg != NULL)
        say_missing(place.seg);
    else
        say_refused(thread, place, fault);
}

void fault_say(const struct thread *thread, const struct fault *fault)
{
    say(thread, fault);
    console_show();
}
