/*
 * Children: processes that a test makes by hand, out of a few segments and a piece of machine code
 * (code.inc), with nothing of the C library in them.
 *
 *   child_make    a process with code, stack and task in its home space; no thread yet
 *   child_make_in the same, all of it charged to a pool
 *   child_start   starts its thread on a task
 *   child_end     waits for its end, a few seconds at most, tells how it ended, drops everything
 *   child_kill    destroys it at once, and drops everything
 *   child_drop    drops everything; it has been ended in another way
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include "kit.h"

/* Machine code in this program, to be copied. */
struct code {
    const void *bytes;
    uint64_t nbytes;
};

/* Where things lie in a child's home space. */
#define CHILD_CODE 0x400000
#define CHILD_STACK 0x600000
#define CHILD_STACK_TOP (CHILD_STACK + PAGE_BYTES)
#define CHILD_TASK 0x800000

/* What the code is to do; the code finds its address in RDI. code.inc has the offsets. */
struct child_task {
    uint64_t view; /* to enter first; a handle of the child's; 0: stay at home */
    uint64_t address;
    uint64_t value;
    uint64_t result; /* written by the child */
};

struct child {
    handle_t process;
    handle_t thread;
    handle_t code; /* segments */
    handle_t stack;
    handle_t task;
};

/* Code pieces of children.asm. */
extern const struct code code_load, code_store, code_jump, code_list_sum, code_stay, code_spin,
    code_sleep, code_exit_with, code_thread_end, code_unknown_call, code_destroy_self,
    code_detach_own, code_calls, code_serve, code_call, code_call_once, code_travel, code_faults,
    code_count, code_gate_owner;

/* Where in the segment of the task code_calls and code_call_once find the six words that they give
 * to their call, and where code_serve and code_call have their struct message. */
#define CHILD_ARGUMENTS 64
#define CHILD_MESSAGE 1024

/* What code_serve does with a call, in the task's address. */
enum {
    SERVE_ANSWER,
    SERVE_HOLD,
    SERVE_EXIT
};

bool child_make(struct child *child, const char *name, const struct code *code);
bool child_make_in(struct child *child, handle_t pool, const char *name, const struct code *code);

/* A view of the VAS in the child; the handle is the child's. */
handle_t child_view(const struct child *child, handle_t vas, uint64_t access);

bool child_start(struct child *child, const struct child_task *task);

/* Starts one made of code_serve, or of code_call, at an endpoint of this process. */
bool child_serves(struct child *child, handle_t endpoint, uint64_t what);
bool child_calls(struct child *child, handle_t endpoint, const struct message *message);

/* The task as it is now. */
struct child_task child_task_now(const struct child *child);

struct process_info child_end(struct child *child);
void child_kill(struct child *child);
struct process_info child_drop(struct child *child);

/* All of it: makes a child, lets it do its task in its home space or, with a VAS, in a view of
 * that, and tells how it ended. */
struct process_info child_run(const struct code *code, handle_t vas, uint64_t access,
                              struct child_task task);

#endif
