/* The scheduler: who runs next. */
#include "obj/sched.h"
#include "obj/runqueue.h"

#include "world.h"

#define MS ((uint64_t)1000000)

static struct thread *thread_of(handle_t handle)
{
    return WORLD_OBJECT(handle, thread);
}

/* The heartbeat, and the way back to user code. */
static struct thread *tick(void)
{
    machine.now += MS;
    sched_tick();
    return world_return(0);
}

static struct thread *yield(void)
{
    return world_return(sys_thread_yield());
}

static void test_sched_higher_priority_runs_at_once_and_lower_waits(void **state)
{
    (void)state;
    handle_t low = world_thread(HANDLE_SELF, PRIORITY_DEFAULT - 1);
    assert_ptr_equal(world_return(0), world.thread);
    handle_t high = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
    assert_ptr_equal(world_return(high), thread_of(high));
    assert_int_equal(world.thread->state, THREAD_READY);
    assert_int_equal(world.thread->context.frame.rax, high);
    assert_ptr_equal(yield(), thread_of(high));
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_ptr_equal(yield(), world.thread);
    assert_ptr_equal(world_return(sys_thread_sleep(MS / 2)), thread_of(low));
    assert_ptr_equal(tick(), world.thread);
}

static void test_sched_yield_goes_round_in_one_priority(void **state)
{
    (void)state;
    struct thread *a = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    struct thread *b = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    for (int round = 0; round < 3; round++) {
        assert_ptr_equal(yield(), a);
        assert_ptr_equal(yield(), b);
        assert_ptr_equal(yield(), world.thread);
    }
}

/* Somebody more urgent, who wakes with each tick, does not keep a turn from ending. */
static void test_sched_turn_ends_though_the_cpu_chooses_anyway(void **state)
{
    (void)state;
    struct thread *other = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    cpu_this()->resched |= RESCHED_CHOOSE;
    sched_end_turn();
    assert_ptr_equal(world_return(0), other);
}

static void test_sched_slice_ends_after_its_ticks(void **state)
{
    (void)state;
    struct thread *other = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    yield();
    yield();
    for (int round = 0; round < 3; round++) {
        for (int i = 1; i < SLICE_TICKS; i++)
            assert_ptr_equal(tick(), world.thread);
        for (int i = 0; i < SLICE_TICKS; i++)
            assert_ptr_equal(tick(), other);
        assert_ptr_equal(tick(), world.thread);
    }
}

static void test_sched_thread_that_was_preempted_keeps_its_turn(void **state)
{
    (void)state;
    struct thread *other = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    handle_t high = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
    assert_ptr_equal(world_return(0), thread_of(high));
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_ptr_equal(yield(), other);
}

static void test_sched_sleepers_wake_in_time_order(void **state)
{
    (void)state;
    struct thread *a = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    struct thread *b = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    assert_ptr_equal(world_return(sys_thread_sleep(20 * MS)), a);
    assert_ptr_equal(world_return(sys_thread_sleep(10 * MS)), b);
    uint64_t start = machine.now;
    assert_ptr_equal(world_return(sys_thread_sleep(15 * MS)), a);
    assert_int_equal(machine.now - start, 10 * MS);
    assert_int_equal(a->context.frame.rax, 0);
    assert_ptr_equal(world_return(sys_thread_sleep(UINT64_MAX)), b);
    assert_ptr_equal(world_return(sys_thread_sleep(UINT64_MAX)), world.thread);
    assert_int_equal(machine.now - start, 20 * MS);
}

static void test_sched_sleep_of_nothing_ends_with_the_next_tick(void **state)
{
    (void)state;
    uint64_t start = machine.now;
    assert_ptr_equal(world_return(sys_thread_sleep(0)), world.thread);
    assert_int_equal(machine.now - start, MS);
}

static void test_sched_idle_cpu_stands_in_the_kernels_own_root(void **state)
{
    (void)state;
    uint64_t home = world.init->home_view->mmu.cr3_flush;
    assert_int_equal(machine.cr3, home);
    unsigned loads = machine.nkept + machine.nflushed;
    assert_ptr_equal(world_return(sys_thread_sleep(5 * MS)), world.thread);
    assert_int_equal(machine.cr3, home);
    assert_int_equal(machine.nkept + machine.nflushed, loads + 2);
    assert_ptr_equal(world_return(sys_thread_sleep(UINT64_MAX)), NULL);
    assert_int_not_equal(machine.cr3, home);
    machine.may_leak = true;
    thread_end(world.thread, (struct ending){END_DESTROYED, 0, 0});
    machine.may_leak = false;
}

static void test_sched_threads_return_to_the_view_they_left(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ));
    struct thread *other = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT));
    must(sys_vas_switch(view));
    assert_ptr_equal(yield(), other);
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_ptr_equal(yield(), world.thread);
    assert_int_equal(sys_vas_active(), view);
    assert_int_equal(machine.cr3, WORLD_OBJECT(view, view)->mmu.cr3_flush);
}

static void test_sched_threads_of_one_view_switch_without_loading_cr3(void **state)
{
    (void)state;
    world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    machine_forget_tlb();
    assert_ptr_not_equal(yield(), world.thread);
    assert_int_equal(machine.nkept + machine.nflushed, 0);
}

