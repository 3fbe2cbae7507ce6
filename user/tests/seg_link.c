/* Segments in spaces: attaching, sharing, rights, detaching. */
#include "child.h"
#include "kit.h"
#include "test.h"

void test_link_shows_the_segment_in_the_view(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 41);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 41);
    *kit_word(PLACE_A) = 42;
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_peek(seg, 0), 42);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

void test_link_made_later_shows_in_views_made_before(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    handle_t near = kit_seg_in(vas, PLACE_A, 1);
    handle_t far = kit_seg_in(vas, VAS_BASE + 20 * 512 * GIB, 2);
    check_eq(*kit_word(PLACE_A), 1);
    check_eq(*kit_word(VAS_BASE + 20 * 512 * GIB), 2);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(near, far, vas);
}

void test_link_in_two_vases_shares_the_data(void)
{
    handle_t a = kit_vas(), b = kit_vas(), seg = kit_seg_in(a, PLACE_A, 7);
    handle_t view_a = kit_view(a, ACCESS_DATA), view_b = kit_view(b, ACCESS_DATA);
    check_eq(sys_seg_attach(b, seg, ACCESS_DATA), STATUS_OK);
    check_eq(kit_seg_info(seg).nlinks, 2);
    require_eq(sys_vas_switch(view_a), STATUS_OK);
    *kit_word(PLACE_A + 8) = 8;
    require_eq(sys_vas_switch(view_b), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 7);
    check_eq(*kit_word(PLACE_A + 8), 8);
    check_eq(sys_vas_detach(view_a), STATUS_OK);
    check_eq(sys_vas_detach(view_b), STATUS_OK);
    kit_drop_all(seg, a, b);
}

void test_link_collision_is_refused_and_changes_nothing(void)
{
    handle_t vas = kit_vas(), first = kit_seg_in(vas, PLACE_A, 1);
    handle_t second = kit_seg_at(PLACE_A, PAGE_BYTES);
    handle_t larger = kit_seg_at(PLACE_A, 4 * MIB);
    handle_t by_gib = kit_seg_at(PLACE_A, 33 * MIB);
    struct vas_info before = kit_vas_info(vas);
    check_eq(sys_seg_attach(vas, second, ACCESS_READ), STATUS_COLLISION);
    check_eq(sys_seg_attach(vas, larger, ACCESS_READ), STATUS_COLLISION);
    check_eq(sys_seg_attach(vas, by_gib, ACCESS_READ), STATUS_COLLISION);
    check_eq(sys_seg_attach(vas, first, ACCESS_READ), STATUS_ALREADY_ATTACHED);
    check_eq(kit_vas_info(vas).nlinks, before.nlinks);
    check_eq(kit_vas_info(vas).ntables, before.ntables);
    check_eq(kit_seg_info(second).nlinks, 0);
    kit_drop_all(first, second, larger, by_gib, vas);
}

