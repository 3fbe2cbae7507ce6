/* The locks of lockable segments: what becomes of them when something ends. */
#include "obj/sched.h"
#include "room.h"

static void test_lock_of_a_writer_that_ends_is_free_and_the_segment_abandoned(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *second = enter_thread();
    must(sys_vas_switch(room.writes));
    assert_int_equal(sys_seg_mark_consistent(room.seg), STATUS_OK);
    thread_end(second, (struct ending){END_DESTROYED, 0, 0});
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(sys_vas_switch(room.reads), VAS_ABANDONED);
    assert_int_equal(sys_seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
    must(sys_vas_switch(HANDLE_HOME));
    assert_int_equal(sys_vas_switch(room.writes), VAS_ABANDONED);
    assert_int_equal(sys_vas_switch(room.writes), VAS_ABANDONED);
    assert_ok(sys_seg_mark_consistent(room.seg));
    assert_int_equal(sys_vas_switch(room.writes), STATUS_OK);
}

static void test_lock_of_a_reader_or_a_waiter_that_ends_leaves_no_mark(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *reader = enter_thread();
    must(sys_vas_switch(room.reads));
    assert_ptr_equal(sleep_long(), world.thread);
    struct thread *writer = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    struct thread *behind = enter_thread();
    assert_ptr_equal(switch_to(room.reads), world.thread);
    thread_end(reader, (struct ending){END_DESTROYED, 0, 0});
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    thread_end(writer, (struct ending){END_DESTROYED, 0, 0});
    assert_ptr_equal(world_return(0), behind);
    assert_int_equal(result_of(behind), STATUS_OK);
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
    assert_false(lock_of(room.seg)->abandoned);
}

/* Other threads lose the view with a fault; their locks are free at once. */
static void test_lock_goes_with_the_view(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(sleep_long(), world.thread);
    handle_t again = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_RW));
    must(sys_vas_detach(room.writes));
    assert_null(lock_of(room.seg)->writer);
    assert_null(holder->hold.space);
    assert_int_equal(sys_vas_switch(again), VAS_ABANDONED);
    assert_ok(sys_seg_mark_consistent(room.seg));
    must(sys_vas_detach(again)); /* one's own leaves nothing half done */
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_null(lock_of(room.seg)->writer);
    assert_false(lock_of(room.seg)->abandoned);
}

/* Before its locks have been taken from it, which is work of a lower priority. Who has waited for
 * them, with a higher one, runs first. */
static void test_lock_of_a_view_that_went_is_free_when_its_holder_runs(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread, *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(world_return(sys_thread_sleep(5 * MS)), main);
    handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 2);
    assert_ptr_equal(world_return(0), WORLD_OBJECT(handle, thread));
    assert_ptr_equal(switch_to(room.reads), main);
    assert_ok(sys_vas_detach(room.writes));
    cpu_this()->resched &= ~(uint32_t)RESCHED_WORK;
    assert_ptr_equal(tick(5), WORLD_OBJECT(handle, thread));
    assert_null(lock_of(room.seg)->writer);
    assert_int_equal(result_of(cpu_this()->thread), VAS_ABANDONED);
    assert_ptr_equal(world_return(sys_thread_exit(0)), holder);
    assert_ptr_equal(cpu_this()->switch_caps, &world.init->caps);
}

/* Though somebody of lower priority has begun to look through the same threads. */
static void test_lock_of_a_view_that_went_is_free_when_the_call_returns(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    handle_t other = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_READ));
    handle_t low = world_thread(HANDLE_SELF, PRIORITY_DEFAULT - 1);
    for (int i = 0; i < 2; i++) {
        enter_thread();
        must(sys_vas_switch(i == 0 ? room.reads : other));
        assert_ptr_equal(sleep_long(), main);
    }
    assert_ptr_equal(world_return(sys_thread_sleep(MS)), WORLD_OBJECT(low, thread));
    machine.tick_steps = 1;
    assert_ptr_equal(world_return(sys_vas_detach(room.reads)), main);
    machine.tick_steps = 0;
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    assert_ptr_equal(world_return(sys_vas_detach(other)), main);
    assert_int_equal(lock_of(room.seg)->nreaders, 0);
}

/* Whatever interrupts it: the end of a VAS under the thread that destroys it is no switch home. */
static void test_lock_of_a_vas_destroyed_by_its_holder_is_abandoned(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 3; steps++) {
        struct room room = make_room();
        handle_t other = world_vas();
        must(sys_seg_attach(other, room.seg, ACCESS_RW));
        handle_t view = world_attach(other);
        handle_t waker = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
        assert_ptr_equal(world_return(waker), WORLD_OBJECT(waker, thread));
        assert_ptr_equal(world_return(sys_thread_sleep(MS / 2)), world.thread);
        must(sys_vas_switch(room.writes));
        machine.tick_steps = steps;
        struct thread *next = world_return(sys_object_destroy(room.vas));
        if (next != world.thread)
            assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
        machine.tick_steps = 0;
        assert_int_equal(sys_vas_active(), HANDLE_HOME);
        assert_int_equal(sys_vas_switch(view), VAS_ABANDONED);
        must(sys_object_destroy(waker));
        must(sys_vas_switch(HANDLE_HOME));
    }
}

