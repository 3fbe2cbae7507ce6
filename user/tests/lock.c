/* Locks of segments: who gets in, who waits, for how long and in which order. */
#include "visitors.h"

static uint64_t now(void)
{
    return (uint64_t)sys_clock_read();
}

static uint32_t readers_of(const struct room *room)
{
    return kit_seg_info(room->seg).nreaders;
}

void test_lock_is_shared_by_readers(void)
{
    struct room room;
    require(room_make(&room));
    check_eq(kit_vas_info(room.vas).nlockable, 1);
    check_eq(kit_vas_info(room.vas).nholders, 0);
    for (uint32_t i = 0; i < 3; i++) {
        require(visitor_enters(i, room.reads));
        check_eq(visitors[i].result, STATUS_OK);
        check_eq(readers_of(&room), i + 1);
        check_eq(kit_vas_info(room.vas).nholders, i + 1);
    }
    check_eq(vas_switch_try(room.reads), STATUS_OK);
    check_eq(*kit_word(room.base), 0);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(vas_switch_try(room.writes), STATUS_TIMED_OUT);
    for (uint32_t i = 0; i < 3; i++) {
        visitor_end(i, 0);
        check_eq(readers_of(&room), 2 - i);
        check_eq(vas_switch_try(room.writes), i < 2 ? STATUS_TIMED_OUT : STATUS_OK);
    }
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_vas_info(room.vas).nholders, 0);
    room_drop(&room);
}

void test_lock_of_a_writer_keeps_all_others_out(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    check(visitor_holds(0, &room));
    check_eq(vas_switch_try(room.writes), STATUS_TIMED_OUT);
    check_eq(vas_switch_try(room.reads), STATUS_TIMED_OUT);
    require(visitor_waits(1, room.reads, &room));
    require(visitor_waits(2, room.writes, &room));
    check_eq(kit_vas_info(room.vas).nholders, 3);
    visitor_end(0, 0);
    check_soon(visitors[1].inside);
    check_eq(readers_of(&room), 1);
    check(!visitors[2].inside);
    visitor_end(1, 0);
    check_soon(visitor_holds(2, &room));
    visitor_end(2, 0);
    room_drop(&room);
}

/* Readers who come behind a writer do not pass it, though another reader is inside. */
void test_lock_serves_in_the_order_of_coming(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.reads));
    require(visitor_waits(1, room.writes, &room));
    require(visitor_waits(2, room.reads, &room));
    require(visitor_waits(3, room.writes, &room));
    require(visitor_waits(4, room.reads, &room));
    require(visitor_waits(5, room.reads, &room));
    check_eq(vas_switch_try(room.reads), STATUS_TIMED_OUT);
    visitor_end(0, 0);
    check_soon(visitor_holds(1, &room));
    visitor_end(1, 0);
    check_soon(visitors[2].inside);
    check_eq(readers_of(&room), 1);
    check_eq(room_waiting(&room), 3);
    visitor_end(2, 0);
    check_soon(visitor_holds(3, &room));
    visitor_end(3, 0);
    check_soon(visitors[4].inside && visitors[5].inside);
    check_eq(readers_of(&room), 2);
    visitor_end(4, 0);
    visitor_end(5, 0);
    room_drop(&room);
}

/* --- not waiting, and not for ever ------------------------------------------------------------ */

/* From wherever it stands, into a room that others hold. */
static void try_in_vain(const struct room *room, handle_t view)
{
    struct room mine;
    uint32_t nholders = kit_vas_info(room->vas).nholders;
    require(room_make(&mine));
    handle_t empty = kit_vas(), plain = kit_view(empty, ACCESS_READ);
    const handle_t places[] = {HANDLE_HOME, plain, mine.writes, mine.reads};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
        check_eq(vas_switch(places[i]), STATUS_OK);
        check_eq(vas_switch_try(view), STATUS_TIMED_OUT);
        check_eq(vas_switch_until(view, now() - 1), STATUS_TIMED_OUT);
        check_eq(vas_active(), places[i]);
        check_eq(kit_vas_info(mine.vas).nholders, i >= 2);
        check_eq(kit_seg_info(mine.seg).writer != 0, i == 2);
        check_eq(readers_of(&mine), i == 3);
        check_eq(kit_vas_info(room->vas).nholders, nholders);
    }
    room_drop(&mine);
    kit_drop_all(plain, empty);
}

