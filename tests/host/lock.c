/* The locks of lockable segments: who gets in, and who waits. */
#include "obj/sched.h"
#include "room.h"

/* --- getting in ----------------------------------------------------------------------------- */

static void test_lock_is_shared_by_readers_and_exclusive_for_writers(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.reads));
    struct thread *second = enter_thread();
    must(sys_vas_switch(room.reads));
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
    struct thread *third = enter_thread();
    assert_int_equal(sys_vas_switch_until(room.writes, 0), STATUS_TIMED_OUT);
    assert_ptr_equal(switch_to(room.writes), second);
    assert_ptr_equal(third->waiting_for, world_object(room.seg));
    must(sys_vas_switch(HANDLE_HOME));
    assert_ptr_equal(sleep_long(), main);
    assert_ptr_equal(switch_to(HANDLE_HOME), third);
    assert_ptr_equal(lock_of(room.seg)->writer, third);
    assert_int_equal(lock_of(room.seg)->nreaders, 0);
    assert_int_equal(sys_vas_active(), room.writes);
}

static void test_lock_is_kept_in_the_same_view_and_left_for_any_other(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t plain = world_attach(world_vas());
    must(sys_vas_switch(room.writes));
    must(sys_vas_switch(room.writes));
    assert_ptr_equal(lock_of(room.seg)->writer, world.thread);
    assert_ptr_equal(cpu_this()->switch_caps, &hold_no_caps);
    must(sys_vas_switch(plain));
    assert_null(lock_of(room.seg)->writer);
    assert_ptr_equal(cpu_this()->switch_caps, &world.init->caps);
    assert_int_equal(world_cap(plain)->rights, VIEW_RIGHTS);
    assert_int_equal(world_cap(room.writes)->rights, VIEW_RIGHTS | CAP_SLOWLY);
}

static void test_lock_writer_goes_before_readers_that_came_later(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.reads));
    struct thread *writer = enter_thread();
    assert_ptr_equal(switch_to(room.writes), main);
    struct thread *reader = enter_thread();
    assert_int_equal(sys_vas_switch_until(room.reads, 0), STATUS_TIMED_OUT);
    assert_ptr_equal(switch_to(room.reads), main);
    assert_ptr_equal(switch_to(HANDLE_HOME), writer);
    assert_ptr_equal(lock_of(room.seg)->writer, writer);
    assert_ptr_equal(reader->waiting_for, world_object(room.seg));
    assert_ptr_equal(switch_to(HANDLE_HOME), writer);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    assert_ptr_equal(sleep_long(), reader);
    assert_int_equal(sys_vas_active(), room.reads);
}

/* However many they are: one at once, the others step by step. */
static void test_lock_readers_behind_a_writer_all_go_when_it_leaves(void **state)
{
    (void)state;
    enum {
        READERS = 20
    };
    struct room room = make_room();
    struct thread *readers[READERS];
    must(sys_vas_switch(room.writes));
    for (int i = 0; i < READERS; i++) {
        handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
        readers[i] = WORLD_OBJECT(handle, thread);
        assert_ptr_equal(world_return(0), readers[i]);
        assert_ptr_equal(switch_to(room.reads), world.thread);
    }
    machine.tick_steps = 1;
    struct thread *thread = switch_to(HANDLE_HOME);
    for (int i = 0; i < READERS; i++) {
        assert_ptr_equal(thread, readers[i]);
        assert_int_equal(sys_vas_active(), room.reads);
        thread = sleep_long();
    }
    assert_ptr_equal(thread, world.thread);
    assert_int_equal(lock_of(room.seg)->nreaders, READERS);
}

static void test_lock_upgrade_is_refused_and_downgrade_is_not(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    assert_int_equal(sys_vas_switch(room.writes), STATUS_BUSY);
    assert_int_equal(sys_vas_switch_until(room.writes, 0), STATUS_BUSY);
    assert_int_equal(sys_vas_active(), room.reads);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    must(sys_vas_switch(HANDLE_HOME));
    must(sys_vas_switch(room.writes));
    must(sys_vas_switch_until(room.reads, 0));
    assert_null(lock_of(room.seg)->writer);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
}

/* --- waiting -------------------------------------------------------------------------------- */

static void test_lock_try_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct room room = make_room(), other = make_room();
    must(sys_vas_switch(room.writes));
    struct thread *second = enter_thread();
    must(sys_vas_switch(other.writes));
    assert_int_equal(sys_vas_switch_until(room.reads, machine.now), STATUS_TIMED_OUT);
    assert_int_equal(sys_vas_active(), other.writes);
    assert_ptr_equal(lock_of(other.seg)->writer, second);
    assert_ptr_equal(lock_of(room.seg)->writer, world.thread);
}

static void test_lock_wait_ends_at_its_deadline_at_home_and_with_nothing(void **state)
{
    (void)state;
    struct room room = make_room(), other = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.writes));
    struct thread *second = enter_thread();
    must(sys_vas_switch(other.writes));
    assert_ptr_equal(world_return(sys_vas_switch_until(room.reads, machine.now + 5 * MS)), main);
    assert_null(lock_of(other.seg)->writer);
    assert_ptr_equal(tick(4), main);
    assert_ptr_equal(tick(1), second);
    assert_int_equal(result_of(second), STATUS_TIMED_OUT);
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_null(second->hold.space);
    assert_ptr_equal(cpu_this()->switch_caps, &world.init->caps);
}

