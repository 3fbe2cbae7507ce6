/* Several CPUs: each chooses by priority among its own threads, and wakes for those of others. */
#include <vasco/endpoint.h>

#include "child.h"
#include "smp.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 4)
#define PRIORITY_LOW (PRIORITY_DEFAULT - 4)

static struct worker workers[WORKERS];

static uint64_t body_count(struct worker *worker)
{
    while (!worker->stop)
        worker->result++;
    return 0;
}

/* Starts a counter of this priority on a CPU. */
static bool count_on(size_t i, size_t cpu, uint64_t priority)
{
    workers[i] = (struct worker){0};
    return smp_start(&workers[i], i, body_count, cpu) &&
           check_eq(sys_thread_set_priority(workers[i].thread, priority), STATUS_OK);
}

static void stop(size_t i)
{
    workers[i].stop = true;
    check_eq(worker_end(&workers[i]), 0);
}

/* While somebody more urgent is busy on CPU 1, nobody else runs there, but they do elsewhere. */
void test_smp_priorities_are_those_of_one_cpu(void)
{
    needs_cpus(2);
    require(count_on(0, 1, PRIORITY_HIGH));
    check_comes(workers[0].result > 0);
    require(count_on(1, 1, PRIORITY_LOW));
    uint64_t before = workers[1].result; /* it may have begun here */
    require(count_on(2, 0, PRIORITY_LOW));
    check_comes(workers[2].result > 0);
    sys_thread_sleep(20 * MILLISECOND);
    check_eq(workers[1].result, before);
    check_eq(sys_thread_set_cpu(workers[1].thread, 0), STATUS_OK);
    check_comes(workers[1].result > before);
    check_eq(sys_thread_set_cpu(workers[1].thread, 1), STATUS_OK);
    before = workers[1].result;
    sys_thread_sleep(20 * MILLISECOND);
    check_eq(workers[1].result, before);
    check_eq(sys_thread_set_priority(workers[1].thread, PRIORITY_HIGH + 1), STATUS_OK);
    check_comes(workers[1].result > before);
    check_eq(sys_thread_set_priority(workers[1].thread, PRIORITY_LOW), STATUS_OK);
    before = workers[0].result;
    check_comes(workers[0].result > before);
    for (size_t i = 0; i < 3; i++)
        stop(i);
}

/* Two that are equal share their CPU, though another is free. */
void test_smp_equals_share_their_cpu(void)
{
    needs_cpus(2);
    require(count_on(0, 1, PRIORITY_DEFAULT) && count_on(1, 1, PRIORITY_DEFAULT));
    for (size_t round = 0; round < 6; round++) {
        uint64_t before = workers[round % 2].result;
        check_comes(workers[round % 2].result > before);
    }
    stop(0);
    stop(1);
}

/* --- endpoints -------------------------------------------------------------------------------- */

static uint64_t body_serve(struct worker *worker)
{
    struct message message = {0};
    while (endpoint_receive((handle_t)worker->argument, &message) == STATUS_OK) {
        message.words[0]++;
        message.ncaps = 0;
        endpoint_reply(&message);
    }
    return 0;
}

/* Calls until told, each time with what it got last; returns how often that was wrong. */
static uint64_t body_call(struct worker *worker)
{
    struct message message = {.nwords = 1};
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->tls[1]; i++) {
        message.words[0] = i;
        wrong += endpoint_call((handle_t)worker->argument, &message) != STATUS_OK;
        wrong += message.words[0] != i + 1;
        worker->result++;
    }
    return wrong;
}

/* One server, and callers on all CPUs; then the server moves while it is called. */
void test_smp_calls_are_answered_from_other_cpus(void)
{
    needs_cpus(2);
    handle_t endpoint = sys_endpoint_create(NAME("smp"), 0);
    const uint64_t ncalls = test_scaled(300);
    workers[0] = (struct worker){.argument = (uint64_t)endpoint};
    require(smp_start(&workers[0], 0, body_serve, 1));
    for (size_t i = 1; i < 4; i++) {
        workers[i] = (struct worker){.argument = (uint64_t)endpoint, .tls = {0, ncalls}};
        require(smp_start(&workers[i], i, body_call, (i - 1) % smp_cpus()));
    }
    for (size_t move = 0; workers[1].result < ncalls; move++) {
        check_eq(sys_thread_set_cpu(workers[0].thread, move % smp_cpus()), STATUS_OK);
        sys_thread_sleep(0);
    }
    for (size_t i = 1; i < 4; i++)
        check_eq(worker_end(&workers[i]), 0);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&workers[0]), 0);
    kit_drop(endpoint);
}

/* --- idle CPUs -------------------------------------------------------------------------------- */

static uint64_t body_return(struct worker *worker)
{
    return worker->argument;
}

