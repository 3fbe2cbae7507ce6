/*
 * Faults of a thread: handled by another program, at an endpoint, or by the thread itself. They go
 * to the endpoint first, if there is one; if that declines, to the thread's handler; without one a
 * fault ends the process.
 *
 * What can happen: the thread touches what its view does not allow, or a page that its segment does
 * not have; it executes something that the CPU refuses; or the view in which it stands is taken
 * away, and it finds itself at home.
 *
 *     static void handle(struct fault_report *report)
 *     {
 *         if (report->kind == FAULT_VIEW_LOST)
 *             longjmp(back, 1);                    or return: the thread goes on where it was,
 *     }                                            with the registers of the report
 */
#ifndef VASCO_FAULT_H
#define VASCO_FAULT_H

#include <stddef.h>
#include <vasco/syscalls.h>

#include "abi/status.h"

typedef void fault_handler(struct fault_report *report);

/*
 * Faults of the calling thread go to `handler`, on a stack of `nbytes` (at least FAULT_STACK_BYTES)
 * that must lie in the home space, since it has to be there when a view is lost. While the handler
 * runs another fault ends the process, but for the loss of a view, which it is told afterwards;
 * when it returns, or the function is called again (behind a longjmp), faults go to it once more.
 * Null removes the handler. The handler may change the registers in its report. Vector registers
 * are kept for the code that faulted. Does not block. Errors: BAD_ADDRESS, BAD_ARGUMENT (the stack
 * is too small).
 */
int64_t fault_handler_set(fault_handler *handler, void *stack, size_t nbytes);

#define FAULT_STACK_BYTES 8192

/* --- at an endpoint --------------------------------------------------------------------------- */

/*
 * Faults of `thread` (0: the calling one) go to `endpoint`: the kernel calls it for the thread, and
 * the thread goes on as the answer says. `endpoint` is a handle of the thread's own process, with
 * ENDPOINT: CALL; for the thread of another one the endpoint is placed there before (cap_place),
 * with a badge by which the pager knows it. 0: nowhere. If nobody answers (the endpoint or the
 * capability is gone, the server ends, or takes no messages of eight words), the thread has its
 * fault as if there were no endpoint; while nobody receives it waits, as any caller does, so who
 * finds that a pager has ended destroys its endpoint. A fault behind a gate is not told there
 * (vasco/gate.h). Does not block. Needs THREAD: CONTROL and ENDPOINT: CALL. Errors: ENDED, and of
 * both handles BAD_HANDLE, DESTROYED, WRONG_TYPE, NO_RIGHT.
 *
 *     int64_t status = endpoint_receive(mine, &m);        a pager
 *     while (status == STATUS_OK) {
 *         const struct fault_call *fault = fault_call_in(&m);
 *         bool good = fault != NULL && fault->kind == FAULT_MISSING && supply(fault);
 *         fault_answer(&m, good ? FAULT_RESUME : FAULT_DECLINE);
 *         status = endpoint_reply_receive(mine, &m);
 *     }
 */
static inline int64_t fault_endpoint_set(handle_t thread, handle_t endpoint)
{
    return sys_thread_set_fault_endpoint(thread, endpoint);
}

/* The fault that a message is, or null: it is of a program's own. */
static inline const struct fault_call *fault_call_in(const struct message *message)
{
    return message->flags & MESSAGE_FAULT ? (const struct fault_call *)message->words : NULL;
}

/* Makes a message the answer to a fault. FAULT_RESUME_AT takes a view too: words[1], and nwords
 * is 2. */
static inline void fault_answer(struct message *message, enum fault_answer answer)
{
    message->nwords = 1;
    message->ncaps = 0;
    message->words[0] = answer;
}

#endif
