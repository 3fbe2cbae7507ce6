/* Scheduling and time. The orders checked here are those of one CPU. */
#include "child.h"
#include "test.h"
#include "worker.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 4)
#define PRIORITY_LOW (PRIORITY_DEFAULT - 4)

#define needs_one_cpu()                                                                            \
    do {                                                                                           \
        if (kit_system_info().ncpus > 1)                                                           \
            skip("more than one CPU");                                                             \
    } while (0)

static volatile uint64_t turns; /* taken so far, by whichever worker */

static uint64_t body_take_turn(struct worker *worker)
{
    worker->result = ++turns;
    return 0;
}

void test_sched_higher_priority_runs_at_once(void)
{
    static struct worker worker;
    needs_one_cpu();
    turns = 0;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_take_turn, PRIORITY_HIGH));
    check_eq(worker.result, 1);
    worker_end(&worker);
}

void test_sched_lower_priority_waits(void)
{
    static struct worker worker;
    needs_one_cpu();
    turns = 0;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_take_turn, PRIORITY_LOW));
    for (int i = 0; i < 10; i++)
        sys_thread_yield();
    check_eq(worker.result, 0);
    worker_end(&worker);
    check_eq(worker.result, 1);
}

void test_sched_runs_by_priority_then_by_age(void)
{
    static struct worker workers[6];
    const uint64_t priorities[6] = {2, 5, 2, 9, 5, 9};
    const uint64_t order[6] = {5, 3, 6, 1, 4, 2};
    needs_one_cpu();
    turns = 0;
    for (size_t i = 0; i < 6; i++) {
        workers[i] = (struct worker){0};
        require(worker_start(&workers[i], i, body_take_turn, priorities[i]));
    }
    for (size_t i = 0; i < 6; i++)
        worker_end(&workers[i]);
    for (size_t i = 0; i < 6; i++)
        check_eq(workers[i].result, order[i]);
}

void test_sched_raised_priority_runs_at_once(void)
{
    static struct worker worker;
    needs_one_cpu();
    turns = 0;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_take_turn, PRIORITY_LOW));
    check_eq(worker.result, 0);
    check_eq(sys_thread_set_priority(worker.thread, PRIORITY_HIGH), STATUS_OK);
    check_eq(worker.result, 1);
    check_eq(kit_thread_info(worker.thread).priority, PRIORITY_HIGH);
    worker_end(&worker);
}

void test_sched_own_priority_lowered_lets_others_run(void)
{
    static struct worker worker;
    needs_one_cpu();
    turns = 0;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_take_turn, PRIORITY_LOW));
    check_eq(sys_thread_set_priority(0, PRIORITY_LOW - 1), STATUS_OK);
    check_eq(worker.result, 1);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    check_eq(kit_thread_info(0).priority, PRIORITY_DEFAULT);
    worker_end(&worker);
}

/* Yields in turn with an equal, and counts. */
static uint64_t body_yield(struct worker *worker)
{
    for (uint64_t i = 0; i < worker->argument; i++) {
        worker->result = ++turns;
        sys_thread_yield();
    }
    return 0;
}

void test_sched_yield_goes_round(void)
{
    static struct worker a, b;
    needs_one_cpu();
    turns = 0;
    a = (struct worker){.argument = 5};
    b = (struct worker){.argument = 5};
    require(worker_start(&a, 0, body_yield, PRIORITY_DEFAULT));
    require(worker_start(&b, 1, body_yield, PRIORITY_DEFAULT));
    for (uint64_t round = 1; round <= 5; round++) {
        sys_thread_yield();
        check_eq(a.result, 2 * round - 1);
        check_eq(b.result, 2 * round);
    }
    worker_end(&a);
    worker_end(&b);
}

static uint64_t body_busy(struct worker *worker)
{
    while (!worker->stop)
        worker->result++;
    return 0;
}

static uint64_t ticks_now(void)
{
    uint64_t counters[COUNTERS] = {0};
    sys_system_counters((uintptr_t)counters, COUNTERS);
    return counters[COUNTER_TICKS];
}

#define SHARE_TICKS 150

/* Three loops that make no call, for 150 ticks, during which this thread, of higher priority,
 * sleeps `nap` again and again: each must get on. Turns are counted in ticks, of which a busy
 * machine emulates as many as it can. */
