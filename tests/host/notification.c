/* Notifications: who takes which bits, timers, bindings and watches, and that nothing dangles. */
#include "obj/notification.h"

#include "obj/endpoint.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "obj/watch.h"
#include "world.h"

#define MS ((uint64_t)1000000)

static struct notification *notification_of(handle_t handle)
{
    return WORLD_OBJECT(handle, notification);
}

static handle_t make(void)
{
    return must(sys_notification_create('n', 0, 0));
}

/* The running thread makes a call that returns a message, or waits: who runs then. */
static struct thread *call(uint64_t number, handle_t handle, uint64_t a, uint64_t b)
{
    const uint64_t arguments[6] = {(uint64_t)handle, a, b};
    int64_t result = world_call(number, arguments);
    if (result != WORLD_MESSAGE)
        cpu_this()->thread->context.frame.rax = (uint64_t)result;
    return cpu_this()->thread;
}

static struct thread *wait_until(handle_t handle, uint64_t mask, uint64_t deadline)
{
    return call(SYSCALL_notification_wait, handle, mask, deadline);
}

/* What the last call of the running thread returned, if it was bits. */
static uint64_t taken(void)
{
    const struct trap_frame *f = cpu_this()->frame;
    return f->vector == TRAP_MESSAGE && f->rax == 0 ? f->rdx : 0;
}

static int64_t poll(handle_t handle, uint64_t mask)
{
    return (int64_t)wait_until(handle, mask, 0)->context.frame.rax;
}

/* A thread that waits, when this returns; init goes on. */
static struct thread *waiter(handle_t handle, uint64_t mask, uint64_t deadline)
{
    struct thread *thread = WORLD_OBJECT(world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1), thread);
    assert_ptr_equal(world_return(0), thread);
    assert_ptr_equal(wait_until(handle, mask, deadline), world.thread);
    assert_int_equal(thread->state, THREAD_BLOCKED);
    return thread;
}

static struct thread *signal(handle_t handle, uint64_t bits)
{
    return world_return(sys_notification_signal(handle, bits));
}

static struct thread *tick(void)
{
    machine.now += MS;
    sched_tick();
    return world_return(0);
}

/* --- bits and waiters ----------------------------------------------------------------------- */

static void test_notification_gives_all_64_bits(void **state)
{
    (void)state;
    handle_t handle = make();
    assert_int_equal(poll(handle, UINT64_MAX), STATUS_TIMED_OUT);
    assert_ptr_equal(signal(handle, UINT64_MAX), world.thread);
    assert_int_equal(poll(handle, 1), 0);
    assert_int_equal(taken(), 1);
    assert_int_equal(poll(handle, UINT64_MAX), 0);
    assert_int_equal(taken(), UINT64_MAX - 1);
    assert_int_equal(poll(handle, UINT64_MAX), STATUS_TIMED_OUT);
}

static void test_notification_more_urgent_waiter_runs_at_once(void **state)
{
    (void)state;
    handle_t handle = make();
    struct thread *thread = waiter(handle, 6, TIMER_NEVER);
    assert_ptr_equal(signal(handle, 1), world.thread);
    assert_ptr_equal(signal(handle, 2), thread);
    assert_int_equal(taken(), 2);
    assert_ptr_equal(wait_until(handle, 4, TIMER_NEVER), world.thread);
    assert_int_equal(notification_of(handle)->bits, 1);
    check_everything();
}

/* One signal wakes all whose bits it has; each takes what those before it have left. */
static void test_notification_of_several_bits_wakes_several(void **state)
{
    (void)state;
    handle_t handle = make();
    struct thread *first = waiter(handle, 3, TIMER_NEVER);
    struct thread *second = waiter(handle, 3, TIMER_NEVER);
    struct thread *third = waiter(handle, 6, TIMER_NEVER);
    assert_ptr_equal(signal(handle, 0xe), first);
    assert_int_equal(taken(), 2);
    assert_int_equal(second->state, THREAD_BLOCKED);
    assert_int_equal(third->state, THREAD_READY);
    assert_int_equal(third->context.frame.rdx, 4);
    assert_int_equal(notification_of(handle)->bits, 8);
    check_everything();
}

