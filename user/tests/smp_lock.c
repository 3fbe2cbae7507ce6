/* Several CPUs: lockable segments that all of them want. */
#include "smp.h"
#include "visitors.h"

static struct worker workers[WORKERS];
static struct room rooms[2];

/* Adds one to the words of the room, in several steps and without any care but the lock. */
static uint64_t body_add(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        wrong += vas_switch(rooms[0].writes) != STATUS_OK;
        volatile uint64_t *words = kit_word(rooms[0].base);
        uint64_t was = words[0];
        words[0] = was + 1;
        smp_linger(i % 16);
        wrong += words[1] != was;
        words[1] = was + 1;
        if (i % 3 != 0)
            wrong += vas_switch(HANDLE_HOME) != STATUS_OK;
        worker->result++;
    }
    return wrong + (vas_switch(HANDLE_HOME) != STATUS_OK);
}

/* Returns how often the words differed, or changed. */
static uint64_t body_compare(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        wrong += vas_switch(rooms[0].reads) != STATUS_OK;
        volatile uint64_t *words = kit_word(rooms[0].base);
        uint64_t was = words[0];
        smp_linger(i % 16);
        wrong += words[0] != was || words[1] != was;
        wrong += vas_switch(HANDLE_HOME) != STATUS_OK;
        worker->result++;
    }
    return wrong;
}

void test_smp_lock_excludes_other_cpus(void)
{
    needs_cpus(2);
    const uint64_t turns = test_scaled(100);
    require(room_make(&rooms[0]));
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = turns};
        require(
            smp_start(&workers[i], i, i < WORKERS / 2 ? body_add : body_compare, i % smp_cpus()));
    }
    for (size_t move = 0; workers[0].result < turns; move++) {
        sys_thread_set_cpu(workers[move % WORKERS].thread, (move / 3) % smp_cpus());
        sys_thread_sleep(MILLISECOND);
    }
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end(&workers[i]), 0);
    check_eq(kit_peek(rooms[0].seg, 0), WORKERS / 2 * turns);
    check_eq(kit_peek(rooms[0].seg, 8), WORKERS / 2 * turns);
    room_drop(&rooms[0]);
}

/* From one view to the other, both of which lock both segments, in another order attached. */
static uint64_t body_cross(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        wrong += vas_switch(rooms[(worker->argument + i) % 2].writes) != STATUS_OK;
        for (size_t j = 0; j < 2; j++) {
            volatile uint64_t *word = kit_word(rooms[j].base);
            uint64_t was = *word;
            smp_linger(4);
            *word = was + 1;
        }
    }
    return wrong + (vas_switch(HANDLE_HOME) != STATUS_OK);
}

void test_smp_lock_of_two_has_one_order_on_every_cpu(void)
{
    needs_cpus(2);
    const uint64_t turns = test_scaled(100);
    require(room_make(&rooms[0]) && room_make(&rooms[1]));
    for (size_t i = 0; i < 2; i++)
        check_eq(seg_attach(rooms[i].vas, rooms[1 - i].seg, ACCESS_DATA), STATUS_OK);
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = turns};
        require(smp_start(&workers[i], i, body_cross, i % smp_cpus()));
    }
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end(&workers[i]), 0);
    for (size_t i = 0; i < 2; i++)
        check_eq(kit_peek(rooms[i].seg, 0), WORKERS * turns);
    room_drop(&rooms[0]);
    room_drop(&rooms[1]);
}

/* Holders on all CPUs are ended where they are; the lock always comes free. */
static uint64_t body_come_and_go(struct worker *worker)
{
    while (!worker->stop) {
        vas_switch(worker->argument % 2 ? rooms[0].reads : rooms[0].writes);
        worker->result++;
        vas_switch(HANDLE_HOME);
    }
    return 0;
}

void test_smp_lock_comes_free_when_holders_end(void)
{
    needs_cpus(2);
    require(room_make(&rooms[0]));
    for (size_t round = 0; round < test_scaled(10); round++) {
        for (size_t i = 0; i < 4; i++) {
            workers[i] = (struct worker){.argument = i};
            require(smp_start(&workers[i], i, body_come_and_go, (i + round) % smp_cpus()));
        }
        for (size_t i = 0; i < 4; i++)
            check_comes(workers[i].result > 0);
        for (size_t i = 0; i < 4; i++) {
            check_eq(sys_object_destroy(workers[i].thread), STATUS_OK);
            check_eq(sys_thread_wait(workers[i].thread), STATUS_OK);
            kit_drop(workers[i].thread);
        }
        require(room_is_free(&rooms[0]));
        if (room_is_abandoned(&rooms[0]))
            room_put_in_order(&rooms[0]);
    }
    room_drop(&rooms[0]);
}
