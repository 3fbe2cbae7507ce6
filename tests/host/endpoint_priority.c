/* Endpoints: the priority at which a server runs, and how the CPU is handed over. */
#include "meet.h"

#include "obj/priority.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "obj/switch.h"

#define LOW 5
#define MIDDLE 10
#define HIGH 20
#define TIMED MESSAGE_TAG(0, 0, MESSAGE_DEADLINE)

/* A server that waits at the endpoint. */
static struct thread *make_server(handle_t endpoint, uint32_t priority)
{
    struct thread *server = make_thread(priority);
    receive_as(server, endpoint, 0);
    return server;
}

static uint64_t switches(void)
{
    return cpu_this()->counters[COUNTER_THREAD_SWITCHES];
}

/* Chooses anew until nobody more urgent is ready. */
static struct thread *choose(void)
{
    cpu_this()->resched |= RESCHED_CHOOSE;
    return world_return(0);
}

/* The running thread waits for long, out of everybody's way. */
static void rest(void)
{
    world_return(sys_thread_sleep((uint64_t)1 << 60));
}

/* --- one caller ------------------------------------------------------------------------------- */

static void check_serves_at(uint32_t own, uint32_t callers, bool slowly)
{
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, own);
    struct thread *caller = make_thread(callers);
    registers.deadline = UINT64_MAX;
    call_as(caller, endpoint, slowly ? TIMED : 0);
    assert_int_equal(server->priority, callers);
    assert_int_equal(server->own_priority, own);
    if (cpu_this()->thread != server)
        run(server);
    if (slowly)
        reply(0);
    else
        reply_receive(endpoint, 0);
    assert_int_equal(server->priority, own);
    assert_int_equal(caller->priority, callers);
    while (cpu_this()->thread != world.thread)
        rest();
}

static void test_priority_of_a_server_is_its_callers_higher_or_lower(void **state)
{
    (void)state;
    for (int slowly = 0; slowly < 2; slowly++) {
        check_serves_at(LOW, HIGH, slowly);
        check_serves_at(HIGH, PRIORITY_DEFAULT, slowly);
        check_serves_at(HIGH, LOW, slowly);
    }
}

/* A call that waited, when it is taken. */
static void test_priority_of_a_server_is_that_of_a_caller_it_takes(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *callers[] = {make_thread(LOW), make_thread(MIDDLE), make_thread(MIDDLE),
                                make_thread(HIGH)};
    static const int order[] = {3, 1, 2, 0};
    for (int i = 0; i < 4; i++)
        call_as(callers[i], endpoint, 0);
    run(world.thread);
    for (int i = 0; i < 4; i++) {
        receive(endpoint, 0);
        assert_ptr_equal(world.thread->rendezvous.serves, callers[order[i]]);
        assert_int_equal(world.thread->priority, callers[order[i]]->priority);
        run(world.thread);
        reply(0);
        if (cpu_this()->thread != world.thread)
            rest();
        assert_int_equal(world.thread->priority, PRIORITY_DEFAULT);
    }
}

/* --- what ends it ---------------------------------------------------------------------------- */

static void test_priority_of_a_server_is_its_own_when_its_caller_has_gone(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    handle_t handle = world_thread(HANDLE_SELF, HIGH);
    registers.deadline = machine.now + 3 * MS;
    call_as(WORLD_OBJECT(handle, thread), endpoint, TIMED);
    assert_int_equal(server->priority, HIGH);
    meet_tick(3);
    assert_int_equal(server->priority, LOW);
    assert_int_equal(meet_result(WORLD_OBJECT(handle, thread)), STATUS_TIMED_OUT);
    run(server);
    receive(endpoint, 0);
    call_as(WORLD_OBJECT(handle, thread), endpoint, 0);
    assert_int_equal(server->priority, HIGH);
    run(world.thread);
    must(sys_object_destroy(handle));
    assert_int_equal(server->priority, LOW);
    check_everything();
}

static void test_priority_of_its_own_counts_when_a_server_serves_nobody(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    struct thread *caller = make_thread(MIDDLE);
    call_as(caller, endpoint, 0);
    run(server);
    must(sys_thread_set_priority(0, HIGH));
    assert_int_equal(server->priority, MIDDLE);
    assert_int_equal(server->own_priority, HIGH);
    reply(0);
    assert_int_equal(server->priority, HIGH);
}

