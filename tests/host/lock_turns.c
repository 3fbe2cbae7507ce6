/* The locks of lockable segments: at whose priority those whose turn it is are let in. */
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "room.h"

#define NREADERS 5

/* Threads of init's at a priority below that of its first one wait for the room in this order: a
 * writer, if there is to be one, with a deadline 5 ms from now, and readers. Init's first thread
 * goes on when all of them wait. */
static void let_wait(struct room room, bool writer, uint32_t priority)
{
    struct thread *main = cpu_this()->thread;
    uint64_t deadline = machine.now + 5 * MS;
    for (int i = 0; i < NREADERS + writer; i++)
        world_thread(HANDLE_SELF, priority);
    struct thread *thread = world_return(sys_thread_sleep(MS));
    for (int i = 0; i < NREADERS + writer; i++) {
        assert_ptr_not_equal(thread, main);
        thread = world_return(i == 0 && writer ? sys_vas_switch_until(room.writes, deadline)
                                               : sys_vas_switch(room.reads));
    }
    assert_ptr_equal(thread, main);
}

/* Init's first thread sleeps, and all readers come in. */
static void let_in(struct room room, uint32_t nothers)
{
    struct thread *thread = sleep_long();
    for (int i = 0; i < NREADERS + (nothers > 0); i++) {
        assert_ptr_not_equal(thread, world.thread);
        thread = sleep_long();
    }
    assert_null(thread);
    assert_int_equal(lock_of(room.seg)->nreaders, NREADERS + nothers);
    machine.may_leak = true; /* they sleep for ever */
    process_end(world.init, (struct ending){END_DESTROYED, 0, 0});
    machine.may_leak = false;
}

/* Whoever leaves does not wait until others of lower priority have been let in. */
static void test_lock_turns_are_no_work_of_the_thread_that_leaves(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.writes));
    let_wait(room, false, PRIORITY_DEFAULT - 5);
    assert_ptr_equal(switch_to(HANDLE_HOME), world.thread);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    let_in(room, 0);
}

/* Neither does one that a tick has interrupted, in which a wait was over. */
static void test_lock_turns_are_no_work_of_a_bystander(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    let_wait(room, true, PRIORITY_DEFAULT - 5);
    assert_ptr_equal(tick(5), world.thread);
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
    let_in(room, 1);
}

/* Nor does it free a segment that had nothing left but those who waited for it. */
static void test_lock_wait_that_ends_a_segment_leaves_that_to_no_bystander(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.writes));
    for (int i = 0; i < 3; i++)
        world_thread(HANDLE_SELF, PRIORITY_DEFAULT - 5);
    struct thread *thread = world_return(sys_thread_sleep(MS));
    while (thread != world.thread)
        thread = world_return(sys_vas_switch_until(room.reads, 5 * MS));
    assert_ok(sys_seg_detach(room.vas, room.seg));
    assert_ok(sys_cap_delete(room.seg));
    cpu_this()->resched &= ~(uint32_t)RESCHED_WORK; /* somebody else runs, and then a tick comes */
    uint64_t charged = pool_root.pool.charged;
    assert_ptr_equal(tick(5), world.thread);
    assert_int_equal(pool_root.pool.charged, charged);
    for (int i = 0; i < 3; i++) {
        thread = i == 0 ? sleep_long() : world_return(sys_thread_exit(0));
        assert_ptr_not_equal(thread, world.thread);
    }
    assert_true(pool_root.pool.charged < charged);
}

/* A reader that does not leave the CPU keeps no other of its priority from coming in, though the
 * thread that left had a lower one. */
static void test_lock_turns_come_to_all_readers_though_one_never_rests(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *readers[2];
    must(sys_vas_switch(room.writes));
    for (int i = 0; i < 2; i++) {
        handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 4);
        readers[i] = WORLD_OBJECT(handle, thread);
        assert_ptr_equal(world_return(0), readers[i]);
        assert_ptr_equal(switch_to(room.reads), world.thread);
    }
    assert_ptr_equal(switch_to(HANDLE_HOME), readers[0]);
    for (int i = 1; i < SLICE_TICKS; i++)
        assert_ptr_equal(tick(1), readers[0]);
    assert_ptr_equal(tick(1), readers[1]);
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
}

