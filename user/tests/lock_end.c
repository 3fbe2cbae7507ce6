/* Locks of segments: how they are given back by threads and processes that end, and go with what is
 * taken away. */
#include "child.h"
#include "visitors.h"

/* --- who ends --------------------------------------------------------------------------------- */

/* Who waits is let in; what a writer leaves is abandoned. */
static void end_inside(const struct room *room, handle_t view, bool by_itself, int64_t told)
{
    require(visitor_enters(0, view));
    require(visitor_waits(1, room->writes, room));
    visitors[0].ends_inside = true;
    if (by_itself)
        visitor_end(0, 0);
    else
        visitor_destroy(0);
    check_soon(visitor_holds(1, room));
    check_eq(visitors[1].result, told);
    visitor_end(1, 0);
    check_eq(room_is_abandoned(room), told == VAS_ABANDONED);
    room_put_in_order(room);
}

void test_lock_is_given_back_by_a_thread_that_ends(void)
{
    struct room room;
    require(room_make(&room));
    for (int by_itself = 0; by_itself < 2; by_itself++) {
        end_inside(&room, room.reads, by_itself, STATUS_OK);
        end_inside(&room, room.writes, by_itself, VAS_ABANDONED);
    }
    room_drop(&room);
}

/* What ends while it waits has changed nothing. */
void test_lock_waiter_that_ends_leaves_no_mark(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    require(visitor_waits(1, room.writes, &room));
    require(visitor_waits(2, room.writes, &room));
    visitor_destroy(1);
    check_eq(room_waiting(&room), 1);
    visitor_end(0, 0);
    check_soon(visitor_holds(2, &room));
    check_eq(visitors[2].result, STATUS_OK);
    visitor_end(2, 0);
    room_drop(&room);
}

/* What it waits for comes behind what it has already, and has not seen yet. */
void test_lock_waiter_that_ends_gives_back_what_it_has(void)
{
    struct room first, second;
    require(room_make(&first) && room_make(&second));
    check_eq(seg_attach(first.vas, second.seg, ACCESS_DATA), STATUS_OK);
    require(visitor_enters(0, second.writes));
    require(visitor_start(1, first.writes));
    check_soon(!room_is_free(&first));
    check(!visitors[1].inside);
    visitor_destroy(1);
    check(room_is_free(&first) && !room_is_abandoned(&first));
    visitor_end(0, 0);
    check(room_is_free(&second) && !room_is_abandoned(&second));
    room_drop(&first);
    room_drop(&second);
}

static void child_holds(struct child *child, const struct code *code, const struct room *room,
                        uint64_t access)
{
    struct child_task task = {.value = UINT64_MAX};
    require(child_make(child, "visitor", code));
    task.view = (uint64_t)child_view(child, room->vas, access);
    require(child_start(child, &task));
    check_soon(!room_is_free(room));
}

void test_lock_is_given_back_by_a_process_that_is_destroyed(void)
{
    struct room room;
    struct child child;
    require(room_make(&room));
    for (int writes = 0; writes < 2; writes++) {
        child_holds(&child, &code_stay, &room, writes ? ACCESS_DATA : ACCESS_READ);
        require(visitor_waits(0, room.writes, &room));
        child_kill(&child);
        check_soon(visitor_holds(0, &room));
        check_eq(visitors[0].result, writes ? VAS_ABANDONED : STATUS_OK);
        visitor_end(0, 0);
        room_put_in_order(&room);
    }
    room_drop(&room);
}

void test_lock_is_given_back_by_a_process_that_ends_inside(void)
{
    struct room room;
    require(room_make(&room));
    const struct child_task store = {.address = room.base, .value = 6}, fault = {.address = 8};
    check_eq(child_run(&code_load, room.vas, ACCESS_READ, store).reason, END_EXIT);
    check(room_is_free(&room) && !room_is_abandoned(&room));
    check_eq(child_run(&code_store, room.vas, ACCESS_DATA, store).reason, END_EXIT);
    check(room_is_free(&room) && room_is_abandoned(&room));
    room_put_in_order(&room);
    test_expect_log("process 'child' .*write to 0x8 refused");
    check_eq(child_run(&code_store, room.vas, ACCESS_DATA, fault).reason, END_FAULT);
    check(room_is_free(&room) && room_is_abandoned(&room));
    room_put_in_order(&room);
    check_eq(kit_peek(room.seg, 0), 6);
    room_drop(&room);
}

/* --- what is taken away ----------------------------------------------------------------------- */

void test_lock_goes_with_a_view_that_is_detached(void)
{
    struct room room;
    require(room_make(&room));
    require(visitor_enters(0, room.writes));
    require(visitor_waits(1, room.reads, &room));
    require(visitor_waits(2, room.writes, &room));
    check_eq(sys_vas_detach(room.writes), STATUS_OK);
    check_soon(visitors[1].inside);
    check_eq(visitors[1].result, VAS_ABANDONED);
    visitor_end(0, FAULT_VIEW_LOST);
    visitor_end(2, 0);
    check_eq(visitors[2].result, STATUS_BAD_HANDLE);
    visitor_end(1, 0);
    room.writes = kit_view(room.vas, ACCESS_DATA);
    room_put_in_order(&room);
    check_eq(vas_switch(room.writes), STATUS_OK); /* who takes its own view away knows of it */
    check_eq(sys_vas_detach(room.writes), STATUS_OK);
    check_eq(vas_active(), HANDLE_HOME);
    check(room_is_free(&room) && !room_is_abandoned(&room));
    room_drop(&room);
}