static void test_sched_priority_change_takes_effect_at_once(void **state)
{
    (void)state;
    handle_t handle = world_thread(HANDLE_SELF, 3);
    assert_ptr_equal(world_return(sys_thread_set_priority(handle, 20)), thread_of(handle));
    assert_ptr_equal(world_return(sys_thread_set_priority(0, 2)), world.thread);
    assert_ptr_equal(world_return(sys_thread_set_priority(handle, 20)), thread_of(handle));
    assert_ptr_equal(world_return(sys_thread_set_priority(0, PRIORITY_DEFAULT)), thread_of(handle));
    assert_ptr_equal(yield(), world.thread);
    assert_int_equal(sys_thread_set_priority(handle, PRIORITIES), STATUS_BAD_ARGUMENT);
    must(sys_object_destroy(handle));
    assert_int_equal(sys_thread_set_priority(handle, 1), STATUS_ENDED);
}

static void test_sched_waiter_wakes_when_the_thread_ends(void **state)
{
    (void)state;
    handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    struct thread *other = thread_of(handle);
    assert_ptr_equal(world_return(sys_thread_wait(handle)), other);
    assert_int_equal(world.thread->state, THREAD_BLOCKED);
    assert_ptr_equal(world_return(sys_thread_exit(7)), world.thread);
    assert_int_equal(world.thread->context.frame.rax, 0);
    assert_null(world.thread->waiting_for);
    assert_int_equal(other->ending.status, 7);
    assert_ptr_equal(world_return(sys_thread_wait(handle)), world.thread);
    assert_int_equal(sys_thread_wait(0), STATUS_BAD_HANDLE);
}

static void test_sched_thread_ended_while_it_waits_sleeps_or_is_ready_is_in_no_queue(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t ready = world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    handle_t sleeper = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 2);
    assert_ptr_equal(world_return(0), thread_of(sleeper));
    assert_ptr_equal(world_return(sys_thread_sleep(5 * MS)), world.thread);
    handle_t waiter = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 2);
    assert_ptr_equal(world_return(0), thread_of(waiter));
    assert_ptr_equal(world_return(sys_thread_wait(sleeper)), world.thread);
    const handle_t handles[] = {waiter, ready, sleeper};
    for (size_t i = 0; i < array_count(handles); i++) {
        must(sys_object_destroy(handles[i]));
        must(sys_cap_delete(handles[i]));
    }
    assert_usage(before);
    for (int i = 0; i < 20; i++)
        assert_ptr_equal(tick(), world.thread);
}

static void
test_sched_thread_that_finds_its_process_ended_leaves_work_at_its_own_priority(void **state)
{
    (void)state;
    handle_t process = world_process();
    struct thread *thread = thread_of(world_thread(process, PRIORITY_DEFAULT - 1));
    struct thread *before = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1));
    assert_ptr_equal(world_return(0), before);
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_ok(sys_object_destroy(process));
    cpu_this()->resched &= ~(uint32_t)RESCHED_WORK; /* it is not cleared yet */
    assert_ptr_equal(world_return(sys_thread_sleep(MS)), world.thread);
    assert_int_equal(thread->state, THREAD_ENDED);
    assert_int_equal(thread->object.work_priority, PRIORITY_DEFAULT - 1);
}

/* Work that one waits for is also another's, who is more urgent: both go on when it is done, though
 * it was done at the priority of the other, while he waited too. */
static void
test_sched_work_that_became_more_urgent_is_waited_for_no_longer_than_it_takes(void **state)
{
    (void)state;
    handle_t pool = must(sys_pool_create('p', 0, 4000, 0));
    handle_t seg = must(sys_seg_create('s', 0, 0, 8 * MIB, SEG_EAGER, pool));
    struct thread *low = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT - 1));
    struct thread *high = thread_of(world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1));
    assert_ptr_equal(world_return(0), high);
    assert_ptr_equal(world_return(sys_thread_sleep(5 * MS)), world.thread);
    assert_ptr_equal(world_return(sys_thread_sleep(2 * MS)), low);
    machine.tick_steps = 1;
    assert_ptr_equal(world_return(sys_object_destroy(seg)), world.thread);
    assert_ptr_equal(world_return(sys_object_destroy(pool)), high);
    machine.tick_steps = 0;
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_ptr_equal(world_return(sys_thread_sleep(10 * MS)), low);
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_sched_higher_priority_runs_at_once_and_lower_waits),
        WORLD_TEST(test_sched_yield_goes_round_in_one_priority),
        WORLD_TEST(test_sched_turn_ends_though_the_cpu_chooses_anyway),
        WORLD_TEST(test_sched_slice_ends_after_its_ticks),
        WORLD_TEST(test_sched_thread_that_was_preempted_keeps_its_turn),
        WORLD_TEST(test_sched_sleepers_wake_in_time_order),
        WORLD_TEST(test_sched_sleep_of_nothing_ends_with_the_next_tick),
        WORLD_TEST(test_sched_idle_cpu_stands_in_the_kernels_own_root),
        WORLD_TEST(test_sched_threads_return_to_the_view_they_left),
        WORLD_TEST(test_sched_threads_of_one_view_switch_without_loading_cr3),
        WORLD_TEST(test_sched_priority_change_takes_effect_at_once),
        WORLD_TEST(test_sched_waiter_wakes_when_the_thread_ends),
        WORLD_TEST(test_sched_thread_ended_while_it_waits_sleeps_or_is_ready_is_in_no_queue),
        WORLD_TEST(test_sched_thread_that_finds_its_process_ended_leaves_work_at_its_own_priority),
        WORLD_TEST(test_sched_work_that_became_more_urgent_is_waited_for_no_longer_than_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