/* One of high priority that is behind others comes in before a thread runs that is between them. */
static void check_urgent(bool later)
{
    struct room room = make_room();
    must(sys_vas_switch(room.writes));
    let_wait(room, false, PRIORITY_DEFAULT - 5);
    handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + !later);
    struct thread *last = WORLD_OBJECT(handle, thread);
    assert_ptr_equal(world_return(later ? sys_thread_yield() : 0), last);
    assert_ptr_equal(switch_to(room.reads), world.thread);
    if (later)
        must(sys_thread_set_priority(handle, PRIORITY_DEFAULT + 1));
    machine.tick_steps = 1;
    assert_ptr_equal(switch_to(HANDLE_HOME), last);
    assert_int_equal(sys_vas_active(), room.reads);
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    let_in(room, 0);
}

static void test_lock_turns_are_as_urgent_as_the_most_urgent_that_waits(void **state)
{
    (void)state;
    check_urgent(false);
}

static void test_lock_turns_are_as_urgent_as_one_that_waits_becomes(void **state)
{
    (void)state;
    check_urgent(true);
}

static struct thread *thread_waits(handle_t view)
{
    struct thread *thread = enter_thread();
    assert_ptr_equal(switch_to(view), world.thread);
    return thread;
}

/* The work of the sweeper becomes more urgent while it does it, and maybe its turn ends at that
 * moment: in the step after so many others. */
static void check_raised_sweeper(int nsteps)
{
    struct room room = {.vas = world_vas(), .seg = make_lockable()};
    handle_t other = world_vas(), low = world_thread(HANDLE_SELF, PRIORITY_DEFAULT - 1);
    must(sys_seg_attach(room.vas, room.seg, ACCESS_RW));
    must(sys_seg_attach(other, room.seg, ACCESS_READ));
    room.reads = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_READ));
    room.writes = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_RW));
    handle_t view = must(sys_vas_attach(HANDLE_SELF, other, ACCESS_READ));
    for (int i = 0; i < nsteps; i++) {
        enter_thread();
        must(sys_vas_switch(room.reads));
        assert_ptr_equal(sleep_long(), world.thread);
    }
    thread_waits(room.writes);
    const struct thread *readers[] = {thread_waits(view), thread_waits(view)};
    assert_ptr_equal(world_return(sys_thread_sleep(MS)), WORLD_OBJECT(low, thread));
    machine.tick_steps = 1;
    assert_ptr_equal(world_return(sys_cap_revoke(room.vas)), world.thread);
    unsigned nreaders = 0;
    struct thread *thread = world_return(sys_thread_sleep(30 * MS));
    for (; thread != world.thread; thread = sleep_long()) {
        nreaders += thread == readers[0] || thread == readers[1];
        check_everything();
    }
    assert_int_equal(nreaders, 2);
    machine.tick_steps = 0;
    machine.may_leak = true; /* they sleep for ever */
}

static void test_lock_turns_raise_the_sweeper_at_any_moment_of_its_turn(void **state)
{
    (void)state;
    for (int nsteps = 1; nsteps <= SLICE_TICKS + 2; nsteps++)
        check_raised_sweeper(nsteps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_lock_turns_are_no_work_of_the_thread_that_leaves),
        WORLD_TEST(test_lock_turns_are_no_work_of_a_bystander),
        WORLD_TEST(test_lock_wait_that_ends_a_segment_leaves_that_to_no_bystander),
        WORLD_TEST(test_lock_turns_come_to_all_readers_though_one_never_rests),
        WORLD_TEST(test_lock_turns_are_as_urgent_as_the_most_urgent_that_waits),
        WORLD_TEST(test_lock_turns_are_as_urgent_as_one_that_waits_becomes),
        WORLD_TEST(test_lock_turns_raise_the_sweeper_at_any_moment_of_its_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