/* The caller's own, while it is served: its server's too. */
static void test_priority_of_a_caller_that_changes_changes_its_servers(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    handle_t handle = world_thread(HANDLE_SELF, MIDDLE);
    call_as(WORLD_OBJECT(handle, thread), endpoint, 0);
    run(world.thread);
    must(sys_thread_set_priority(handle, HIGH));
    assert_int_equal(server->priority, HIGH);
    must(sys_thread_set_priority(handle, LOW + 1));
    assert_int_equal(server->priority, LOW + 1);
    check_everything();
}

/* --- who waits ------------------------------------------------------------------------------- */

/* More urgent callers that wait urge whoever has received last, and no longer than they wait. */
static void test_priority_of_a_server_is_that_of_the_most_urgent_who_waits(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    handle_t waiting = world_thread(HANDLE_SELF, MIDDLE);
    struct thread *urgent = make_thread(HIGH);
    call_as(make_thread(LOW), endpoint, 0);
    run(world.thread);
    assert_int_equal(server->priority, LOW);
    call_as(WORLD_OBJECT(waiting, thread), endpoint, 0);
    assert_int_equal(server->priority, MIDDLE);
    registers.deadline = machine.now + 2 * MS;
    call_as(urgent, endpoint, TIMED);
    assert_int_equal(server->priority, HIGH);
    run(world.thread);
    meet_tick(2);
    assert_int_equal(server->priority, MIDDLE);
    run(world.thread);
    must(sys_thread_set_priority(waiting, HIGH + 1));
    assert_int_equal(server->priority, HIGH + 1);
    check_everything();
    must(sys_object_destroy(waiting));
    assert_int_equal(server->priority, LOW);
    check_everything();
}

/* Who receives from then on is urged; the one before is not any more. */
static void test_priority_leaves_a_server_when_another_has_received(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *before = make_server(endpoint, LOW);
    call_as(make_thread(LOW), endpoint, 0);
    call_as(make_thread(HIGH), endpoint, 0);
    call_as(make_thread(MIDDLE), endpoint, 0);
    assert_int_equal(before->priority, HIGH);
    run(world.thread);
    receive(endpoint, 0);
    assert_int_equal(world.thread->priority, HIGH);
    assert_int_equal(before->priority, LOW);
}

/* The destruction of the endpoint, and receivers, urge nobody. */
static void test_priority_goes_back_when_the_endpoint_is_destroyed(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    call_as(make_thread(LOW), endpoint, 0);
    call_as(make_thread(HIGH), endpoint, 0);
    assert_int_equal(server->priority, HIGH);
    run(world.thread);
    must(sys_object_destroy(endpoint));
    assert_int_equal(server->priority, LOW);
    check_everything();
}

/* --- chains ---------------------------------------------------------------------------------- */

#define LONG (2 * PRIORITY_CHAIN_MAX + 3)

/* A change at the first reaches so many at once, and the others with the ticks. */
static void check_chain(size_t length)
{
    struct thread *chain[LONG];
    handle_t endpoints[LONG + 1];
    handle_t head = world_thread(HANDLE_SELF, LOW);
    struct thread *caller = WORLD_OBJECT(head, thread);
    for (size_t i = 0; i < length; i++) {
        endpoints[i] = make_endpoint();
        chain[i] = make_server(endpoints[i], LOW);
        call_as(caller, endpoints[i], 0);
        caller = chain[i];
    }
    run(world.thread);
    static const uint32_t levels[] = {HIGH, LOW + 1};
    for (size_t level = 0; level < array_count(levels); level++) {
        must(sys_thread_set_priority(head, levels[level]));
        check_everything();
        /* the first in the chain is who calls it */
        for (size_t i = 0; i < length; i++) {
            bool reached = i + 1 < PRIORITY_CHAIN_MAX;
            assert_int_equal(chain[i]->priority == levels[level], reached);
            assert_int_equal(list_is_empty(&chain[i]->late), i + 1 != PRIORITY_CHAIN_MAX);
        }
        for (size_t left = length; left >= PRIORITY_CHAIN_MAX; left -= PRIORITY_CHAIN_MAX) {
            assert_true(priority_is_late());
            assert_false(sched_tick_alone());
            meet_tick(1);
        }
        assert_false(priority_is_late());
        for (size_t i = 0; i < length; i++)
            assert_int_equal(chain[i]->priority, levels[level]);
        run(world.thread);
    }
}

