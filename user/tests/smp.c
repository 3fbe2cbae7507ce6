/* Several CPUs: threads run where they are told to, at once, and can be moved at any moment. */
#include "smp.h"

#include "child.h"
#include "registers.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 4)
#define PRIORITY_LOW (PRIORITY_DEFAULT - 4)

static struct worker workers[WORKERS];

/* --- where and when --------------------------------------------------------------------------- */

static uint64_t body_tell(struct worker *worker)
{
    while (!worker->stop)
        worker->result = smp_apic_id() + 1;
    return smp_apic_id();
}

void test_smp_threads_run_where_they_are_told(void)
{
    uint32_t ids[SMP_MAX];
    needs_cpus(2);
    for (size_t cpu = 0; cpu < smp_cpus(); cpu++) {
        ids[cpu] = smp_apic_id_of(cpu);
        for (size_t other = 0; other < cpu; other++)
            check(ids[other] != ids[cpu]);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){0};
        require(smp_start(&workers[i], i, body_tell, i % smp_cpus()));
        check_eq(kit_thread_info(workers[i].thread).cpu, i % smp_cpus());
    }
    for (size_t i = 0; i < WORKERS; i++) {
        check_comes(workers[i].result != 0);
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), ids[i % smp_cpus()]);
    }
    check_eq(smp_apic_id(), ids[0]);
}

/* A thread starts where the one runs that makes it. */
static uint64_t body_start_another(struct worker *worker)
{
    struct worker *other = &workers[1];
    (void)worker;
    other->stop = true;
    return worker_start(other, 1, body_tell, PRIORITY_DEFAULT) ? smp_apic_id() : UINT64_MAX;
}

void test_smp_thread_starts_where_its_maker_runs(void)
{
    needs_cpus(2);
    workers[0] = workers[1] = (struct worker){0};
    require(smp_start(&workers[0], 0, body_start_another, smp_cpus() - 1));
    uint64_t id = worker_end(&workers[0]);
    require(workers[1].thread > 0);
    check_eq(kit_thread_info(workers[1].thread).cpu, smp_cpus() - 1);
    check_eq(worker_end(&workers[1]), id);
}

static volatile uint64_t ball;

/* Waits for an odd number, and returns the ball, without a call. */
static uint64_t body_play(struct worker *worker)
{
    for (uint64_t i = 0; i < worker->argument; i++) {
        while (ball != 2 * i + 1 && !worker->stop)
            ;
        ball = 2 * i + 2;
    }
    return 0;
}

/* The other is of lower priority: on one CPU it would never run while this one waits. */
void test_smp_threads_run_at_the_same_time(void)
{
    needs_cpus(2);
    const uint64_t turns = test_scaled(400);
    ball = 0;
    workers[0] = (struct worker){.argument = turns};
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK);
    require(smp_start(&workers[0], 0, body_play, 1));
    uint64_t limit = (uint64_t)sys_clock_read() + SMP_PATIENCE;
    for (uint64_t i = 0; i < turns; i++) {
        ball = 2 * i + 1;
        for (uint64_t look = 0; ball != 2 * i + 2; look++) {
            if (look % 0x10000 == 0 && !check((uint64_t)sys_clock_read() < limit)) {
                workers[0].stop = true;
                break;
            }
        }
    }
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    check_eq(worker_end(&workers[0]), 0);
}

/* --- moved in every state --------------------------------------------------------------------- */

static uint64_t body_sleep_and_tell(struct worker *worker)
{
    worker->result = 1;
    sys_thread_sleep(worker->argument);
    return smp_apic_id();
}

static uint64_t body_wait_and_tell(struct worker *worker)
{
    worker->result = 1;
    sys_thread_wait((handle_t)worker->argument);
    return smp_apic_id();
}

void test_smp_thread_that_runs_can_be_moved(void)
{
    needs_cpus(2);
    uint32_t ids[2] = {smp_apic_id_of(0), smp_apic_id_of(1)};
    workers[0] = (struct worker){0};
    require(smp_start(&workers[0], 0, body_tell, 1));
    for (size_t round = 0; round < 20; round++) {
        check_comes(workers[0].result == ids[(round + 1) % 2] + 1);
        check_eq(sys_thread_set_cpu(workers[0].thread, round % 2), STATUS_OK);
        check_eq(kit_thread_info(workers[0].thread).cpu, round % 2);
    }
    workers[0].stop = true;
    check_eq(worker_end(&workers[0]), ids[1]);
}

