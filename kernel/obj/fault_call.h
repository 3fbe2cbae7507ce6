/*
 * floor 6: faults that go to an endpoint. The kernel calls it for the thread, which waits there as
 * any caller does, with its registers as they were when it faulted; the receiver gets a struct
 * fault_call, and its answer says how the thread goes on.
 *
 *             fault_call                      endpoint_reply
 *   NONE -------------------> WAITS ---------------------------> NONE, or in another view
 *                              |  \---------- the same --------> ENDS
 *                              |   end of server or endpoint
 *                              v
 *                           as if declined, which it learns when it runs again
 *
 * Invariant: a thread whose state is not NONE looks around before it runs again (EPOCH_PAST): there
 * fault_go_on does what is to be done in the thread itself.
 */
#ifndef VASCO_OBJ_FAULT_CALL_H
#define VASCO_OBJ_FAULT_CALL_H

#include "base/status.h"
#include "base/types.h"
#include "obj/fault.h"

struct thread;

enum fault_call_state {
    FAULT_CALL_NONE,
    FAULT_CALL_WAITS, /* if it runs in this state, nobody will answer any more */
    FAULT_CALL_ENDS,  /* the answer: end the process */
    FAULT_CALL_AGAIN, /* the endpoint was cleaned up first: call it now */
};

/* Part of a thread. */
struct fault_calls {
    handle_t endpoint; /* a capability of its process; 0: none */
    enum fault_call_state state;
    struct fault fault;     /* unless NONE: which, */
    struct fault_call call; /* and what the receiver is told */
};

/* Does the running thread's fault go to its endpoint? Then it is blocked, or will be. Not while it
 * is in a gate. */
bool must_check fault_call(const struct fault *fault);

/* A server answers a thread's fault: BAD_ARGUMENT, and what is wrong with the view. Nothing has
 * happened then; otherwise the thread can go on. */
status_t must_check fault_answer(const struct thread *server, struct thread *thread);

/* The running thread has looked around: its call is over, or it has lost the view `lost` (or 0). */
void fault_go_on(handle_t lost);

#endif
