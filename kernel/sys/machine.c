/* System calls of the machine: the empty one, time, console, facts and counters, the end. */
#include <arch/clock.h>
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/power.h>

#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/check.h"
#include "obj/devices.h"
#include "obj/pool.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define CONSOLE_BYTES_MAX 4096
#define CONSOLE_STEP 32      /* characters; then interrupts come in */
#define CONSOLE_UNBROKEN 256 /* a line that is no longer is not mixed with others */

int64_t sys_null(void)
{
    return STATUS_OK;
}

int64_t sys_clock_read(void)
{
    return (int64_t)clock_now();
}

static status_t decode_console(handle_t console, uint64_t right, uptr_t buffer, uint64_t nbytes,
                               uint64_t access)
{
    struct cap *cap;
    TRY(decode(console, OBJECT_CONSOLE, right, &cap));
    return user_check(buffer, nbytes, access);
}

/* Puts what one step may take, at most to the end of a line; how many bytes that was. */
static uint64_t put_some(uptr_t from, uint64_t nbytes, bool *line_ends)
{
    nbytes = min_u64(nbytes, CONSOLE_STEP);
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        const char *piece = user_piece(UPTR(from.v + done), &n);
        for (uint64_t i = 0; i < n; i++, done++) {
            console_put(piece[i]);
            *line_ends = piece[i] == '\n';
            if (*line_ends)
                return done + 1;
        }
    }
    return nbytes;
}

/* A serial line is slow: between two lines the call may end with less than was asked for. */
int64_t sys_console_write(handle_t console, uint64_t buffer, uint64_t nbytes)
{
    nbytes = min_u64(nbytes, CONSOLE_BYTES_MAX);
    TRY(decode_console(console, RIGHT_CONSOLE_WRITE, UPTR(buffer), nbytes, ACCESS_READ));
    uint64_t done = 0;
    uint64_t line = 0; /* where it begins */
    sched_step_begin();
    while (done < nbytes) {
        bool line_ends = false;
        done += put_some(UPTR(buffer + done), nbytes - done, &line_ends);
        bool others_wait = done < nbytes && sched_step();
        if (!line_ends && done - line < CONSOLE_UNBROKEN)
            continue;
        if (others_wait)
            break;
        line = done;
    }
    console_show();
    return (int64_t)done;
}

int64_t sys_console_read(handle_t console, uint64_t buffer, uint64_t nbytes)
{
    nbytes = min_u64(nbytes, CONSOLE_BYTES_MAX);
    TRY(decode_console(console, RIGHT_CONSOLE_READ, UPTR(buffer), nbytes, ACCESS_WRITE));
    uint64_t done = 0;
    for (int c; done < nbytes && (c = console_get()) >= 0; done++) {
        uint64_t one = 1;
        *(char *)user_piece(UPTR(buffer + done), &one) = (char)c;
    }
    return done > 0 || nbytes == 0 ? (int64_t)done : STATUS_NO_DATA;
}

int64_t sys_system_info(uint64_t info_out)
{
    struct system_info info = {
        .total_frames = frame_count_total(),
        .free_frames = frame_count_free(),
        .charged_frames = pool_root.pool.charged,
        .tsc_hz = clock_tsc_hz(),
        .features = features_in_use,
        .object_bytes = slab_bytes_alive(),
        .ncpus = cpu_count,
        .ncounters = COUNTERS,
    };
    return user_write(UPTR(info_out), &info, sizeof(info));
}

/* The fast paths have no instruction to spare for a second counter: each switch and each way into
 * or out of a gate that has not left them has loaded CR3 once, and kept the entries, if there are
 * tags; else no load keeps any. */
static void count_loads(uint64_t *sums)
{
    uint64_t crossings = sums[COUNTER_VIEW_SWITCHES] + 2 * sums[COUNTER_GATE_CALLS];
    sums[COUNTER_CR3_KEEP] += crossings - sums[COUNTER_SLOW_CROSSINGS];
    if (!feature_used(FEATURE_PCID)) {
        sums[COUNTER_CR3_FLUSH] += sums[COUNTER_CR3_KEEP];
        sums[COUNTER_CR3_KEEP] = 0;
    }
}

int64_t sys_system_counters(uint64_t counters_out, uint64_t ncounters)
{
    uint64_t sums[COUNTERS] = {0};
    if (ncounters > COUNTERS)
        return STATUS_BAD_ARGUMENT;
    for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        for (uint64_t i = 0; i < COUNTERS; i++)
            sums[i] = i == COUNTER_LONGEST_STEP ? max_u64(sums[i], cpus[cpu]->counters[i])
                                                : sums[i] + cpus[cpu]->counters[i];
    }
    count_loads(sums);
    return user_write(UPTR(counters_out), sums, ncounters * sizeof(sums[0]));
}

#define BUCKETS_AT_ONCE 39
_Static_assert(LOCK_BUCKETS % BUCKETS_AT_ONCE == 0, "in pieces, since the stack is small");

/* Adds up some buckets of all CPUs and clears them. */
static status_t write_buckets(uint64_t out, uint32_t first)
{
    uint64_t sums[BUCKETS_AT_ONCE] = {0};
    for (uint32_t i = 0; i < cpu_count; i++) {
        uint64_t *counts = &cpus[i]->lock_times.counts[first];
        for (uint32_t b = 0; b < BUCKETS_AT_ONCE; b++) {
            sums[b] += counts[b];
            counts[b] = 0;
        }
    }
    return user_write(UPTR(out + first * sizeof(sums[0])), sums, sizeof(sums));
}

static status_t write_times(uint64_t out, uint64_t longest)
{
    TRY(user_write(UPTR(out), &longest, sizeof(longest)));
    for (uint32_t first = 0; first < LOCK_BUCKETS; first += BUCKETS_AT_ONCE)
        TRY(write_buckets(out + offsetof(struct lock_times, counts), first));
    return STATUS_OK;
}

int64_t sys_lock_times(handle_t system, uint64_t times_out, uint64_t watch)
{
    struct cap *cap;
    uint64_t longest = 0;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_CHECK, &cap));
    if (watch > 1)
        return STATUS_BAD_ARGUMENT;
    TRY(user_check(UPTR(times_out), sizeof(struct lock_times), ACCESS_WRITE));
    for (uint32_t i = 0; i < cpu_count; i++) {
        longest = max_u64(longest, cpus[i]->lock_times.longest);
        cpus[i]->lock_times.longest = 0;
        cpus[i]->lock_taken = 0; /* may be of a hold whose end was not watched */
        if (watch != 0)
            cpus[i]->watched |= WATCH_LOCK;
        else
            cpus[i]->watched &= ~(uint32_t)WATCH_LOCK;
    }
    status_t status = write_times(times_out, longest);
    /* From here on: the work of telling is not counted among what is told next. */
    cpu_this()->lock_taken = cpu_cycles();
    return status;
}

int64_t sys_debug_check(handle_t system)
{
    struct cap *cap;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_CHECK, &cap));
    check_everything();
    return STATUS_OK;
}

int64_t sys_system_exit(handle_t system, uint64_t code)
{
    struct cap *cap;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_EXIT, &cap));
    power_stop(code);
}

int64_t sys_system_power(handle_t system, uint64_t how)
{
    struct cap *cap;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_EXIT, &cap));
    if (how > POWER_REBOOT)
        return STATUS_BAD_ARGUMENT;
    if (how == POWER_REBOOT)
        power_reboot();
    (void)power_off();
    return STATUS_UNSUPPORTED;
}
