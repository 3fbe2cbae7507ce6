/*
 * floor 6: what becomes of a thread whose code faulted.
 *
 * A first touch of a segment's page is filled and the thread goes on, unless the segment is paged.
 * Any other fault goes to the thread's fault endpoint, if it has one (obj/fault_call.h); if that
 * declines, to the thread's own handler, if it has set one; otherwise it ends the process, with a
 * message that says who did what, and which segment and right stood against it.
 */
#ifndef VASCO_OBJ_FAULT_H
#define VASCO_OBJ_FAULT_H

#include "abi/types.h"
#include "base/types.h"

struct thread;

/* What has happened to a thread. The members are those of a struct fault_report. */
struct fault {
    enum fault_kind kind;
    uint32_t vector;
    uint64_t address;
    uint64_t access;
    handle_t view;
    const char *word; /* of an exception: its name */
};

/* A page fault in the running thread at `rip`; `access` is the one right that the CPU wanted. */
void fault_page(uint64_t address, uint64_t access, uint64_t rip);

/* Any other exception in the running thread. `word` names it; `rip` is where. */
void fault_exception(uint64_t vector, const char *word, uint64_t rip);

/* The view of this handle was taken from the running thread, which is at home now. If its handler
 * is running it is told later, since that is no fault of the handler's. */
void fault_view_lost(handle_t view);

/* The fault of the running thread goes to nobody else: to its handler, or it ends the process. */
void fault_unserved(const struct fault *fault);

/* It ends the process, or the call of the gate in which the thread is. */
void fault_end(const struct fault *fault);

/* The running thread has had its fault before; it goes to its endpoint, or is unserved. */
void fault_raise(struct fault fault);

/* Sets the handler of the running thread; an entry of 0 removes it. */
void fault_handler_set(uint64_t entry, uint64_t stack);

/* What the handler has missed is told now, at the end of the call that has set it again. */
void fault_tell_missed(void);

#endif