static void take_vas_away(bool destroy)
{
    struct room room, other;
    require(room_make(&room) && room_share(&other, room.seg));
    require(visitor_enters(0, room.writes));
    require(visitor_waits(1, room.writes, &room));
    require(visitor_start(2, other.writes));
    check_soon(kit_vas_info(other.vas).nholders == 1);
    check_eq(destroy ? sys_object_destroy(room.vas) : sys_cap_revoke(room.vas), STATUS_OK);
    check_soon(visitor_holds(2, &room));
    check_eq(visitors[2].result, VAS_ABANDONED);
    visitor_end(0, FAULT_VIEW_LOST);
    visitor_end(1, 0);
    check_eq(visitors[1].result, STATUS_BAD_HANDLE);
    check_eq(kit_vas_info(room.vas).nholders, 0);
    check(visitor_holds(2, &room));
    visitor_end(2, 0);
    room_put_in_order(&other);
    kit_drop(room.vas);
    room_drop(&other);
}

void test_lock_goes_with_a_vas_that_is_revoked(void)
{
    take_vas_away(false);
}

void test_lock_goes_with_a_vas_that_is_destroyed(void)
{
    take_vas_away(true);
}

/* Not when the thread that has it wakes and finds out. */
void test_lock_goes_with_the_view_of_a_thread_that_sleeps(void)
{
    struct room room, other;
    struct child child;
    require(room_make(&room) && room_share(&other, room.seg));
    child_holds(&child, &code_sleep, &room, ACCESS_DATA);
    require(visitor_start(0, other.writes));
    check_soon(kit_vas_info(other.vas).nholders == 1);
    check_eq(sys_cap_revoke(room.vas), STATUS_OK);
    check_soon(visitor_holds(0, &room));
    check_eq(visitors[0].result, VAS_ABANDONED);
    visitor_end(0, 0);
    child_kill(&child);
    room_put_in_order(&other);
    room_leave(&room);
    room_drop(&other);
}

static int64_t seg_detach_from(const struct room *room)
{
    return seg_detach(room->vas, room->seg);
}

static int64_t seg_revoke(const struct room *room)
{
    return sys_cap_revoke(room->seg);
}

static int64_t seg_destroy(const struct room *room)
{
    return sys_object_destroy(room->seg);
}

/* Who waits in the same VAS, for what is not there any more then. */
enum waiter {
    NOBODY,
    BEFORE_OTHERS,
    BEHIND_OTHERS,
    WAITERS
};

/* Number 1 waits in the room, 2 and 3 in front of another. */
static void wait_for_seg(enum waiter here, const struct room *room, const struct room *other)
{
    if (here == BEFORE_OTHERS)
        require(visitor_waits(1, room->writes, room));
    require(visitor_start(2, other->writes));
    check_soon(kit_vas_info(other->vas).nholders == 1);
    require(visitor_start(3, other->reads));
    check_soon(kit_vas_info(other->vas).nholders == 2);
    if (here == BEHIND_OTHERS)
        require(visitor_waits(1, room->writes, room));
}

/* Where the segment is not attached any more there is nothing to wait for; elsewhere there is. */
static void take_seg_from(enum waiter here, int64_t (*take)(const struct room *), bool everywhere)
{
    struct room room, other;
    require(room_make(&room) && room_share(&other, room.seg));
    require(visitor_enters(0, room.writes));
    wait_for_seg(here, &room, &other);
    check_eq(take(&room), STATUS_OK);
    check_eq(kit_vas_info(room.vas).nlockable, 0);
    check_soon(visitors[2].inside && (here == NOBODY || visitors[1].inside));
    check_eq(visitors[2].result, everywhere ? STATUS_OK : VAS_ABANDONED);
    check(everywhere || (visitor_holds(2, &room) && !visitors[3].inside));
    visitor_end(2, 0);
    check_soon(visitors[3].inside);
    visitor_end(3, 0);
    visitor_end(0, 0);
    if (here != NOBODY) {
        check_eq(visitors[1].result, STATUS_OK);
        visitor_end(1, 0);
    }
    room_leave(&other);
    room_drop(&room);
}

static void take_seg_away(int64_t (*take)(const struct room *), bool everywhere)
{
    for (enum waiter here = NOBODY; here < WAITERS; here++)
        take_seg_from(here, take, everywhere);
}

void test_lock_goes_with_a_segment_that_is_detached(void)
{
    take_seg_away(seg_detach_from, false);
}

void test_lock_goes_with_a_segment_that_is_revoked(void)
{
    take_seg_away(seg_revoke, true);
}

void test_lock_goes_with_a_segment_that_is_destroyed(void)
{
    take_seg_away(seg_destroy, true);
}
