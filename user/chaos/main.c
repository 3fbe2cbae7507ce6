/* The parent's side: batches, and what must be left of them. See chaos.h. */
#include "chaos.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/pool.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#define CALLS_DEFAULT 200000
#define CALLS_PER_BATCH 2000
#define TESTS 10
#define CHILDREN 3
#define POOL_FRAMES_MIN 1600 /* three children fit */
#define POOL_FRAMES_MORE 2000
#define TURN_NS 1000000
#define SETTLE_TURNS 500
#define STUCK_TURNS 6 /* in which there was no call */

#define ALL 0xfff

struct batch {
    handle_t pool, vas, seg, endpoint;
    handle_t locked_vas, locked_seg; /* the one in the other, lockable */
    handle_t children[CHILDREN];
};

static struct program *program;
static handle_t counts;

/* --- the account ------------------------------------------------------------------------------ */

struct account {
    uint64_t free_frames, charged_frames, object_bytes, ncaps;
};

static struct account account_now(void)
{
    struct system_info system = {0};
    struct process_info self = {0};
    system_info(&system);
    process_info(HANDLE_SELF, &self);
    return (struct account){system.free_frames, system.charged_frames, system.object_bytes,
                            self.ncaps};
}

/* A child that has destroyed the pool itself can still be at it, on another CPU: then it is not
 * this program that waits for the end. */
static bool account_is(const struct account *before, uint64_t seed)
{
    struct account now = account_now();
    for (int turn = 0; turn < SETTLE_TURNS && memcmp(before, &now, sizeof(now)) != 0; turn++) {
        thread_sleep(TURN_NS);
        now = account_now();
    }
    if (memcmp(before, &now, sizeof(now)) == 0)
        return true;
    printf("# seed %" PRIu64 " leaves behind: %" PRId64 " frames taken, %" PRId64
           " frames charged, %" PRId64 " object bytes, %" PRId64 " capabilities\n",
           seed, before->free_frames - now.free_frames, now.charged_frames - before->charged_frames,
           now.object_bytes - before->object_bytes, now.ncaps - before->ncaps);
    return false;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static uint64_t calls_so_far(void)
{
    uint64_t counters[COUNTER_SYSCALLS + 1] = {0};
    system_counters(counters, COUNTER_SYSCALLS + 1);
    return counters[COUNTER_SYSCALLS];
}

static uint64_t all_rights(handle_t cap)
{
    struct cap_info info = {0};
    cap_info(cap, &info);
    return info.rights;
}

static handle_t spawn(const struct batch *batch, size_t nbefore, uint64_t seed)
{
    char text[24];
    handle_t process = 0;
    struct program_cap caps[9 + CHILDREN] = {
        {"console", 0, 0},
        {"registry", 0, 0},
        {"pool", batch->pool, all_rights(batch->pool)},
        {"vas", batch->vas, all_rights(batch->vas)},
        {"seg", batch->seg, all_rights(batch->seg)},
        {"endpoint", batch->endpoint, all_rights(batch->endpoint)},
        {"locked vas", batch->locked_vas, all_rights(batch->locked_vas)},
        {"locked seg", batch->locked_seg, all_rights(batch->locked_seg)},
        {"counts", counts, RIGHT_SEG_READ | RIGHT_SEG_WRITE},
    };
    for (size_t i = 0; i < nbefore; i++)
        caps[9 + i] =
            (struct program_cap){"sibling", batch->children[i], all_rights(batch->children[i])};
    snprintf(text, sizeof(text), "%" PRIu64, seed);
    int64_t status =
        program_spawn_in(batch->pool, program, (const char *[]){"chaos", "child", text, NULL}, caps,
                         9 + nbefore, &process);
    return status < 0 ? status : process;
}

/* Children that have been destroyed by a sibling before the next is there. */
static bool is_expected(handle_t result)
{
    return result > 0 || result == STATUS_ENDED || result == STATUS_DESTROYED ||
           result == STATUS_NO_MEMORY || result == STATUS_BAD_HANDLE;
}

static bool batch_start(struct batch *batch, uint64_t seed)
{
    uint64_t random = seed;
    *batch = (struct batch){0};
    batch->pool = pool_create("chaos", POOL_FRAMES_MIN + random_below(&random, POOL_FRAMES_MORE));
    batch->vas = vas_create_in(batch->pool, "chaos");
    batch->seg = seg_create_in(batch->pool, "chaos", 0, 3 * PAGE_BYTES, 0);
    batch->endpoint = sys_endpoint_create(0, 0, batch->pool);
    batch->locked_vas = vas_create_in(batch->pool, "locked");
    batch->locked_seg = seg_create_in(batch->pool, "locked", 0, 3 * PAGE_BYTES, SEG_LOCKABLE);
    seg_attach(batch->locked_vas, batch->locked_seg, ACCESS_READ | ACCESS_WRITE);
    for (size_t i = 0; i < CHILDREN; i++) {
        batch->children[i] = spawn(batch, i, random_next(&random));
        if (!is_expected(batch->children[i])) {
            printf("# seed %" PRIu64 ": child %zu: %s\n", seed, i, status_text(batch->children[i]));
            return false;
        }
    }
    return true;
}

/* Until the children have made their calls, or make none any more. */
static void batch_wait(uint64_t ncalls)
{
    uint64_t before = calls_so_far();
    uint64_t last = before;
    for (unsigned stuck = 0; stuck < STUCK_TURNS && last - before < ncalls;) {
        thread_sleep(TURN_NS);
        uint64_t now = calls_so_far();
        stuck = now - last <= 2 ? stuck + 1 : 0; /* the two are ours */
        last = now;
    }
}

static void batch_end(struct batch *batch)
{
    object_destroy(batch->pool);
    cap_delete(batch->locked_seg);
    cap_delete(batch->locked_vas);
    cap_delete(batch->endpoint);
    cap_delete(batch->seg);
    cap_delete(batch->vas);
    for (size_t i = 0; i < CHILDREN; i++)
        cap_delete(batch->children[i]);
    cap_delete(batch->pool);
}

/* Fills what is kept, here and in the kernel. */
static void warm_up(uint64_t seed)
{
    struct batch batch;
    success_counts()[0] = 0;
    batch_start(&batch, seed);
    batch_end(&batch);
}

static bool run_batch(uint64_t seed)
{
    struct batch batch;
    struct account before = account_now();
    bool started = batch_start(&batch, seed);
    if (started)
        batch_wait(CALLS_PER_BATCH);
    batch_end(&batch);
    int64_t checked = sys_debug_check(startup_cap("system"));
    if (checked < 0)
        printf("# the kernel does not check itself: %s\n", status_text(checked));
    return account_is(&before, seed) && started && checked == STATUS_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Batches until there have been so many calls. */
static bool run_calls(uint64_t ncalls, uint64_t *seed)
{
    bool good = true;
    for (uint64_t before = calls_so_far(); calls_so_far() - before < ncalls;)
        good &= run_batch((*seed)++);
    return good;
}

/* Whether every call that a child can make has succeeded at least once. The others need a
 * capability that children do not have, or do not return. */
static bool all_succeeded(void)
{
    static const char *const names[] = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks) [number] = #name,
#include "abi/syscalls.def"
#undef SYSCALL
    };
    static const bool cannot[NCALLS] = {
        [SYSCALL_process_exit] = true,      [SYSCALL_thread_exit] = true,
        [SYSCALL_thread_resume] = true,     [SYSCALL_console_write] = true,
        [SYSCALL_console_read] = true,      [SYSCALL_system_exit] = true,
        [SYSCALL_system_power] = true,      [SYSCALL_debug_check] = true,
        [SYSCALL_lock_times] = true,        [SYSCALL_system_trace] = true,
        [SYSCALL_system_trace_read] = true,
    };
    bool all = true;
    for (size_t i = 0; i < NCALLS; i++) {
        if (cannot[i] || success_counts()[i] > 0)
            continue;
        printf("# %s has never succeeded\n", names[i]);
        all = false;
    }
    return all;
}

