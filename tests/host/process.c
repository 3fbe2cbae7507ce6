/* Processes: what they hold, what keeps them, and how they end. */
#include "obj/process.h"

#include "world.h"

static void test_process_holds_itself_and_its_home(void **state)
{
    (void)state;
    const struct process *process = WORLD_OBJECT(world_process(), process);
    assert_int_equal(process->caps.ncaps, 2);
    assert_int_equal(process->nviews, 1);
    assert_int_equal(process->home_view->handle, HANDLE_HOME);
    assert_int_equal(process->object.refs, 1);
}

static void test_process_that_never_ran_goes_with_its_last_capability(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle = world_process();
    must(sys_seg_attach(handle, world.buffer, ACCESS_READ));
    must(sys_cap_place(handle, world_vas(), RIGHT_INFO, 0));
    must(sys_cap_delete(handle));
    assert_int_equal(WORLD_OBJECT(world.buffer, seg)->nlinks, 1);
    assert_int_equal(before.charged + 2, pool_root.pool.charged);
}

/* Processes of which each is held by the next alone; returns how deep the stack was when they
 * ended. */
static uintptr_t release_chain(int length)
{
    struct usage before = usage_now();
    handle_t first = world_process();
    for (int i = 1; i < length; i++) {
        handle_t next = world_process();
        must(sys_cap_place(next, first, RIGHT_INFO, 0));
        must(sys_cap_delete(first));
        first = next;
    }
    machine.stack_least = 0;
    must(sys_cap_delete(first));
    assert_usage(before);
    return machine.stack_least;
}

static void test_process_chain_that_never_ran_goes_at_once_and_not_recursively(void **state)
{
    (void)state;
    const int lengths[] = {3, 200};
    uintptr_t depths[2];
    for (int i = 0; i < 2; i++)
        depths[i] = release_chain(lengths[i]);
    assert_true(depths[0] < depths[1] + 4 * KIB);
}

static void test_processes_that_have_not_started_cannot_keep_each_other(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t older = world_process();
    handle_t younger = world_process();
    assert_int_equal(sys_cap_place(older, younger, RIGHT_INFO, 0), STATUS_BUSY);
    must(sys_cap_place(younger, older, RIGHT_INFO, 0));
    must(sys_cap_delete(older));
    must(sys_cap_delete(younger));
    assert_usage(before);
}

static void test_process_that_has_started_may_hold_any_other(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t older = world_process();
    handle_t younger = world_process();
    handle_t thread = world_thread(older, PRIORITY_DEFAULT);
    must(sys_cap_place(older, younger, RIGHT_INFO, 0));
    must(sys_cap_place(younger, older, RIGHT_INFO, 0));
    must(sys_object_destroy(older));
    const handle_t handles[] = {older, younger, thread};
    for (size_t i = 0; i < array_count(handles); i++)
        must(sys_cap_delete(handles[i]));
    assert_usage(before);
}

static void test_process_that_runs_keeps_itself_and_gives_all_back_at_its_end(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle;
    struct process *process = world_enter(&handle);
    handle_t vas = world_vas();
    assert_int_equal(process->caps.ncaps, 3);
    handle_t view = must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_ALL));
    must(sys_seg_attach(vas, world_seg(0, 5 * MIB, SEG_EAGER), ACCESS_RW));
    must(sys_seg_attach(HANDLE_SELF, world_seg(GIB, 5 * MIB, 0), ACCESS_RW));
    must(sys_vas_switch(view));
    assert_ptr_equal(world_return(sys_process_exit(9)), world.thread);
    assert_int_equal(process->ending.reason, END_EXIT);
    assert_int_equal(process->ending.status, 9);
    assert_int_equal(process->caps.ncaps, 0);
    assert_int_equal(sys_seg_attach(handle, world.buffer, ACCESS_READ), STATUS_ENDED);
    assert_int_equal(sys_thread_create(handle, 0, 0, 0, 0, 0), STATUS_ENDED);
    assert_int_equal(sys_cap_place(handle, world.buffer, RIGHT_INFO, 0), STATUS_ENDED);
    assert_int_equal(sys_vas_attach(handle, HANDLE_SELF, ACCESS_READ), STATUS_ENDED);
    must(sys_cap_delete(handle));
    assert_usage(before);
}

static void test_process_waiters_wake_when_it_ends(void **state)
{
    (void)state;
    handle_t handle = world_process();
    world_thread(handle, PRIORITY_DEFAULT - 1);
    struct thread *other = world_return(sys_process_wait(handle));
    assert_ptr_equal(other->process, WORLD_OBJECT(handle, process));
    assert_ptr_equal(world_return(sys_thread_exit(3)), world.thread);
    assert_int_equal(WORLD_OBJECT(handle, process)->ending.status, 3);
    assert_ptr_equal(world_return(sys_process_wait(handle)), world.thread);
    assert_int_equal(sys_process_wait(HANDLE_SELF), STATUS_BAD_ARGUMENT);
}

static void test_process_destroyed_by_another_ends_with_its_threads(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle = world_process();
    handle_t threads[3];
    for (size_t i = 0; i < array_count(threads); i++)
        threads[i] = world_thread(handle, PRIORITY_DEFAULT);
    must(sys_object_destroy(handle));
    for (size_t i = 0; i < array_count(threads); i++) {
        assert_int_equal(WORLD_OBJECT(threads[i], thread)->ending.reason, END_DESTROYED);
        must(sys_cap_delete(threads[i]));
    }
    must(sys_cap_delete(handle));
    assert_usage(before);
    assert_ptr_equal(world_return(sys_thread_yield()), world.thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_process_holds_itself_and_its_home),
        WORLD_TEST(test_process_that_never_ran_goes_with_its_last_capability),
        WORLD_TEST(test_process_chain_that_never_ran_goes_at_once_and_not_recursively),
        WORLD_TEST(test_process_that_runs_keeps_itself_and_gives_all_back_at_its_end),
        WORLD_TEST(test_process_waiters_wake_when_it_ends),
        WORLD_TEST(test_process_destroyed_by_another_ends_with_its_threads),
        WORLD_TEST(test_processes_that_have_not_started_cannot_keep_each_other),
        WORLD_TEST(test_process_that_has_started_may_hold_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
