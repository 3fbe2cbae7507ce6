/* Tracing on a simulated machine: rings, and what is recorded of calls, faults and switches. */
#include "abi/trace.h"
#include "mem/frame.h"
#include "obj/trace.h"
#include "world.h"

static struct trace_event event_at(uint64_t sequence)
{
    struct trace_event event;
    assert_true(trace_ring_read(cpu_this()->trace, sequence, &event));
    assert_int_equal(event.sequence, sequence);
    return event;
}

static void begin(uint64_t nevents)
{
    assert_ok(trace_start(nevents));
    trace_place(cpu_this());
}

static void test_trace_ring_gives_out_what_is_not_about_to_go(void **state)
{
    struct trace_event event;
    (void)state;
    begin(1);
    const struct trace_ring *ring = cpu_this()->trace;
    for (uint64_t i = ring->next; i < 3 * TRACE_EVENTS_IN_FRAME; i++)
        trace_interrupt(cpu_this(), i);
    uint64_t oldest = trace_ring_oldest(ring);
    assert_int_equal(oldest, 2 * TRACE_EVENTS_IN_FRAME + 1);
    for (uint64_t i = oldest; i < ring->next; i++)
        assert_int_equal(event_at(i).number, i);
    assert_false(trace_ring_read(ring, oldest - 1, &event));
    trace_stop();
}

/* With room for nothing, one frame and so on: all of it, or nothing has changed. */
static void test_trace_starts_or_changes_nothing(void **state)
{
    const uint64_t nframes = 3;
    uint64_t limit = pool_root.pool.limit;
    uint64_t charged = pool_root.pool.charged;
    uint64_t nfree = frame_count_free();
    (void)state;
    for (uint64_t room = 0; room <= nframes; room++) {
        pool_root.pool.limit = charged + room;
        assert_int_equal(trace_start(nframes * TRACE_EVENTS_IN_FRAME), STATUS_NO_MEMORY);
        assert_int_equal(pool_root.pool.charged, charged);
        assert_int_equal(frame_count_free(), nfree);
        assert_false(trace_is_on(cpu_this()));
        assert_null(cpu_this()->trace);
    }
    pool_root.pool.limit = limit;
    begin(nframes * TRACE_EVENTS_IN_FRAME);
    assert_int_equal(pool_root.pool.charged, charged + nframes + 1);
    assert_int_equal(frame_count_free(), nfree - nframes - 1);
    trace_stop();
    assert_int_equal(pool_root.pool.charged, charged);
    assert_int_equal(frame_count_free(), nfree);
    frame_check();
}

/* The thread first, then its view; and nothing more until one of the two changes. */
static void test_trace_places_a_thread_once(void **state)
{
    (void)state;
    begin(100);
    const struct trace_ring *ring = cpu_this()->trace;
    assert_int_equal(event_at(0).kind, TRACE_THREAD);
    assert_int_equal(event_at(0).thread, world.thread->object.id);
    assert_int_equal(event_at(0).values[0], world.init->object.id);
    assert_memory_equal(&event_at(0).values[1], &world.init->object.name, NAME_BYTES);
    assert_int_equal(event_at(1).kind, TRACE_VIEW);
    assert_int_equal(event_at(1).values[0], 0);
    trace_place(cpu_this());
    assert_int_equal(ring->next, 2);
    handle_t vas = world_vas();
    must(sys_vas_switch(world_attach(vas)));
    trace_place(cpu_this());
    assert_int_equal(ring->next, 3);
    assert_int_equal(event_at(2).values[0], world_object(vas)->id);
    trace_stop();
}

static void test_trace_of_a_call_names_it_and_leaves_fast_paths_out(void **state)
{
    const uint64_t arguments[6] = {1, 2, 3, 4, 5, 6};
    (void)state;
    begin(100);
    assert_ptr_equal(trace_call(SYSCALL_seg_read, arguments), syscall_handlers[SYSCALL_seg_read]);
    assert_ptr_equal(trace_call(SYSCALL_endpoint_call, arguments), sys_endpoint_call_slowly);
    assert_ptr_equal(trace_call(SYSCALL_endpoint_reply_receive, arguments),
                     sys_endpoint_reply_receive_slowly);
    struct trace_event event = event_at(2);
    assert_int_equal(event.kind, TRACE_CALL);
    assert_int_equal(event.number, SYSCALL_seg_read);
    for (uint64_t i = 0; i < TRACE_VALUES; i++)
        assert_int_equal(event.values[i], i + 1);
    trace_stop();
}

static void test_trace_of_another_process_begins_with_its_name(void **state)
{
    handle_t handle;
    (void)state;
    begin(100);
    struct process *process = world_enter(&handle);
    trace_place(cpu_this());
    struct trace_event event = event_at(2);
    assert_int_equal(event.kind, TRACE_THREAD);
    assert_int_equal(event.values[0], process->object.id);
    assert_int_equal(event.thread, cpu_this()->thread->object.id);
    trace_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_trace_ring_gives_out_what_is_not_about_to_go),
        WORLD_TEST(test_trace_starts_or_changes_nothing),
        WORLD_TEST(test_trace_places_a_thread_once),
        WORLD_TEST(test_trace_of_a_call_names_it_and_leaves_fast_paths_out),
        WORLD_TEST(test_trace_of_another_process_begins_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