static int report(int number, bool good, const char *what)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", number, what);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    char text[80];
    int failed = 0;
    if (argc == 3 && strcmp(argv[1], "child") == 0)
        child_run(strtoull(argv[2], NULL, 0));
    uint64_t seed = startup_number("seed", 1);
    uint64_t ncalls = startup_number("calls", CALLS_DEFAULT);
    if (ncalls < TESTS) {
        printf("chaos: calls=N: a number of at least %d\n", TESTS);
        return 1;
    }
    counts = seg_create("counts", COUNTS_BASE, NCALLS * sizeof(uint64_t), 0);
    if (program_open("chaos", &program) < 0 ||
        seg_attach(HANDLE_SELF, counts, ACCESS_READ | ACCESS_WRITE) < 0) {
        printf("chaos: cannot begin\n");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    thread_set_priority(0, PRIORITIES - 1); /* children can be as high, and no higher */
    warm_up(seed);
    printf("1..%d\n", TESTS + 1);
    for (int i = 1; i <= TESTS; i++) {
        uint64_t first = seed;
        bool good = run_calls(ncalls / TESTS, &seed);
        snprintf(text, sizeof(text), "%" PRIu64 " random calls, seeds %" PRIu64 " to %" PRIu64,
                 ncalls / TESTS, first, seed - 1);
        failed += report(i, good, text);
    }
    if (ncalls < CALLS_DEFAULT)
        report(TESTS + 1, true, "every call has succeeded # SKIP too few calls to expect that");
    else
        failed += report(TESTS + 1, all_succeeded(), "every call has succeeded");
    if (startup_number("counts", 0) != 0) {
        for (size_t i = 0; i < NCALLS; i++)
            printf("# %zu: %" PRIu64 "\n", i, success_counts()[i]);
    }
    return failed == 0 ? 0 : 1;
}