/* All CPUs have nothing to do for a while; then each gets a thread, for which this one waits. */
void test_smp_idle_cpus_wake_up(void)
{
    needs_cpus(2);
    for (size_t round = 0; round < 20; round++) {
        size_t cpu = round % smp_cpus();
        sys_thread_sleep(round % 3 == 0 ? 20 * MILLISECOND : 0);
        workers[0] = (struct worker){.argument = round};
        require(smp_start(&workers[0], 0, body_return, cpu));
        check_eq(worker_end(&workers[0]), round);
    }
}

static uint64_t body_nap(struct worker *worker)
{
    for (uint64_t i = 0; i < worker->argument; i++) {
        uint64_t start = (uint64_t)sys_clock_read();
        sys_thread_sleep((i % 4) * MILLISECOND / 2);
        if ((uint64_t)sys_clock_read() - start < (i % 4) * MILLISECOND / 2)
            return i + 1;
    }
    return 0;
}

/* Sleepers wake on every CPU, also while they are moved. */
void test_smp_sleepers_wake_on_every_cpu(void)
{
    needs_cpus(2);
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = 20};
        require(smp_start(&workers[i], i, body_nap, i % smp_cpus()));
    }
    for (size_t i = 0; i < WORKERS; i++) {
        while (kit_thread_info(workers[i].thread).reason == END_RUNNING) {
            for (size_t j = i; j < WORKERS; j++)
                sys_thread_set_cpu(workers[j].thread, (i + j) % smp_cpus());
            sys_thread_sleep(MILLISECOND);
        }
        check_eq(worker_end(&workers[i]), 0);
    }
}

/* --- how long the kernel lock is held --------------------------------------------------------- */

static uint64_t count_holds(const struct lock_times *times)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LOCK_BUCKETS; i++)
        sum += times->counts[i];
    return sum;
}

void test_lock_times_grow_while_they_are_watched(void)
{
    static struct lock_times times;
    const uintptr_t out = (uintptr_t)&times;
    check_eq(sys_lock_times(kit_system(), out, 1), STATUS_OK);
    for (int i = 0; i < 100; i++)
        sys_thread_set_priority(0, PRIORITY_DEFAULT);
    check_eq(sys_lock_times(kit_system(), out, 1), STATUS_OK);
    check(count_holds(&times) >= 100);
    check(times.longest > 0 && times.counts[lock_bucket(times.longest)] > 0);
    for (uint32_t i = lock_bucket(times.longest) + 1; i < LOCK_BUCKETS; i++)
        check_eq(times.counts[i], 0);
    check_eq(sys_lock_times(kit_system(), out, 0), STATUS_OK);
    for (int i = 0; i < 10; i++)
        sys_thread_set_priority(0, PRIORITY_DEFAULT);
    sys_lock_times(kit_system(), out, 0); /* other CPUs may have been on their way back */
    check_eq(sys_lock_times(kit_system(), out, 0), STATUS_OK);
    check_eq(count_holds(&times), 0);
    check_eq(times.longest, 0);
}

static uint64_t body_trace_and_yield(struct worker *worker)
{
    sys_system_trace((handle_t)worker->argument, 1);
    sys_system_trace((handle_t)worker->argument, 0);
    for (; !worker->stop; worker->result++)
        sys_thread_yield();
    return 0;
}

/* Of a hold that has begun before, and whose end nobody looked at, nothing is told: CPU 1 was
 * traced, and its yields, which take the lock without a look at the clock, end what seems one. */
void test_smp_lock_times_are_of_holds_while_they_are_watched(void)
{
    static struct lock_times times;
    const uint64_t before = 200 * MILLISECOND;
    needs_cpus(2);
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (struct worker){.argument = (uint64_t)kit_system()};
        require(smp_start(&workers[i], i, body_trace_and_yield, 1));
    }
    check_comes(workers[0].result > 0 && workers[1].result > 0);
    sys_thread_sleep(before);
    check_eq(sys_lock_times(kit_system(), (uintptr_t)&times, 1), STATUS_OK);
    uint64_t seen = workers[0].result;
    check_comes(workers[0].result > seen + 10);
    check_eq(sys_lock_times(kit_system(), (uintptr_t)&times, 0), STATUS_OK);
    check(times.longest / (kit_system_info().tsc_hz / 1000) < before / MILLISECOND);
    stop(0);
    stop(1);
}

void test_lock_times_refuses_bad_arguments(void)
{
    static struct lock_times times;
    check_eq(sys_lock_times(kit_system(), (uintptr_t)&times, 2), STATUS_BAD_ARGUMENT);
    check_eq(sys_lock_times(kit_system(), 0, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_lock_times(kit_system(), (uintptr_t)sys_lock_times, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_lock_times(kit_system(), HOME_END - sizeof(times) / 2, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_lock_times(HANDLE_SELF, (uintptr_t)&times, 0), STATUS_WRONG_TYPE);
    check_eq(sys_lock_times(0, (uintptr_t)&times, 0), STATUS_BAD_HANDLE);
}
