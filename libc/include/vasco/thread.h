/*
 * Threads of this process. Each has a stack in a segment of its own, with unmapped pages below it,
 * and its own thread-local variables. Threads of one process may stand in different views.
 */
#ifndef VASCO_THREAD_H
#define VASCO_THREAD_H

#include <vasco/syscalls.h>

#include "abi/status.h"

#define THREADS_STARTED_MAX 128
#define THREAD_STACK_BYTES (64 * 1024)

/*
 * Starts a thread that calls `run(argument)` in the home view and ends when that returns.
 * `priority`: 0 (lowest) to 31; PRIORITY_DEFAULT is what programs start with. Does not block.
 * Returns the thread's handle, to be given to thread_join. Errors: BAD_ARGUMENT (priority),
 * NO_MEMORY, NO_SLOT (also when THREADS_STARTED_MAX have been started and not joined).
 */
handle_t thread_start(void (*run)(void *argument), void *argument, uint32_t priority);

/*
 * Blocks until a thread of thread_start has ended, in whatever way, then gives back its handle and
 * its stack; up to 16 stacks stay with the process, for later threads. Needs no right. Errors:
 * BAD_HANDLE (not one of thread_start's, or another thread has joined it), BAD_ARGUMENT (the
 * calling thread).
 */
int64_t thread_join(handle_t thread);

/* Gives back the stacks that are kept for later threads. Does not block. */
void thread_trim_stacks(void);

/* Ends the calling thread; the program goes on while it has another. Does not block. */
_Noreturn void thread_exit(int64_t status);

/* Blocks until a thread has ended, whoever started it. Needs THREAD: WAIT. Errors: BAD_ARGUMENT
 * (the calling thread), BAD_HANDLE, DESTROYED, WRONG_TYPE, NO_RIGHT. */
static inline int64_t thread_wait(handle_t thread)
{
    return sys_thread_wait(thread);
}

/* Lets the next ready thread of the same priority run. */
static inline int64_t thread_yield(void)
{
    return syscall_0(SYSCALL_thread_yield);
}

/* Blocks for at least this time. */
static inline int64_t thread_sleep(uint64_t nanoseconds)
{
    return sys_thread_sleep(nanoseconds);
}

/* What is known of a thread, of the calling one if `thread` is 0. Needs THREAD: INFO. */
static inline int64_t thread_info(handle_t thread, struct thread_info *info)
{
    return sys_thread_info(thread, (uintptr_t)info);
}

/* Sets the priority of a thread, of the calling one if `thread` is 0. Needs THREAD: CONTROL.
 * Errors: BAD_ARGUMENT, ENDED. */
static inline int64_t thread_set_priority(handle_t thread, uint32_t priority)
{
    return sys_thread_set_priority(thread, priority);
}

/* Lets a thread, the calling one if `thread` is 0, run on another CPU from now on: 0 to `ncpus` - 1
 * of system_info. A new thread runs where the one does that made it. Needs THREAD: CONTROL. Errors:
 * BAD_ARGUMENT, ENDED. */
static inline int64_t thread_set_cpu(handle_t thread, uint64_t cpu)
{
    return sys_thread_set_cpu(thread, cpu);
}

#endif
