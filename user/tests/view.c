/* Views: switching, detaching, many of them. */
#include "kit.h"
#include "test.h"

void test_view_switch_moves_and_comes_home(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_active(), view);
    check_eq(kit_thread_info(0).view, view);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_active(), view);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

void test_view_refused_leaves_the_thread_where_it_was(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_switch(vas), STATUS_WRONG_TYPE);
    check_eq(sys_vas_switch(0), STATUS_BAD_HANDLE);
    check_eq(sys_vas_switch(-1), STATUS_BAD_HANDLE);
    check_eq(sys_vas_active(), view);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

void test_view_detached_under_the_caller_brings_it_home(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(sys_vas_switch(view), STATUS_BAD_HANDLE);
    check_eq(sys_vas_detach(view), STATUS_BAD_HANDLE);
    kit_drop(vas);
}

void test_view_capability_deleted_detaches_it(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_vas_switch(view), STATUS_OK);
    kit_drop(view);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(kit_vas_info(vas).nviews, 0);
    kit_drop(vas);
}

/* One VAS may be attached to one process many times, each view with its own rights. */
void test_view_twice_of_one_vas_shows_the_same(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 1);
    handle_t reader = kit_view(vas, ACCESS_READ), writer = kit_view(vas, ACCESS_DATA);
    check(reader != writer);
    check_eq(kit_vas_info(vas).nviews, 2);
    require_eq(sys_vas_switch(writer), STATUS_OK);
    *kit_word(PLACE_A) = 2;
    require_eq(sys_vas_switch(reader), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 2);
    check_eq(sys_vas_detach(reader), STATUS_OK);
    check_eq(sys_vas_detach(writer), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* The same explicit place holds different data in many VASes; one thread visits them all. */
void test_view_each_of_300_shows_its_own_data(void)
{
    enum {
        VIEWS = 300
    };
    static handle_t vases[VIEWS], segs[VIEWS], views[VIEWS];
    const size_t nviews = test_scaled(VIEWS);
    for (size_t i = 0; i < nviews; i++) {
        vases[i] = kit_vas();
        segs[i] = kit_seg_in(vases[i], PLACE_A, i);
        views[i] = kit_view(vases[i], ACCESS_DATA);
        require(views[i] > 0);
    }
    for (size_t round = 0; round < 4; round++)
        for (size_t i = 0; i < nviews; i++) {
            require_eq(sys_vas_switch(views[i]), STATUS_OK);
            check_eq(*kit_word(PLACE_A), i + round * VIEWS);
            *kit_word(PLACE_A) += VIEWS;
        }
    for (size_t i = 0; i < nviews; i++) {
        check_eq(kit_peek(segs[i], 0), i + 4 * VIEWS);
        check_eq(sys_vas_detach(views[i]), STATUS_OK);
        kit_drop_all(segs[i], vases[i]);
    }
}

/* Views come and go so often that tags of the TLB are recycled, always at the same address. */
#define TAGS 4095

void test_view_recycled_tag_shows_no_old_data(void)
{
    for (size_t i = 0; i < TAGS + 100; i++) {
        handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, i);
        handle_t view = kit_view(vas, ACCESS_READ);
        require_eq(sys_vas_switch(view), STATUS_OK);
        require_eq(*kit_word(PLACE_A), i);
        check_eq(sys_vas_detach(view), STATUS_OK);
        kit_drop_all(seg, vas);
    }
}