static void test_priority_goes_along_a_chain_of_servers(void **state)
{
    (void)state;
    check_chain(1);
    check_chain(PRIORITY_CHAIN_MAX - 1);
}

static void test_priority_goes_along_a_chain_that_is_too_long_with_the_ticks(void **state)
{
    (void)state;
    check_chain(PRIORITY_CHAIN_MAX);
    check_chain(LONG);
}

/* Whoever is late may end. */
static void test_priority_that_is_late_forgets_a_thread_that_ends(void **state)
{
    (void)state;
    struct thread *caller = make_thread(LOW), *first = caller;
    handle_t last = 0;
    for (size_t i = 0; i < PRIORITY_CHAIN_MAX; i++) {
        handle_t endpoint = make_endpoint();
        last = world_thread(HANDLE_SELF, LOW);
        struct thread *server = WORLD_OBJECT(last, thread);
        receive_as(server, endpoint, 0);
        call_as(caller, endpoint, 0);
        caller = server;
    }
    run(world.thread);
    priority_set(first, HIGH);
    assert_true(priority_is_late());
    must(sys_object_destroy(last));
    assert_false(priority_is_late());
    check_everything();
}

/* Servers that call each other in a ring wait for ever, but their priorities can change. */
static void test_priority_survives_a_ring_of_servers(void **state)
{
    (void)state;
    enum {
        RING = 3
    };
    handle_t endpoints[RING], urgent = world_thread(HANDLE_SELF, LOW);
    struct thread *ring[RING];
    for (int i = 0; i < RING; i++) {
        endpoints[i] = make_endpoint();
        ring[i] = make_server(endpoints[i], LOW);
        call_as(make_thread(LOW), endpoints[i], 0);
        run(world.thread);
    }
    registers.deadline = machine.now + 5 * MS;
    for (int i = 0; i < RING; i++)
        call_as(ring[i], endpoints[(i + 1) % RING], TIMED);
    call_as(WORLD_OBJECT(urgent, thread), endpoints[0], 0);
    run(world.thread);
    must(sys_thread_set_priority(urgent, HIGH));
    check_everything();
    for (int i = 0; i < RING; i++)
        assert_int_equal(ring[i]->priority, HIGH);
    must(sys_object_destroy(urgent));
    check_everything();
    meet_tick(5);
    for (int i = 0; i < RING; i++) {
        assert_int_equal(meet_result(ring[i]), STATUS_TIMED_OUT);
        assert_int_equal(ring[i]->priority, LOW);
    }
}

/* Who closes a ring learns only then what those behind it run at: it is in the queue already. */
static void test_priority_of_a_caller_that_closes_a_ring_changes_in_its_queue(void **state)
{
    (void)state;
    enum {
        LENGTH = PRIORITY_CHAIN_MAX + 1
    };
    struct thread *chain[LENGTH];
    handle_t endpoints[LENGTH];
    handle_t head = world_thread(HANDLE_SELF, LOW);
    struct thread *caller = WORLD_OBJECT(head, thread);
    for (size_t i = 0; i < LENGTH; i++) {
        endpoints[i] = make_endpoint();
        chain[i] = make_server(endpoints[i], LOW);
        if (i + 1 < LENGTH)
            call_as(caller, endpoints[i], 0);
        caller = chain[i];
    }
    /* the last has a caller of its own, and the one before it waits in its queue */
    call_as(make_thread(LOW - 1), endpoints[LENGTH - 1], 0);
    call_as(chain[LENGTH - 2], endpoints[LENGTH - 1], 0);
    run(world.thread);
    must(sys_thread_set_priority(head, HIGH));
    assert_true(priority_is_late());
    /* the last closes the ring at the endpoint of the one before it, who is late */
    call_as(chain[LENGTH - 1], endpoints[LENGTH - 2], 0);
    for (int i = 0; i < 3; i++) {
        run(world.thread);
        meet_tick(1);
    }
    for (size_t i = 0; i < LENGTH; i++)
        assert_int_equal(chain[i]->priority, HIGH);
}

