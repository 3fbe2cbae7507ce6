/* Locks of segments: many threads that go in and out, of one and of several. */
#include "visitors.h"

#define TURNS 200

static struct worker workers[WORKERS];
static struct room rooms[2];

/* What is read is written back one larger after others have run, in two words. */
static uint64_t body_add(struct worker *worker)
{
    for (uint64_t i = 0; i < worker->argument; i++) {
        vas_switch(rooms[0].writes);
        volatile uint64_t *word = kit_word(rooms[0].base);
        uint64_t was = word[0];
        sys_thread_yield();
        word[0] = was + 1;
        sys_thread_yield();
        word[1] = was + 1;
        if (i % 3 != 0)
            vas_switch(HANDLE_HOME);
    }
    return (uint64_t)vas_switch(HANDLE_HOME);
}

/* Returns how often the words differed. */
static uint64_t body_compare(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        vas_switch(rooms[0].reads);
        volatile uint64_t *word = kit_word(rooms[0].base);
        uint64_t was = word[0];
        sys_thread_yield();
        wrong += word[0] != was || word[1] != was;
        vas_switch(HANDLE_HOME);
    }
    return wrong;
}

void test_lock_guards_what_takes_several_steps(void)
{
    uint64_t turns = test_scaled(TURNS);
    require(room_make(&rooms[0]));
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = turns};
        require(worker_start(&workers[i], i, i < WORKERS / 2 ? body_add : body_compare,
                             PRIORITY_DEFAULT));
    }
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end_soon(&workers[i]), 0);
    check_eq(kit_peek(rooms[0].seg, 0), WORKERS / 2 * turns);
    check_eq(kit_peek(rooms[0].seg, 8), WORKERS / 2 * turns);
    room_drop(&rooms[0]);
}

/* From one view to the other, both of which lock both segments. */
static uint64_t body_cross(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < TURNS; i++) {
        wrong += vas_switch(rooms[(worker->argument + i) % 2].writes) != STATUS_OK;
        for (size_t j = 0; j < 2; j++) {
            volatile uint64_t *word = kit_word(rooms[j].base);
            uint64_t was = *word;
            sys_thread_yield();
            *word = was + 1;
        }
    }
    return wrong + (vas_switch(HANDLE_HOME) != STATUS_OK);
}

/* Each VAS has the two segments, attached in another order. */
void test_lock_of_two_has_one_order_in_every_vas(void)
{
    require(room_make(&rooms[0]) && room_make(&rooms[1]));
    for (size_t i = 0; i < 2; i++) {
        check_eq(seg_attach(rooms[i].vas, rooms[1 - i].seg, ACCESS_DATA), STATUS_OK);
        check_eq(kit_vas_info(rooms[i].vas).nlockable, 2);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.argument = i};
        require(worker_start(&workers[i], i, body_cross, PRIORITY_DEFAULT));
    }
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end_soon(&workers[i]), 0);
    for (size_t i = 0; i < 2; i++)
        check_eq(kit_peek(rooms[i].seg, 0), WORKERS * TURNS);
    room_drop(&rooms[0]);
    room_drop(&rooms[1]);
}
