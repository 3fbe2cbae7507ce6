/*
 * floor 6: a gate, through which threads of other processes call a function of this one. The thread
 * itself goes: from the gate's entry on it runs in the owner's process and view, on a stack that
 * the owner has provided, and comes back where it called. Nothing is scheduled and no register is
 * saved but those that say where to come back to.
 *
 * caller   gate_call(cap) ................................ returns with the results
 *               |                                            ^
 *               v   arguments in registers, and the badge    |
 * owner    entry, on stack S ........ works .......... gate_return
 *
 * A thread is in as many gates as it has frames (`thread->gate`, the innermost; `below` leads to
 * the outermost). What frame it returns to is the kernel's knowledge alone, so a callee can return
 * nowhere else, and the caller cannot choose where it lands.
 *
 * A frame ends in one of two ways: by gate_return, or because the thread is thrown back: the callee
 * has faulted, or its process has ended, or the gate or the capability that was used is gone. Then
 * the frames above it end as well, and the call returns an error. A thread that ends is in no gate
 * any more, wherever it was: what it held there is left as it was.
 *
 * Invariants: G1  a frame is in use exactly when `thread` is set; it is then among that thread's
 * frames, and
 *     otherwise on the gate's list of free ones, or of closed ones
 * G2  the view to which a frame returns, and the gate's own, are pinned: their memory stays
 *     though they may be gone
 * G3  a closed gate has no free frames, and those in use go to the closed ones
 *
 * The common case of both ways is in entry.asm. It looks at the tag of the view that it loads: a
 * view that has gone has none, so it comes here. One of a process that has ended is out of date as
 * a rule (process_end); whoever comes in all the same is thrown back when the gates close, before
 * anything of the process goes.
 */
#ifndef VASCO_OBJ_GATE_H
#define VASCO_OBJ_GATE_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "obj/work.h"

struct mmu_view;
struct process;
struct thread;
struct view;

/* A stack that the owner has provided, and the call that uses it. */
struct gate_frame {
    struct gate_frame *next;  /* on the list of free ones */
    struct gate_frame **list; /* where it goes when it is free */
    uint64_t top;             /* the stack pointer at the entry, */
    uint64_t tls;             /* and FS base */
    struct gate *gate;
    struct thread *thread;
    struct gate_frame *below;   /* the thread's next outer frame */
    struct cap *via;            /* the capability that was called */
    struct mmu_view *mmu;       /* of the view to which the thread returns, */
    uint64_t rip, rsp, fs_base; /* and with what */
    struct list in_gate;
};

struct gate {
    struct object object;
    struct gate_frame *free;
    struct mmu_view *mmu;   /* of its view */
    struct cap_table *caps; /* of the owner */
    uint64_t entry;
    struct process *process; /* the owner; null: closed */
    struct gate_frame *closed;
    struct list frames; /* all of them, in_gate */
    uint32_t nframes;
    uint64_t nfaults; /* calls that ended by a fault */
    struct list in_process;
};

/* Where a thread that was thrown back goes on, and with what result. */
struct gate_return {
    bool pending;
    uint64_t rip, rsp, fs_base;
    status_t status;
};

/* Boot. */
void gate_init(void);

/* A gate without references into a view of a process. */
status_t must_check gate_create(struct pool *pool, struct name name, struct view *view,
                                uint64_t entry, struct gate **out);

/* One more stack, charged to the gate's pool. NO_SLOT NO_MEMORY ENDED. */
status_t must_check gate_add_stack(struct gate *gate, uint64_t top, uint64_t tls);

/* How many frames are in use. */
uint32_t gate_count_calls(const struct gate *gate);

/* The fast path can set FS base. */
bool gate_is_quick(void);

/* The thread has got or given back locks of segments: while it has them the fast path does not know
 * that it is in a gate, since they are given back at the return. */
void gate_hide(struct thread *thread);

/* The running thread calls through a capability, or returns: the registers in its context are then
 * those of the other side. Errors of a call: nothing has happened. */
status_t must_check gate_call(struct cap *cap);
status_t must_check gate_return(void);

/* The thread leaves the frames down to this one, and its call there returns the status. */
void gate_throw_back(struct thread *thread, struct gate_frame *frame, status_t status);

/* A thread that was thrown back is about to run: now its registers are those of its caller. */
void gate_land(struct thread *thread);

/* A thread ends. */
void gate_forget(struct thread *thread);

/* No more calls; those in progress go on until gate_clear_some throws them back. */
void gate_close(struct gate *gate);

/* A capability is about to go: who came through it is thrown back. */
void gate_cap_leaves(const struct gate *gate, const struct cap *cap);

/* Closes a gate and throws back who is in it. */
enum step gate_clear_some(struct gate *gate);

/* One step of closing the gates of a process that has ended; true when none is left. */
bool gate_leave_some(struct process *process);

void gate_free(struct gate *gate);

/* For tests: G1 and G3. */
void gate_check(const struct gate *gate);

#endif