static void check_busy_equals_share(uint64_t nap)
{
    static struct worker workers[3];
    uint64_t start = (uint64_t)sys_clock_read(), ticks = ticks_now();
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK);
    for (size_t i = 0; i < 3; i++) {
        workers[i] = (struct worker){0};
        require(worker_start(&workers[i], i, body_busy, PRIORITY_DEFAULT));
    }
    while (ticks_now() - ticks < SHARE_TICKS &&
           (uint64_t)sys_clock_read() - start < 30000 * MILLISECOND)
        sys_thread_sleep(nap);
    check(ticks_now() - ticks >= SHARE_TICKS);
    for (size_t i = 0; i < 3; i++) {
        check(workers[i].result > 0);
        workers[i].stop = true;
    }
    for (size_t i = 0; i < 3; i++)
        worker_end(&workers[i]);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
}

void test_sched_busy_equals_share_the_cpu(void)
{
    check_busy_equals_share(150 * MILLISECOND);
}

/* Whoever is interrupted by a higher priority goes on with what is left of its slice. */
void test_sched_busy_equals_share_though_often_interrupted(void)
{
    check_busy_equals_share(2 * MILLISECOND);
}

/* And a turn ends also at a tick that wakes somebody. */
void test_sched_busy_equals_share_though_each_tick_wakes_somebody(void)
{
    check_busy_equals_share(0);
}

/* A busy process does not keep this one from running. */
void test_sched_busy_process_is_preempted(void)
{
    struct child child;
    require(child_make(&child, "spinner", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    for (int i = 0; i < 5; i++)
        sys_thread_yield();
    check_eq(kit_process_info(child.process).reason, END_RUNNING);
    child_kill(&child);
}

void test_sched_time_slice_ends_without_a_call(void)
{
    struct child child;
    uint64_t before[COUNTERS], after[COUNTERS];
    require(child_make(&child, "spinner", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    check_eq(sys_system_counters((uintptr_t)before, COUNTERS), STATUS_OK);
    uint64_t end = (uint64_t)sys_clock_read() + 60 * MILLISECOND;
    while ((uint64_t)sys_clock_read() < end)
        ;
    check_eq(sys_system_counters((uintptr_t)after, COUNTERS), STATUS_OK);
    check(after[COUNTER_THREAD_SWITCHES] > before[COUNTER_THREAD_SWITCHES] + 1);
    check(after[COUNTER_TICKS] > before[COUNTER_TICKS]);
    child_kill(&child);
}

void test_clock_never_goes_back(void)
{
    int64_t last = sys_clock_read();
    for (size_t i = 0; i < test_scaled(10000); i++) {
        int64_t now = sys_clock_read();
        require(now >= last);
        last = now;
    }
}

void test_sleep_lasts_at_least_its_time(void)
{
    const uint64_t times[] = {0, 1, 1000, MILLISECOND, 3 * MILLISECOND + 1, 25 * MILLISECOND};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t start = sys_clock_read();
        check_eq(sys_thread_sleep(times[i]), STATUS_OK);
        check((uint64_t)(sys_clock_read() - start) >= times[i]);
    }
}

static uint64_t body_sleep(struct worker *worker)
{
    sys_thread_sleep(worker->argument);
    worker->result = ++turns;
    return 0;
}

void test_sleep_ends_in_order_of_time(void)
{
    static struct worker workers[3];
    const uint64_t times[3] = {60, 20, 40};
    turns = 0;
    for (size_t i = 0; i < 3; i++) {
        workers[i] = (struct worker){.argument = times[i] * MILLISECOND};
        require(worker_start(&workers[i], i, body_sleep, PRIORITY_HIGH));
    }
    for (size_t i = 0; i < 3; i++)
        worker_end(&workers[i]);
    check_eq(workers[0].result, 3);
    check_eq(workers[1].result, 1);
    check_eq(workers[2].result, 2);
}

/* The longest sleep there is does not wrap into none at all, and its sleeper can be destroyed. */
void test_sleep_of_the_largest_time_does_not_return(void)
{
    struct child child;
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = UINT64_MAX}));
    sys_thread_sleep(3 * MILLISECOND);
    check_eq(kit_process_info(child.process).reason, END_RUNNING);
    child_kill(&child);
}
