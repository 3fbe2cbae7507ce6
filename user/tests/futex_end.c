/* Futexes: how waiting ends when others do. */
#include <vasco/pool.h>
#include <vasco/seg.h>

#include "child.h"
#include "sleepers.h"

static volatile uint64_t words[2];

void test_futex_owner_that_has_ended_is_not_waited_for(void)
{
    words[0] = sleeper_own(0) | FUTEX_WAITERS;
    sleeper_destroy(0);
    check_eq(futex_wait_owned(&words[0], words[0], FUTEX_FOREVER), STATUS_ENDED);
    check_eq(futex_wait_owned(&words[0], words[0], 0), STATUS_ENDED);
    words[0] = 0;
    check_eq(futex_wait_owned(&words[0], 0, FUTEX_FOREVER), STATUS_ENDED);
    words[0] = kit_process_info(HANDLE_SELF).id;
    check_eq(futex_wait_owned(&words[0], words[0], FUTEX_FOREVER), STATUS_ENDED);
    words[0] = kit_thread_info(0).id | FUTEX_OWNER_DIED;
    check_eq(futex_wait_owned(&words[0], words[0], FUTEX_FOREVER), STATUS_BAD_ARGUMENT);
    check_eq(futex_wait_owned(&words[0], 1, FUTEX_FOREVER), STATUS_CHANGED);
}

void test_futex_owner_that_ends_wakes_all(void)
{
    words[0] = words[1] = sleeper_own(0);
    for (size_t i = 1; i < 5; i++)
        require(sleeper_start(i, &words[i / 4], FUTEX_OWNED));
    check(sleeper_waits(1) && sleeper_waits(4));
    sleeper_destroy(0);
    for (size_t i = 1; i < 5; i++)
        sleeper_check_end(i, STATUS_ENDED);
}

void test_futex_owner_that_is_destroyed_with_its_process_wakes_all(void)
{
    struct child child;
    require(child_make(&child, "owner", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    words[0] = kit_thread_info(child.thread).id | FUTEX_WAITERS;
    require(sleeper_start(0, &words[0], FUTEX_OWNED) && sleeper_start(1, &words[0], FUTEX_OWNED));
    check(sleeper_waits(0) && sleeper_waits(1));
    child_kill(&child);
    sleeper_check_end(0, STATUS_ENDED);
    sleeper_check_end(1, STATUS_ENDED);
}

/* Those that were moved depend on the owner of where they are now. */
void test_futex_owner_of_requeued_ends(void)
{
    words[0] = 5;
    words[1] = sleeper_own(0);
    require(sleeper_start(1, &words[0], 0) && sleeper_start(2, &words[0], 0));
    check_eq(futex_requeue(&words[0], &words[1], 5, 0, 2, FUTEX_OWNED), 2);
    check(sleeper_waits(1) && sleeper_waits(2));
    sleeper_destroy(0);
    sleeper_check_end(1, STATUS_ENDED);
    sleeper_check_end(2, STATUS_ENDED);
    require(sleeper_start(1, &words[0], 0));
    check_eq(futex_requeue(&words[0], &words[1], 5, 0, 2, FUTEX_OWNED), STATUS_ENDED);
    check_eq(futex_wake(&words[0], 1), 1);
    sleeper_check_end(1, STATUS_OK);
}

/* The first who waits is of the lowest priority, so that it is ended before it does anything. */
void test_futex_heir_that_ends_passes_it_on(void)
{
    words[0] = sleeper_own(0);
    for (size_t i = 1; i < 4; i++)
        require(sleeper_start(i, &words[0], FUTEX_OWNED));
    check_eq(sys_thread_set_priority(sleepers[1].thread, 1), STATUS_OK);
    check_eq(futex_wake(&words[0], 1), 1);
    check(sleeper_waits(1) && sleeper_waits(2));
    sleeper_destroy(1);
    sleeper_check_end(2, STATUS_ENDED);
    sleeper_check_end(3, STATUS_ENDED);
    sleeper_destroy(0);
}

void test_futex_waits_end_with_the_segment(void)
{
    handle_t vas = kit_vas();
    handle_t seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_DATA);
    words[0] = 0;
    for (size_t i = 0; i < 3; i++)
        require(sleeper_start_in(i, view, kit_word(PLACE_A + 8 * (i / 2))));
    require(sleeper_start(3, &words[0], 0));
    check_eq(sys_object_destroy(seg), STATUS_OK);
    for (size_t i = 0; i < 3; i++)
        sleeper_check_end(i, STATUS_DESTROYED);
    check(sleeper_waits(3));
    check_eq(futex_wake(&words[0], 1), 1);
    sleeper_check_end(3, STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

void test_futex_waits_end_with_the_pool(void)
{
    handle_t pool = kit_pool(20);
    handle_t vas = kit_vas();
    handle_t seg = sys_seg_create(NAME("pooled"), PLACE_A, PAGE_BYTES, 0, pool);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require(sleeper_start_in(0, view, kit_word(PLACE_A)));
    check(sleeper_waits(0));
    check_eq(sys_object_destroy(pool), STATUS_OK);
    sleeper_check_end(0, STATUS_DESTROYED);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas, pool);
}

/* It waits on without a link, and is found again through another one. */
void test_futex_waits_outlast_the_link(void)
{
    handle_t vas = kit_vas();
    handle_t seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require(sleeper_start_in(0, view, kit_word(PLACE_A)));
    check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    check(sleeper_waits(0));
    check_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
    check_eq(sys_vas_switch(view), STATUS_OK);
    int64_t woken = sys_futex_wake(PLACE_A, 1, 0);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(woken, 1);
    sleeper_check_end(0, STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* The first, one in the middle and the last go; the others keep their order. */
void test_futex_waiter_that_ends_is_forgotten(void)
{
    words[0] = 0;
    for (size_t i = 0; i < 5; i++)
        require(sleeper_start(i, &words[0], 0));
    for (size_t i = 0; i < 5; i += 2)
        sleeper_destroy(i);
    check_eq(futex_wake(&words[0], 1), 1);
    check(!sleeper_waits(1) && sleeper_waits(3));
    check_eq(futex_wake(&words[0], 5), 1);
    sleeper_check_end(1, STATUS_OK);
    sleeper_check_end(3, STATUS_OK);
}