static void test_lock_wait_ends_when_the_view_goes(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    assert_ptr_equal(world_return(sys_vas_detach(room.writes)), waiter);
    assert_int_equal(result_of(waiter), STATUS_BAD_HANDLE);
    assert_null(waiter->hold.space);
}

/* Whoever comes before it in the queue. */
static void test_lock_wait_behind_others_ends_when_the_link_goes(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t other = world_vas();
    must(sys_seg_attach(other, room.seg, ACCESS_RW));
    handle_t reads = must(sys_vas_attach(HANDLE_SELF, other, ACCESS_READ));
    handle_t writes = world_attach(other);
    must(sys_vas_switch(reads));
    struct thread *first = enter_thread();
    assert_ptr_equal(switch_to(writes), world.thread);
    struct thread *second = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    assert_ptr_equal(world_return(sys_seg_detach(room.vas, room.seg)), second);
    assert_int_equal(sys_vas_active(), room.writes);
    assert_ptr_equal(first->waiting_for, world_object(room.seg));
}

static void test_lock_goes_with_the_link_and_leaves_a_mark(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct room room = make_room();
        handle_t other = world_vas();
        must(sys_seg_attach(other, room.seg, ACCESS_RW));
        handle_t view = world_attach(other);
        struct thread *holder = own ? world.thread : enter_thread();
        must(sys_vas_switch(room.writes));
        if (!own)
            assert_ptr_equal(sleep_long(), world.thread);
        must(sys_seg_detach(room.vas, room.seg));
        assert_null(lock_of(room.seg)->writer);
        assert_int_equal(sys_vas_switch(view), own ? STATUS_OK : VAS_ABANDONED);
        assert_ok(sys_seg_mark_consistent(room.seg));
        must(sys_vas_switch(HANDLE_HOME));
        if (!own)
            thread_end(holder, (struct ending){END_DESTROYED, 0, 0});
    }
}

/* With the segment detached there, nothing is left to wait for. */
static void test_lock_wait_ends_when_the_link_or_the_segment_goes(void **state)
{
    (void)state;
    for (int destroy = 0; destroy < 2; destroy++) {
        struct room room = make_room();
        handle_t other = world_vas();
        must(sys_seg_attach(other, room.seg, ACCESS_READ));
        must(sys_vas_switch(world_attach(other)));
        struct thread *before = cpu_this()->thread;
        struct thread *waiter = enter_thread();
        assert_ptr_equal(switch_to(room.writes), before);
        assert_ptr_equal(world_return(destroy ? sys_object_destroy(room.seg)
                                              : sys_seg_detach(room.vas, room.seg)),
                         waiter);
        assert_int_equal(result_of(waiter), STATUS_OK);
        assert_int_equal(sys_vas_active(), room.writes);
        assert_int_equal(world_cap(room.writes)->rights, VIEW_RIGHTS);
    }
}

static void test_lock_is_free_when_its_vas_is_destroyed(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    handle_t other = world_vas();
    must(sys_seg_attach(other, room.seg, ACCESS_RW));
    handle_t view = world_attach(other);
    struct thread *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(sleep_long(), main);
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(view), main);
    assert_ptr_equal(world_return(sys_object_destroy(room.vas)), waiter);
    assert_int_equal(result_of(waiter), VAS_ABANDONED);
    assert_null(holder->hold.space);
    must(sys_cap_delete(room.vas));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_lock_of_a_writer_that_ends_is_free_and_the_segment_abandoned),
        WORLD_TEST(test_lock_of_a_reader_or_a_waiter_that_ends_leaves_no_mark),
        WORLD_TEST(test_lock_goes_with_the_view),
        WORLD_TEST(test_lock_of_a_view_that_went_is_free_when_its_holder_runs),
        WORLD_TEST(test_lock_of_a_view_that_went_is_free_when_the_call_returns),
        WORLD_TEST(test_lock_of_a_vas_destroyed_by_its_holder_is_abandoned),
        WORLD_TEST(test_lock_wait_ends_when_the_view_goes),
        WORLD_TEST(test_lock_wait_behind_others_ends_when_the_link_goes),
        WORLD_TEST(test_lock_goes_with_the_link_and_leaves_a_mark),
        WORLD_TEST(test_lock_wait_ends_when_the_link_or_the_segment_goes),
        WORLD_TEST(test_lock_is_free_when_its_vas_is_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
