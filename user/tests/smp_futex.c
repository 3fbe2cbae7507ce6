/* Several CPUs: futexes that threads on all of them use at once. */
#include <vasco/futex.h>

#include "child.h"
#include "smp.h"

static struct worker workers[WORKERS];

/* --- one wakes the other ---------------------------------------------------------------------- */

static volatile uint64_t turn;

static uint64_t rounds;

/* Takes every second turn, and waits for the other one between. */
static uint64_t body_alternate(struct worker *worker)
{
    for (uint64_t mine = worker->argument; mine < rounds; mine += 2) {
        uint64_t now;
        while ((now = turn) != mine) {
            int64_t status = futex_wait(&turn, now, FUTEX_FOREVER);
            if (status != STATUS_OK && status != STATUS_CHANGED)
                return 1;
        }
        turn = mine + 1;
        if (futex_wake(&turn, 1) < 0)
            return 2;
        worker->result++;
    }
    return 0;
}

/* A wake that is lost leaves both waiting. */
void test_smp_futex_loses_no_wake(void)
{
    needs_cpus(2);
    rounds = 2 * test_scaled(2000);
    turn = 0;
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_alternate, i));
    }
    check_comes(turn == rounds);
    for (size_t i = 0; i < 2; i++)
        check_eq(worker_end(&workers[i]), 0);
}

/* --- a lock ----------------------------------------------------------------------------------- */

static volatile uint64_t lock, guarded[2];

static void take(void)
{
    uint64_t free = 0;
    if (__atomic_compare_exchange_n(&lock, &free, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    while (__atomic_exchange_n(&lock, 2, __ATOMIC_SEQ_CST) != 0)
        futex_wait(&lock, 2, FUTEX_FOREVER);
}

static void give_back(void)
{
    if (__atomic_exchange_n(&lock, 0, __ATOMIC_SEQ_CST) == 2)
        futex_wake(&lock, 1);
}

static uint64_t body_guard(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        take();
        wrong += guarded[0] != guarded[1];
        guarded[0]++;
        if (i % 16 == 0)
            sys_thread_yield();
        guarded[1]++;
        give_back();
    }
    return wrong;
}

void test_smp_futex_lock_excludes_other_cpus(void)
{
    needs_cpus(2);
    const uint64_t turns = test_scaled(1000);
    guarded[0] = guarded[1] = lock = 0;
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = turns};
        require(smp_start(&workers[i], i, body_guard, i % smp_cpus()));
    }
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end(&workers[i]), 0);
    check_eq(guarded[0], WORKERS * turns);
    check_eq(lock, 0);
}

/* --- owners ----------------------------------------------------------------------------------- */

static uint64_t body_own(struct worker *worker)
{
    while (!worker->stop)
        worker->result++;
    return 0;
}

static uint64_t body_wait_for_owner(struct worker *worker)
{
    volatile uint64_t *word = &guarded[0];
    worker->result = 1;
    return (uint64_t)futex_wait_owned(word, worker->argument, FUTEX_FOREVER);
}

/* The owner runs on one CPU and is ended, now before and now after others on all CPUs wait. */
void test_smp_futex_owner_that_ends_elsewhere_wakes_all(void)
{
    needs_cpus(2);
    for (size_t round = 0; round < 10; round++) {
        workers[0] = (struct worker){0};
        require(smp_start(&workers[0], 0, body_own, 1));
        uint64_t id = kit_thread_info(workers[0].thread).id;
        guarded[0] = id;
        for (size_t i = 1; i < 5; i++) {
            workers[i] = (struct worker){.argument = id};
            require(smp_start(&workers[i], i, body_wait_for_owner, i % smp_cpus()));
        }
        if (round % 2 == 0)
            check_comes(workers[4].result == 1);
        check_eq(sys_object_destroy(workers[0].thread), STATUS_OK);
        for (size_t i = 1; i < 5; i++)
            check_eq(worker_end(&workers[i]), STATUS_ENDED);
        kit_drop(workers[0].thread);
    }
}
