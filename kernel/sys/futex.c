/* System calls on futexes. */
#include "obj/futex.h"

#include "obj/sched.h"
#include "sys/syscalls.h"

/* Threads that are woken in one step. */
#define WAKES_PER_STEP 8

static status_t check_flags(uint64_t flags)
{
    return (flags & ~(uint64_t)FUTEX_OWNED) == 0 ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

int64_t sys_futex_wait(uint64_t address, uint64_t expected, uint64_t deadline, uint64_t flags)
{
    struct futex_word word;
    TRY(check_flags(flags));
    TRY(futex_find(UPTR(address), &word));
    return futex_wait(word, expected, deadline, flags);
}

/* A call that is interrupted carries its sum along in `woken`. */
int64_t sys_futex_wake(uint64_t address, uint64_t count, uint64_t woken)
{
    struct futex_word word;
    if (count > INT64_MAX || woken > INT64_MAX - count)
        return STATUS_BAD_ARGUMENT;
    TRY(futex_find(UPTR(address), &word));
    sched_step_begin();
    for (;;) {
        uint64_t wanted = min_u64(count, WAKES_PER_STEP);
        uint64_t n = futex_wake(word, wanted);
        woken += n;
        count -= n;
        if (n < wanted || count == 0)
            return (int64_t)woken;
        if (sched_step())
            return sched_again((struct repeat){SYSCALL_futex_wake, {address, count, woken}});
    }
}

int64_t sys_futex_requeue(uint64_t from, uint64_t to, uint64_t expected, uint64_t nwake,
                          uint64_t nmove, uint64_t flags)
{
    struct futex_requeue requeue = {
        .expected = expected, .nwake = nwake, .nmove = nmove, .flags = flags};
    uint64_t n;
    TRY(check_flags(flags));
    if (nwake > FUTEX_REQUEUE_MAX || nmove > FUTEX_REQUEUE_MAX - nwake)
        return STATUS_TOO_LARGE;
    TRY(futex_find(UPTR(from), &requeue.from));
    TRY(futex_find(UPTR(to), &requeue.to));
    TRY(futex_requeue(&requeue, &n));
    return (int64_t)n;
}