void test_lock_try_that_fails_changes_nothing(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    try_in_vain(&room, room.writes);
    try_in_vain(&room, room.reads);
    visitor_end(0, 0);
    require(visitor_enters(0, room.reads));
    try_in_vain(&room, room.writes);
    require(visitor_waits(1, room.writes, &room)); /* who tries would have to wait behind it */
    try_in_vain(&room, room.reads);
    visitor_end(0, 0);
    visitor_end(1, 0);
    check_eq(vas_switch_try(room.writes), STATUS_OK);
    room_drop(&room);
}

/* Who comes from a view with locks has given them back and stands at home; from one without it has
 * not moved. */
void test_lock_wait_ends_at_its_deadline(void)
{
    struct room room, mine;
    require(room_make(&room) && room_make(&mine));
    handle_t empty = kit_vas(), plain = kit_view(empty, ACCESS_READ);
    const handle_t places[] = {HANDLE_HOME, plain, mine.writes, mine.reads};
    require(visitor_enters(0, room.reads));
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        check_eq(vas_switch(places[i]), STATUS_OK);
        uint64_t deadline = now() + 20 * MILLISECOND;
        check_eq(vas_switch_until(room.writes, deadline), STATUS_TIMED_OUT);
        check(now() >= deadline);
        check_eq(vas_active(), i == 1 ? plain : HANDLE_HOME);
        check(room_is_free(&mine));
        check_eq(kit_vas_info(mine.vas).nholders, 0);
        check_eq(kit_vas_info(room.vas).nholders, 1);
    }
    visitor_end(0, 0);
    room_drop(&mine);
    room_drop(&room);
    kit_drop_all(plain, empty);
}

void test_lock_wait_with_a_deadline_gets_what_comes_free(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    require(visitor_start_until(1, room.writes, now() + 60000 * MILLISECOND));
    check_soon(room_waiting(&room) == 1);
    visitor_end(0, 0);
    check_soon(visitor_holds(1, &room));
    check_eq(visitors[1].result, STATUS_OK);
    visitor_end(1, 0);
    room_drop(&room);
}

/* Readers behind a writer wait for it alone: when it gives up they go on. */
void test_lock_writer_that_waits_no_longer_lets_readers_in(void)
{
    struct room room;
    require(room_make(&room));
    for (int destroyed = 0; destroyed < 2; destroyed++) {
        require(visitor_enters(0, room.reads));
        require(visitor_start_until(1, room.writes,
                                    destroyed ? NO_DEADLINE : now() + 300 * MILLISECOND));
        check_soon(room_waiting(&room) == 1);
        require(visitor_waits(2, room.reads, &room));
        require(visitor_waits(3, room.reads, &room));
        if (destroyed)
            visitor_destroy(1);
        check_soon(visitors[2].inside && visitors[3].inside);
        check_eq(readers_of(&room), 3);
        if (!destroyed) {
            visitor_end(1, 0);
            check_eq(visitors[1].result, STATUS_TIMED_OUT);
        }
        visitor_end(0, 0);
        visitor_end(2, 0);
        visitor_end(3, 0);
    }
    check_eq(kit_seg_info(room.seg).abandoned, 0);
    room_drop(&room);
}

void test_lock_shared_is_not_made_exclusive(void)
{
    struct room room;
    require(room_make(&room));
    check_eq(vas_switch(room.reads), STATUS_OK);
    check_eq(vas_switch(room.writes), STATUS_BUSY);
    check_eq(vas_switch_try(room.writes), STATUS_BUSY);
    check_eq(vas_switch_until(room.writes, NO_DEADLINE), STATUS_BUSY);
    check_eq(vas_active(), room.reads);
    check_eq(readers_of(&room), 1);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(vas_switch(room.writes), STATUS_OK);
    *kit_word(room.base) = 5;
    check_eq(vas_switch(room.reads), STATUS_OK);
    check_eq(*kit_word(room.base), 5);
    check_eq(kit_seg_info(room.seg).writer, 0);
    check_eq(readers_of(&room), 1);
    check_eq(vas_switch(room.reads), STATUS_OK);
    check_eq(readers_of(&room), 1);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    room_drop(&room);
}