/* The CPU idles when the time is over: what the writer held up goes on all the same. */
static void test_lock_writer_that_stops_waiting_lets_readers_go_on(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *writer = enter_thread();
    assert_ptr_equal(world_return(sys_vas_switch_until(room.writes, machine.now + 5 * MS)),
                     world.thread);
    for (int i = 0; i < 3; i++) {
        enter_thread();
        assert_ptr_equal(switch_to(room.reads), world.thread);
    }
    struct thread *next = sleep_long();
    for (int i = 0; i < 4; i++) {
        assert_non_null(next);
        assert_true(next == writer || lock_of(room.seg)->nreaders > 1);
        next = sleep_long();
    }
    assert_null(next);
    assert_int_equal(lock_of(room.seg)->nreaders, 4);
    assert_int_equal(result_of(writer), 0);
    machine.may_leak = true; /* they sleep for ever */
    process_end(world.init, (struct ending){END_DESTROYED, 0, 0});
    machine.may_leak = false;
}

static void test_lock_of_two_is_kept_while_waiting_for_the_higher_id_only(void **state)
{
    (void)state;
    handle_t low = make_lockable(), high = make_lockable();
    handle_t both = world_vas(), one[2] = {world_vas(), world_vas()};
    must(sys_seg_attach(both, high, ACCESS_RW));
    must(sys_seg_attach(both, low, ACCESS_RW));
    must(sys_seg_attach(one[0], low, ACCESS_RW));
    must(sys_seg_attach(one[1], high, ACCESS_RW));
    handle_t views[3] = {world_attach(one[0]), world_attach(one[1]), world_attach(both)};
    must(sys_vas_switch(views[0]));
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(views[2]), world.thread);
    assert_null(lock_of(high)->writer);
    assert_ptr_equal(switch_to(views[1]), waiter == NULL ? NULL : world.thread);
    assert_ptr_equal(lock_of(low)->writer, waiter);
    assert_ptr_equal(lock_of(high)->writer, world.thread);
    assert_ptr_equal(switch_to(HANDLE_HOME), waiter);
    assert_ptr_equal(lock_of(high)->writer, waiter);
    assert_int_equal(sys_vas_active(), views[2]);
}

static void test_lock_wait_is_given_up_by_a_fault_handler(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t plain = world_attach(world_vas());
    must(sys_vas_switch(room.reads));
    struct thread *waiter = enter_thread();
    must(sys_vas_switch(plain));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(switch_to(room.writes), world.thread);
    must(sys_vas_detach(plain));
    assert_ptr_equal(waiter->hold.space, &WORLD_OBJECT(room.vas, vas)->space);
    assert_ptr_equal(switch_to(HANDLE_HOME), waiter);
    assert_null(waiter->hold.space);
    assert_null(lock_of(room.seg)->writer);
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
}

/* --- attaching ------------------------------------------------------------------------------ */

static void test_lock_links_come_while_nobody_can_be_inside_without(void **state)
{
    (void)state;
    handle_t vas = world_vas(), first = make_lockable(), second = make_lockable();
    handle_t view = world_attach(vas);
    assert_int_equal(sys_seg_attach(vas, first, ACCESS_RW), STATUS_BUSY);
    must(sys_vas_detach(view));
    must(sys_seg_attach(vas, first, ACCESS_READ));
    view = world_attach(vas);
    must(sys_seg_attach(vas, second, ACCESS_RW));
    must(sys_seg_detach(vas, second));
    must(sys_vas_switch(view));
    assert_int_equal(sys_seg_attach(vas, second, ACCESS_RW), STATUS_BUSY);
    assert_int_equal(sys_seg_set_access(vas, first, ACCESS_RW), STATUS_BUSY);
    must(sys_vas_switch(HANDLE_HOME));
    must(sys_seg_set_access(vas, first, ACCESS_RW));
    must(sys_vas_switch(view));
    must(sys_seg_set_access(vas, first, ACCESS_READ)); /* it was exclusive, and stays so */
    assert_ptr_equal(lock_of(first)->writer, world.thread);
    must(sys_vas_switch(HANDLE_HOME));
    assert_null(lock_of(first)->writer);
}

static void test_lock_links_are_no_more_than_a_switch_can_bear(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    for (int i = 0; i < VAS_LOCKABLE_MAX; i++)
        must(sys_seg_attach(vas, make_lockable(), ACCESS_RW));
    assert_int_equal(sys_seg_attach(vas, make_lockable(), ACCESS_RW), STATUS_NO_SLOT);
    must(sys_seg_attach(vas, world_seg(0, PAGE_SIZE, 0), ACCESS_RW));
    handle_t view = world_attach(must(sys_vas_clone(vas, ACCESS_RW, 0)));
    must(sys_vas_switch(view));
    assert_int_equal(WORLD_OBJECT(view, view)->vas->space.locks.nlinks, VAS_LOCKABLE_MAX);
    assert_int_equal(sys_seg_create('s', 0, GIB, PAGE_SIZE, SEG_LOCKABLE, 0), STATUS_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_lock_is_shared_by_readers_and_exclusive_for_writers),
        WORLD_TEST(test_lock_is_kept_in_the_same_view_and_left_for_any_other),
        WORLD_TEST(test_lock_writer_goes_before_readers_that_came_later),
        WORLD_TEST(test_lock_readers_behind_a_writer_all_go_when_it_leaves),
        WORLD_TEST(test_lock_upgrade_is_refused_and_downgrade_is_not),
        WORLD_TEST(test_lock_try_that_fails_changes_nothing),
        WORLD_TEST(test_lock_wait_ends_at_its_deadline_at_home_and_with_nothing),
        WORLD_TEST(test_lock_writer_that_stops_waiting_lets_readers_go_on),
        WORLD_TEST(test_lock_of_two_is_kept_while_waiting_for_the_higher_id_only),
        WORLD_TEST(test_lock_wait_is_given_up_by_a_fault_handler),
        WORLD_TEST(test_lock_links_come_while_nobody_can_be_inside_without),
        WORLD_TEST(test_lock_links_are_no_more_than_a_switch_can_bear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
