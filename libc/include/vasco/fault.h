/*
 * Faults of a thread, handled by the thread itself. Without a handler a fault ends the process.
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

#endif