/* However many wait, a signal looks at no more than so many. */
static void test_notification_has_few_waiters(void **state)
{
    (void)state;
    handle_t handle = make();
    for (int i = 0; i < NOTIFICATION_WAITERS_MAX; i++)
        waiter(handle, 2, TIMER_NEVER);
    handle_t more = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
    assert_ptr_equal(world_return(0), WORLD_OBJECT(more, thread));
    assert_ptr_equal(wait_until(handle, 2, TIMER_NEVER), WORLD_OBJECT(more, thread));
    assert_int_equal(cpu_this()->frame->rax, STATUS_NO_SLOT);
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_ptr_equal(signal(handle, 1), world.thread);
    check_everything();
    assert_ptr_not_equal(signal(handle, 3), world.thread);
    assert_int_equal(notification_of(handle)->nwaiters, NOTIFICATION_WAITERS_MAX - 1);
    assert_int_equal(notification_of(handle)->bits, 1);
    check_everything();
}

static void test_notification_waiter_whose_time_is_over_is_in_no_queue(void **state)
{
    (void)state;
    handle_t handle = make();
    struct thread *thread = waiter(handle, 1, machine.now + 3 * MS / 2);
    assert_ptr_equal(tick(), world.thread);
    assert_ptr_equal(tick(), thread);
    assert_int_equal(thread->context.frame.rax, STATUS_TIMED_OUT);
    assert_int_equal(notification_of(handle)->nwaiters, 0);
    check_everything();
    assert_ptr_equal(wait_until(handle, 1, machine.now + 9 * MS), world.thread);
    assert_ptr_equal(signal(handle, 1), thread);
    assert_false(timer_is_set(&thread->timer));
    check_everything();
}

/* Its end takes the waiters, the watches and the timer with it, in steps that are interrupted. */
static void test_notification_destroyed_leaves_nothing_behind(void **state)
{
    (void)state;
    machine.tick_steps = 1;
    handle_t handle = make();
    handle_t process = world_process();
    struct thread *threads[5];
    for (int i = 0; i < 5; i++)
        threads[i] = waiter(handle, 1, machine.now + 900 * MS);
    for (int i = 0; i < 200; i++)
        must(sys_process_watch(process, handle, 1));
    must(sys_notification_set_timer(handle, 2, machine.now + MS, MS));
    assert_ptr_not_equal(world_return(sys_object_destroy(handle)), world.thread);
    machine_settle();
    for (int i = 0; i < 5; i++) {
        assert_int_equal(threads[i]->context.frame.rax, STATUS_DESTROYED);
        thread_end(threads[i], (struct ending){END_EXIT, 0, 0});
    }
    assert_ptr_equal(world_return(0), world.thread);
    check_everything();
    machine.tick_steps = 0;
}

/* Its waiter is told, and with it go its timer and its watch. */
static void test_notification_ends_with_its_last_capability(void **state)
{
    (void)state;
    handle_t process = world_process();
    handle_t last = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
    struct usage before = usage_now();
    handle_t handle = make();
    struct thread *thread = WORLD_OBJECT(last, thread);
    assert_ptr_equal(world_return(0), thread);
    assert_ptr_equal(wait_until(handle, 1, TIMER_NEVER), world.thread);
    must(sys_process_watch(process, handle, 1));
    must(sys_notification_set_timer(handle, 2, machine.now + MS, MS));
    assert_ptr_equal(world_return(sys_cap_delete(handle)), thread);
    assert_int_equal(thread->context.frame.rax, STATUS_BAD_HANDLE);
    check_everything();
    assert_ptr_equal(world_return(sys_thread_exit(0)), world.thread);
    assert_true(usage_now().object_bytes <= before.object_bytes);
    must(sys_object_destroy(process));
    tick();
    check_everything();
}

