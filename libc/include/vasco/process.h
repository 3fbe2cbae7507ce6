/*
 * Processes. To start a program of the archive in a new one, see vasco/program.h.
 */
#ifndef VASCO_PROCESS_H
#define VASCO_PROCESS_H

#include <stddef.h>
#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/*
 * Creates a process with an empty home space and no thread. Does not block. Returns a capability
 * with all rights. Errors: NO_MEMORY, NO_SLOT.
 */
static inline handle_t process_create(const char *name)
{
    const struct name_words words = name_words(name);
    return sys_process_create(words.lo, words.hi, 0);
}

/* The same, charged to a pool (vasco/pool.h), and so is all that the process makes. Needs
 * POOL: CHARGE. */
static inline handle_t process_create_in(handle_t pool, const char *name)
{
    const struct name_words words = name_words(name);
    return sys_process_create(words.lo, words.hi, pool);
}

/* Ends this process at once, without flushing streams or running exit handlers (see exit()). Does
 * not block. */
_Noreturn void process_exit(int64_t status);

/*
 * Blocks until the process has ended. `info` then says why; it may be null. Needs PROCESS: WAIT,
 * and INFO for `info`. Errors: BAD_ARGUMENT (this process), BAD_HANDLE, DESTROYED, WRONG_TYPE,
 * NO_RIGHT.
 */
int64_t process_wait(handle_t process, struct process_info *info);

/* What is known of a process. Needs PROCESS: INFO. Does not block. */
static inline int64_t process_info(handle_t process, struct process_info *info)
{
    return sys_process_info(process, (uintptr_t)info);
}

/* How a process ended, in words ("ended with status 0"), into `text` of `nbytes`. Does not
 * block. Returns `text`. */
char *process_end_text(const struct process_info *info, char *text, size_t nbytes);

/* Whether it ended by itself with status 0. */
static inline int process_ended_well(const struct process_info *info)
{
    return info->reason == END_EXIT && info->status == 0;
}

#endif