/* It cannot run here, since this one does not make way. */
void test_smp_thread_that_is_ready_can_be_moved(void)
{
    needs_cpus(2);
    uint32_t id = smp_apic_id_of(1);
    workers[0] = (struct worker){0};
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK);
    require(worker_start(&workers[0], 0, body_tell, PRIORITY_DEFAULT));
    check_eq(workers[0].result, 0);
    check_eq(sys_thread_set_cpu(workers[0].thread, 1), STATUS_OK);
    uint64_t limit = (uint64_t)sys_clock_read() + SMP_PATIENCE;
    while (workers[0].result == 0 && (uint64_t)sys_clock_read() < limit)
        ;
    check_eq(workers[0].result, id + 1);
    workers[0].stop = true;
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    check_eq(worker_end(&workers[0]), id);
}

void test_smp_thread_that_blocks_can_be_moved(void)
{
    struct child child;
    needs_cpus(2);
    uint32_t ids[2] = {smp_apic_id_of(0), smp_apic_id_of(1)};
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = 100 * MILLISECOND}));
    workers[0] = (struct worker){.argument = (uint64_t)child.thread};
    workers[1] = (struct worker){.argument = 100 * MILLISECOND};
    require(smp_start(&workers[0], 0, body_wait_and_tell, 0));
    require(smp_start(&workers[1], 1, body_sleep_and_tell, 1));
    check_comes(workers[0].result == 1 && workers[1].result == 1);
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(sys_thread_set_cpu(workers[0].thread, 1), STATUS_OK);
    check_eq(sys_thread_set_cpu(workers[1].thread, 0), STATUS_OK);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    check_eq(worker_end(&workers[0]), ids[1]);
    check_eq(worker_end(&workers[1]), ids[0]);
    check_eq(child_end(&child).reason, END_EXIT);
}

void test_smp_set_cpu_refuses_what_is_no_cpu_or_has_ended(void)
{
    struct child child;
    uint32_t ncpus = kit_system_info().ncpus;
    check_eq(sys_thread_set_cpu(0, ncpus), STATUS_BAD_ARGUMENT);
    check_eq(sys_thread_set_cpu(0, UINT64_MAX), STATUS_BAD_ARGUMENT);
    check_eq(sys_thread_set_cpu(0, (uint64_t)1 << 32), STATUS_BAD_ARGUMENT);
    require(child_make(&child, "exits", &code_exit_with));
    require(child_start(&child, &(struct child_task){0}));
    check_eq(sys_process_wait(child.process), STATUS_OK);
    check_eq(sys_thread_set_cpu(child.thread, ncpus), STATUS_BAD_ARGUMENT);
    check_eq(sys_thread_set_cpu(child.thread, 0), STATUS_ENDED);
    child_drop(&child);
    check_eq(kit_thread_info(0).cpu, 0);
}

/* --- what moves along ------------------------------------------------------------------------- */

static uint64_t tls_word(void)
{
    uint64_t word;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(word));
    return word;
}

/* Returns how many registers were not as they had been left. */
static uint64_t body_hold(struct worker *worker)
{
    uint64_t changed = 0, pattern = worker->argument * 0x1234567;
    while (!worker->stop) {
        changed += vectors_hold(pattern, 3, worker->argument % 2);
        changed += integers_hold(pattern, 50000);
        if (cpu_has_avx())
            changed += ymm_hold(pattern, 3);
        if (kit_has_feature(FEATURE_FSGSBASE))
            changed += gs_base_hold(pattern, 3);
        changed += tls_word() != (uintptr_t)worker->tls;
        worker->result++;
    }
    return changed;
}

void test_smp_registers_move_along(void)
{
    needs_cpus(2);
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){.argument = i + 1};
        require(smp_start(&workers[i], i, body_hold, i % smp_cpus()));
    }
    for (size_t move = 0; move < 40 + test_scaled(400); move++) {
        check_eq(sys_thread_set_cpu(workers[move % 4].thread, (move / 3 + move) % smp_cpus()),
                 STATUS_OK);
        if (move % 4 == 0)
            sys_thread_sleep(0);
    }
    for (size_t i = 0; i < 4; i++) {
        check_comes(workers[i].result > 1);
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
    }
}
