/* Lockable segments: where they may be attached, and what their locks do not guard. */
#include "visitors.h"

void test_lock_links_are_made_while_nobody_is_inside(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA);
    handle_t first = kit_seg(PAGE_BYTES, SEG_LOCKABLE), second = kit_seg(PAGE_BYTES, SEG_LOCKABLE);
    check_eq(seg_attach(vas, first, ACCESS_READ), STATUS_BUSY);
    check_eq(sys_vas_detach(view), STATUS_OK);
    check_eq(seg_attach(vas, first, ACCESS_READ), STATUS_OK);
    view = kit_view(vas, ACCESS_DATA);
    check_eq(seg_attach(vas, second, ACCESS_DATA), STATUS_OK);
    check_eq(kit_vas_info(vas).nlockable, 2);
    check_eq(seg_detach(vas, second), STATUS_OK);
    check_eq(vas_switch(view), STATUS_OK);
    check_eq(seg_attach(vas, second, ACCESS_DATA), STATUS_BUSY);
    check_eq(seg_set_access(vas, first, ACCESS_DATA), STATUS_BUSY);
    check_eq(kit_seg_info(first).nreaders, 1);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(seg_set_access(vas, first, ACCESS_DATA), STATUS_OK);
    check_eq(vas_switch(view), STATUS_OK);
    check(kit_seg_info(first).writer != 0);
    check_eq(seg_set_access(vas, first, ACCESS_READ), STATUS_OK);
    check(kit_seg_info(first).writer != 0); /* it came as a writer */
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_seg_info(first).writer, 0);
    kit_drop_all(view, vas, first, second);
}

void test_lock_links_are_limited_and_cloned(void)
{
    handle_t vas = kit_vas(), segs[VAS_LOCKABLE_MAX + 1];
    for (int i = 0; i <= VAS_LOCKABLE_MAX; i++) {
        segs[i] = kit_seg(PAGE_BYTES, SEG_LOCKABLE);
        check_eq(seg_attach(vas, segs[i], ACCESS_DATA),
                 i < VAS_LOCKABLE_MAX ? STATUS_OK : STATUS_NO_SLOT);
    }
    handle_t clone = vas_clone(vas, ACCESS_DATA), view = kit_view(clone, ACCESS_DATA);
    check_eq(kit_vas_info(clone).nlockable, VAS_LOCKABLE_MAX);
    check_eq(vas_switch(view), STATUS_OK);
    for (int i = 0; i < VAS_LOCKABLE_MAX; i++)
        check(kit_seg_info(segs[i]).writer != 0);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    kit_drop_all(view, clone, vas);
    for (int i = 0; i <= VAS_LOCKABLE_MAX; i++) {
        check_eq(kit_seg_info(segs[i]).writer, 0);
        kit_drop(segs[i]);
    }
}

void test_lock_is_not_for_homes(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, SEG_LOCKABLE);
    check_eq(seg_attach(HANDLE_SELF, seg, ACCESS_READ), STATUS_WRONG_SPACE);
    check_eq(seg_create("test", GIB, PAGE_BYTES, SEG_LOCKABLE), STATUS_BAD_ARGUMENT);
    check_eq(kit_seg_info(seg).flags, SEG_LOCKABLE);
    kit_drop(seg);
}

/* Calls that copy, fill and discard do not ask for the lock. */
void test_lock_guards_views_alone(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    kit_poke(room.seg, 8, 7);
    check_eq(kit_peek(room.seg, 8), 7);
    check_eq(seg_fill(room.seg, 0, PAGE_BYTES), room.seg);
    check_eq(seg_discard(room.seg, 0, PAGE_BYTES), STATUS_OK);
    check_eq(kit_peek(room.seg, 8), 0);
    check(visitor_holds(0, &room));
    visitor_end(0, 0);
    room_drop(&room);
}