/* --- handing over ---------------------------------------------------------------------------- */

/* To and fro, with a switch for each, and without any queue. */
static void test_sched_hands_over_with_a_short_call_and_its_answer(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, PRIORITY_DEFAULT);
    struct thread *other = make_thread(PRIORITY_DEFAULT);
    run(world.thread);
    uint64_t before = switches();
    for (unsigned i = 0; i < 5; i++) {
        registers.words[0] = i;
        assert_ptr_equal(call(endpoint, i), server);
        assert_got(server, 0, i);
        assert_int_equal(other->state, THREAD_READY);
        assert_ptr_equal(reply_receive(endpoint, i), world.thread);
        assert_got(world.thread, 0, i);
        assert_int_equal(server->state, THREAD_BLOCKED);
    }
    assert_int_equal(switches(), before + 10);
}

static void test_sched_does_not_hand_over_if_somebody_else_comes_first(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    struct thread *middle = make_thread(MIDDLE);
    struct thread *caller = make_thread(LOW + 1);
    assert_false(switch_is_next(cpu_this(), server));
    run(middle);
    rest();
    run(world.thread);
    rest();
    assert_ptr_equal(choose(), caller);
    assert_true(switch_is_next(cpu_this(), server) && switch_is_easy(cpu_this(), server));
    server->process->epoch++;
    assert_false(switch_is_easy(cpu_this(), server));
    server->process->epoch--;
    struct cpu elsewhere = *cpu_this();
    struct cpu *cpu = server->cpu;
    server->cpu = &elsewhere;
    assert_false(switch_is_easy(cpu_this(), server));
    server->cpu = cpu;
    assert_true(switch_is_easy(cpu_this(), server));
}

/* The answer to a caller less urgent than somebody who is ready. */
static void test_sched_does_not_hand_an_answer_over_before_somebody_more_urgent(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_server(endpoint, LOW);
    handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    struct thread *caller = WORLD_OBJECT(handle, thread);
    call_as(caller, endpoint, 0);
    struct thread *urgent = make_thread(HIGH);
    if (cpu_this()->thread != server)
        run(server);
    assert_ptr_equal(reply_receive(endpoint, 0), urgent);
    assert_got(caller, 0, 0);
    assert_int_equal(caller->state, THREAD_READY);
    assert_int_equal(server->state, THREAD_BLOCKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_priority_of_a_server_is_its_callers_higher_or_lower),
        WORLD_TEST(test_priority_of_a_server_is_that_of_a_caller_it_takes),
        WORLD_TEST(test_priority_of_a_server_is_its_own_when_its_caller_has_gone),
        WORLD_TEST(test_priority_of_its_own_counts_when_a_server_serves_nobody),
        WORLD_TEST(test_priority_of_a_caller_that_changes_changes_its_servers),
        WORLD_TEST(test_priority_of_a_server_is_that_of_the_most_urgent_who_waits),
        WORLD_TEST(test_priority_leaves_a_server_when_another_has_received),
        WORLD_TEST(test_priority_goes_back_when_the_endpoint_is_destroyed),
        WORLD_TEST(test_priority_goes_along_a_chain_of_servers),
        WORLD_TEST(test_priority_goes_along_a_chain_that_is_too_long_with_the_ticks),
        WORLD_TEST(test_priority_that_is_late_forgets_a_thread_that_ends),
        WORLD_TEST(test_priority_survives_a_ring_of_servers),
        WORLD_TEST(test_priority_of_a_caller_that_closes_a_ring_changes_in_its_queue),
        WORLD_TEST(test_sched_hands_over_with_a_short_call_and_its_answer),
        WORLD_TEST(test_sched_does_not_hand_over_if_somebody_else_comes_first),
        WORLD_TEST(test_sched_does_not_hand_an_answer_over_before_somebody_more_urgent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
