/*
 * The machine: facts, counters, its end. None of these calls blocks.
 */
#ifndef VASCO_SYSTEM_H
#define VASCO_SYSTEM_H

#include <stdbool.h>
#include <vasco/syscalls.h>

#include "abi/counters.h"
#include "abi/features.h"
#include "abi/status.h"

/* Memory, clock and features. */
static inline int64_t system_info(struct system_info *info)
{
    return sys_system_info((uintptr_t)info);
}

/* Whether the kernel uses a feature of abi/features.def. */
static inline bool system_uses(const struct system_info *info, enum feature feature)
{
    return (info->features >> feature & 1) != 0;
}

/* The first `n` counters of abi/counters.def, summed over the CPUs. Errors: BAD_ARGUMENT (there are
 * fewer). */
static inline int64_t system_counters(uint64_t *counters, uint64_t n)
{
    return sys_system_counters((uintptr_t)counters, n);
}

/*
 * For how long the kernel lock was held, how often, since the last call, but by yields and short
 * messages (lock_bucket and lock_bucket_cycles of abi/types.h). With `watch` it is watched from now
 * on, else no more; while it is watched each system call takes some tens of cycles longer. Needs
 * SYSTEM: CHECK of the capability "system".
 */
static inline int64_t system_lock_times(handle_t system, struct lock_times *times, bool watch)
{
    return sys_lock_times(system, (uintptr_t)times, watch);
}

/*
 * Every CPU records what it does from now on, its last `nevents` events at least; 0: no more. What
 * there is to be seen is in abi/trace.def. Does not block. Errors: BUSY (it is on already),
 * TOO_LARGE (more than TRACE_EVENTS_MAX), NO_MEMORY. Needs SYSTEM: TRACE of the capability
 * "system".
 */
static inline int64_t system_trace(handle_t system, uint64_t nevents)
{
    return sys_system_trace(system, nevents);
}

/*
 * Copies events of a CPU, in their order, at most `n` and TRACE_READ_MAX: from number `first` on,
 * or from the oldest that is left. Their numbers tell if some are missing. Returns how many. Does
 * not block. Errors: BAD_ARGUMENT (there is no such CPU), NO_DATA (tracing is off), BAD_ADDRESS.
 * Needs SYSTEM: TRACE.
 */
static inline int64_t system_trace_read(handle_t system, uint64_t cpu, uint64_t first,
                                        struct trace_event *events, uint64_t n)
{
    return sys_system_trace_read(system, cpu, first, (uintptr_t)events, n);
}

/* Stops the machine; in an emulator, ends it with this code, 0 for success. Needs SYSTEM: EXIT
 * of the capability "system". Returns only to say what was wrong: BAD_HANDLE, WRONG_TYPE,
 * NO_RIGHT. */
static inline int64_t system_exit(handle_t system, uint64_t code)
{
    return sys_system_exit(system, code);
}

/* Switches the machine off (POWER_OFF) or starts it again (POWER_REBOOT); what others were doing is
 * lost. Needs SYSTEM: EXIT. Returns only if it cannot. Errors: BAD_ARGUMENT, UNSUPPORTED (the
 * firmware does not say how to switch off: then there is system_exit). */
static inline int64_t system_power(handle_t system, uint64_t how)
{
    return sys_system_power(system, how);
}

#endif