/* --- timers --------------------------------------------------------------------------------- */

static void test_timer_with_a_period_keeps_step_and_does_not_pile_up(void **state)
{
    (void)state;
    handle_t handle = make();
    uint64_t start = machine.now;
    must(sys_notification_set_timer(handle, 4, start + 2 * MS, 3 * MS));
    for (int i = 0; i < 7; i++) {
        machine.now += i == 3 ? 20 * MS : 0; /* many are missed */
        assert_ptr_equal(tick(), world.thread);
        bool due = machine.now == start + 2 * MS || machine.now == start + 24 * MS ||
                   machine.now == start + 26 * MS;
        assert_int_equal(poll(handle, 4), due ? 0 : STATUS_TIMED_OUT);
    }
    assert_int_equal(notification_of(handle)->timer.time, start + 29 * MS);
}

/* With the shortest period there is a signal with each tick, and no more than one. */
static void test_timer_of_a_nanosecond_comes_once_a_tick(void **state)
{
    (void)state;
    handle_t handle = make();
    must(sys_notification_set_timer(handle, 1, 0, 1));
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(tick(), world.thread);
        assert_int_equal(notification_of(handle)->timer.time, machine.now + 1);
        assert_int_equal(poll(handle, 1), 0);
    }
    must(sys_notification_set_timer(handle, 1, 0, TIMER_NEVER));
    tick();
    assert_false(timer_is_set(&notification_of(handle)->timer));
}

/* A tick without the lock leaves nothing undone. */
static void test_timer_is_seen_by_the_tick_without_the_lock(void **state)
{
    (void)state;
    handle_t handle = make();
    must(sys_notification_set_timer(handle, 1, machine.now + 2 * MS, 0));
    machine.now += MS;
    assert_true(sched_tick_alone());
    machine.now += MS;
    assert_false(sched_tick_alone());
    sched_tick();
    assert_int_equal(poll(handle, 1), 0);
    machine.now += MS;
    assert_true(sched_tick_alone());
}

/* An idle CPU goes on ticking for a timer. */
static void test_timer_wakes_an_idle_cpu(void **state)
{
    (void)state;
    handle_t handle = make();
    uint64_t start = machine.now;
    must(sys_notification_set_timer(handle, 8, start + 7 * MS, 0));
    assert_ptr_equal(wait_until(handle, 8, TIMER_NEVER), world.thread);
    assert_int_equal(taken(), 8);
    assert_int_equal(machine.now, start + 7 * MS);
}

/* Very many timers at one time are seen to in several ticks, each once, and sleepers too. */
static void test_timers_of_one_time_are_seen_to_in_some_ticks(void **state)
{
    (void)state;
    enum {
        TIMERS = 2 * TIMERS_PER_TICK + 10
    };
    static handle_t handles[TIMERS];
    uint64_t ready = 0;
    for (int i = 0; i < TIMERS; i++) {
        handles[i] = make();
        must(sys_notification_set_timer(handles[i], 1, machine.now + MS, 1));
    }
    for (uint64_t n = 1; n <= 3; n++) {
        assert_ptr_equal(tick(), world.thread);
        ready = 0;
        for (int i = 0; i < TIMERS; i++)
            ready += notification_of(handles[i])->bits;
        assert_int_equal(ready, min_u64(n * TIMERS_PER_TICK, TIMERS));
        check_everything();
        assert_false(sched_tick_alone() && n < 3);
    }
}

/* Many timers are set, set anew and taken away at random; those that are due come. */
static void test_timers_come_in_their_order_whatever_is_taken_away(void **state)
{
    (void)state;
    enum {
        TIMERS = 100
    };
    static handle_t handles[TIMERS];
    for (int i = 0; i < TIMERS; i++)
        handles[i] = make();
    for (int i = 0; i < 4000; i++) {
        handle_t handle = handles[random_below(TIMERS)];
        uint64_t time = random_below(8) == 0 ? TIMER_NEVER : machine.now + random_below(300 * MS);
        must(sys_notification_set_timer(handle, 1, time, 0));
        sched_check();
        if (i % 10 != 0)
            continue;
        assert_ptr_equal(tick(), world.thread);
        for (int k = 0; k < TIMERS; k++) {
            const struct notification *n = notification_of(handles[k]);
            assert_true(!timer_is_set(&n->timer) || n->timer.time > machine.now);
        }
    }
}

