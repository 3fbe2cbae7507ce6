/* Segments that somebody has left in the middle of a change: who is told, and for how long. */
#include "visitors.h"

static void abandon(handle_t view)
{
    require(visitor_enters(0, view));
    visitor_destroy(0);
}

/* Each holder is told, until one that can put it in order says so. */
void test_lock_abandoned_is_told_until_it_is_put_in_order(void)
{
    struct room room;
    require(room_make(&room));
    abandon(room.writes);
    for (int i = 0; i < 2; i++) {
        check_eq(vas_switch(room.reads), VAS_ABANDONED);
        check_eq(vas_active(), room.reads);
        check_eq(seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
        check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
        check_eq(vas_switch_try(room.writes), VAS_ABANDONED);
        check_eq(vas_switch_try(room.writes), VAS_ABANDONED);
        check_eq(vas_active(), room.writes);
        check_eq(vas_switch_until(room.reads, NO_DEADLINE), VAS_ABANDONED);
        check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    }
    check(room_is_abandoned(&room));
    room_put_in_order(&room);
    check(!room_is_abandoned(&room));
    check_eq(vas_switch(room.reads), STATUS_OK);
    room_drop(&room);
}

/* Of several each has its own mark, and what was only read has none. */
void test_lock_abandoned_is_of_each_segment(void)
{
    struct room room;
    handle_t second = kit_seg(PAGE_BYTES, SEG_LOCKABLE), read = kit_seg(PAGE_BYTES, SEG_LOCKABLE);
    require(room_make(&room));
    check_eq(seg_attach(room.vas, second, ACCESS_DATA), STATUS_OK);
    check_eq(seg_attach(room.vas, read, ACCESS_READ), STATUS_OK);
    abandon(room.writes);
    check_eq(kit_seg_info(room.seg).abandoned + kit_seg_info(second).abandoned, 2);
    check_eq(kit_seg_info(read).abandoned, 0);
    check_eq(vas_switch(room.writes), VAS_ABANDONED);
    check_eq(seg_mark_consistent(read), STATUS_NOT_LOCKED);
    check_eq(seg_mark_consistent(second), STATUS_OK);
    check_eq(vas_switch(room.writes), VAS_ABANDONED);
    check_eq(seg_mark_consistent(room.seg), STATUS_OK);
    check_eq(vas_switch(room.writes), STATUS_OK);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    room_drop(&room);
    kit_drop_all(second, read);
}

void test_lock_not_held_is_not_marked(void)
{
    struct room room;
    handle_t plain = kit_seg(PAGE_BYTES, 0);
    require(room_make(&room));
    check_eq(seg_mark_consistent(plain), STATUS_NOT_LOCKED);
    check_eq(seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
    require(visitor_enters(0, room.writes));
    check_eq(seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
    visitor_destroy(0);
    check_eq(seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
    check(room_is_abandoned(&room));
    room_put_in_order(&room);
    room_drop(&room);
    kit_drop(plain);
}