/* The other order: a small segment inside what a large one spans. */
void test_link_collision_inside_a_large_segment_is_refused(void)
{
    handle_t vas = kit_vas(), large = kit_seg_at(PLACE_A, 33 * MIB);
    handle_t small = kit_seg_at(PLACE_A + 512 * MIB, PAGE_BYTES);
    check_eq(sys_seg_attach(vas, large, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_attach(vas, small, ACCESS_READ), STATUS_COLLISION);
    check_eq(sys_seg_detach(vas, large), STATUS_OK);
    check_eq(sys_seg_attach(vas, small, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_attach(vas, large, ACCESS_READ), STATUS_COLLISION);
    kit_drop_all(large, small, vas);
}

/* Tables that small segments left behind make room for a large one, and the other way round. */
void test_link_of_another_size_takes_a_place_that_is_free_again(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA);
    handle_t small = kit_seg_in(vas, PLACE_A + 512 * MIB, 1);
    handle_t large = kit_seg_at(PLACE_A, 33 * MIB);
    require_eq(sys_vas_switch(view), STATUS_OK);
    for (int round = 0; round < 3; round++) {
        check_eq(*kit_word(PLACE_A + 512 * MIB), 1);
        check_eq(sys_seg_detach(vas, small), STATUS_OK);
        check_eq(sys_seg_attach(vas, large, ACCESS_DATA), STATUS_OK);
        *kit_word(PLACE_A + 32 * MIB) = 2;
        check_eq(sys_seg_detach(vas, large), STATUS_OK);
        check_eq(sys_seg_attach(vas, small, ACCESS_DATA), STATUS_OK);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(small, large, vas);
}

/* Two granules of a large segment on either side of a top-level boundary, one side with tables left
 * over from before, the other without any. */
void test_link_across_a_top_level_boundary_keeps_the_account(void)
{
    const uint64_t boundary = VAS_BASE + 4 * 512 * GIB;
    handle_t vas = kit_vas(), small = kit_seg_at(boundary - 512 * MIB, PAGE_BYTES);
    handle_t large = kit_seg_at(boundary - GIB, GIB + PAGE_BYTES);
    check_eq(sys_seg_attach(vas, small, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_detach(vas, small), STATUS_OK);
    kit_drop(small);
    if (large == STATUS_NO_MEMORY) {
        kit_drop(vas);
        skip("too little memory for a segment of more than 1 GiB");
    }
    check_eq(sys_seg_attach(vas, large, ACCESS_DATA), STATUS_OK);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    *kit_word(boundary - 8) = 1;
    *kit_word(boundary) = 2;
    check_eq(kit_peek(large, GIB - 8), 1);
    check_eq(kit_peek(large, GIB), 2);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(large, vas);
}

void test_link_belongs_into_one_kind_of_space(void)
{
    handle_t vas = kit_vas(), shared = kit_seg(PAGE_BYTES, 0);
    handle_t home = kit_seg_at(CHILD_TASK, PAGE_BYTES);
    handle_t process = sys_process_create(NAME("empty"), 0);
    check_eq(sys_seg_attach(process, shared, ACCESS_READ), STATUS_WRONG_SPACE);
    check_eq(sys_seg_attach(vas, home, ACCESS_READ), STATUS_WRONG_SPACE);
    check_eq(sys_seg_attach(process, home, ACCESS_READ), STATUS_OK);
    kit_drop_all(vas, shared, home, process);
}

void test_link_detached_is_detached_once(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 1);
    check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    check_eq(sys_seg_detach(vas, seg), STATUS_NOT_ATTACHED);
    check_eq(sys_seg_detach(HANDLE_SELF, seg), STATUS_NOT_ATTACHED);
    check_eq(kit_seg_info(seg).nlinks, 0);
    check_eq(kit_vas_info(vas).nlinks, 0);
    kit_drop_all(seg, vas);
}

/* A segment at home shows in every view of the process. */
void test_link_at_home_shows_in_every_view(void)
{
    const uint64_t place = 0x20000000;
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    handle_t seg = kit_seg_at(place, PAGE_BYTES);
    kit_poke(seg, 0, 3);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_seg_attach(HANDLE_SELF, seg, ACCESS_DATA), STATUS_OK);
    check_eq(*kit_word(place), 3);
    *kit_word(place) = 4;
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(*kit_word(place), 4);
    check_eq(sys_seg_detach(HANDLE_SELF, seg), STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* The page is read before, so that its translation is in the TLB when the link goes. */
void test_link_detached_is_out_of_reach_at_once(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 1);
    handle_t view = kit_view(vas, ACCESS_DATA);
    uint64_t word = 0;
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 1);
    check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    check_eq(sys_seg_write(seg, 0, PLACE_A, 8), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_read(seg, 0, (uintptr_t)&word, 8), 8);
    check_eq(word, 1);
    check_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 1);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* Another segment at the same address must not show what the TLB remembers of the first. */
void test_link_replaced_shows_the_new_segment(void)
{
    handle_t vas = kit_vas(), a = kit_seg_in(vas, PLACE_A, 1), b = kit_seg_at(PLACE_A, PAGE_BYTES);
    handle_t view = kit_view(vas, ACCESS_DATA);
    kit_poke(b, 0, 2);
    require_eq(sys_vas_switch(view), STATUS_OK);
    for (int round = 0; round < 8; round++) {
        check_eq(*kit_word(PLACE_A), 1);
        check_eq(sys_seg_detach(vas, a), STATUS_OK);
        check_eq(sys_seg_attach(vas, b, ACCESS_DATA), STATUS_OK);
        check_eq(*kit_word(PLACE_A), 2);
        check_eq(sys_seg_detach(vas, b), STATUS_OK);
        check_eq(sys_seg_attach(vas, a, ACCESS_DATA), STATUS_OK);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(a, b, vas);
}

/* The same, while the thread is at home: the view's TLB entries are stale when it comes back. */
void test_link_replaced_from_home_shows_the_new_segment(void)
{
    handle_t vas = kit_vas(), a = kit_seg_in(vas, PLACE_A, 1), b = kit_seg_at(PLACE_A, PAGE_BYTES);
    handle_t view = kit_view(vas, ACCESS_DATA);
    kit_poke(b, 0, 2);
    for (uint64_t round = 0; round < 16; round++) {
        require_eq(sys_vas_switch(view), STATUS_OK);
        check_eq(*kit_word(PLACE_A), round % 2 + 1);
        require_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
        check_eq(sys_seg_detach(vas, round % 2 ? b : a), STATUS_OK);
        check_eq(sys_seg_attach(vas, round % 2 ? a : b, ACCESS_DATA), STATUS_OK);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(a, b, vas);
}
