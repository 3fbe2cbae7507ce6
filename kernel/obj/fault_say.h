/*
 * floor 6: what the log says of faults that end a process: who did what, and what stood against it.
 */
#ifndef VASCO_OBJ_FAULT_SAY_H
#define VASCO_OBJ_FAULT_SAY_H

struct fault;
struct thread;

void fault_say(const struct thread *thread, const struct fault *fault);

#endif