/* --- bindings ------------------------------------------------------------------------------- */

static void test_notification_bound_wakes_a_receive_and_not_a_call(void **state)
{
    (void)state;
    handle_t handle = make();
    handle_t endpoint = must(sys_endpoint_create('e', 0, 0));
    struct thread *server = WORLD_OBJECT(world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1), thread);
    assert_ptr_equal(world_return(0), server);
    must(sys_notification_bind(handle));
    assert_ptr_equal(world_return(message_receive(endpoint)), world.thread);
    check_everything();
    assert_ptr_equal(signal(handle, (uint64_t)1 << 63), server);
    assert_int_equal(server->context.frame.rsi, MESSAGE_TAG(1, 0, MESSAGE_EVENTS));
    assert_int_equal(server->context.frame.rdi, 0);
    assert_int_equal(taken(), (uint64_t)1 << 63);
    cpu_this()->frame->rsi = 0;
    assert_ptr_equal(world_return(message_call(endpoint, 0)), world.thread);
    assert_ptr_equal(signal(handle, 1), world.thread);
    assert_int_equal(notification_of(handle)->bits, 1);
    check_everything();
    thread_end(server, (struct ending){END_EXIT, 0, 0});
    assert_null(notification_of(handle)->bound);
    check_everything();
}

/* Neither keeps the other. */
static void test_notification_bound_goes_with_its_last_capability(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle = make();
    must(sys_notification_bind(handle));
    check_everything();
    must(sys_cap_delete(handle));
    assert_null(world.thread->rendezvous.bound);
    assert_usage(before);
}

/* --- the checks themselves ------------------------------------------------------------------ */

static void test_notification_check_finds_what_is_wrong(void **state)
{
    (void)state;
    handle_t handle = make();
    waiter(handle, 4, TIMER_NEVER);
    struct notification *n = notification_of(handle);
    n->bits = 4;
    assert_panics("mask", check_everything());
    n->bits = 0;
    n->nwaiters = 2;
    assert_panics("nwaiters", check_everything());
    n->nwaiters = 1;
    must(sys_process_watch(HANDLE_SELF, handle, 1));
    list_remove(list_first(&n->watches));
    assert_panics("watches_unmatched", check_everything());
    list_push_back(
        &n->watches,
        &list_item(list_first(&world.init->watches), struct watch, in_process)->in_notification);
    check_everything();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_notification_gives_all_64_bits),
        WORLD_TEST(test_notification_more_urgent_waiter_runs_at_once),
        WORLD_TEST(test_notification_of_several_bits_wakes_several),
        WORLD_TEST(test_notification_has_few_waiters),
        WORLD_TEST(test_notification_waiter_whose_time_is_over_is_in_no_queue),
        WORLD_TEST(test_notification_destroyed_leaves_nothing_behind),
        WORLD_TEST(test_notification_ends_with_its_last_capability),
        WORLD_TEST(test_timer_with_a_period_keeps_step_and_does_not_pile_up),
        WORLD_TEST(test_timer_of_a_nanosecond_comes_once_a_tick),
        WORLD_TEST(test_timer_is_seen_by_the_tick_without_the_lock),
        WORLD_TEST(test_timer_wakes_an_idle_cpu),
        WORLD_TEST(test_timers_of_one_time_are_seen_to_in_some_ticks),
        WORLD_TEST(test_timers_come_in_their_order_whatever_is_taken_away),
        WORLD_TEST(test_notification_bound_wakes_a_receive_and_not_a_call),
        WORLD_TEST(test_notification_bound_goes_with_its_last_capability),
        WORLD_TEST(test_notification_check_finds_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
