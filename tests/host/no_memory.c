/*
 * Out of memory: each operation that makes something is run with no memory left, then with one
 * frame, with two and so on until it succeeds. Each failure must say NO_MEMORY and leave everything
 * as it was. All of it twice: in the pool of all memory, and in a pool in a pool.
 */
#include "mem/frame.h"
#include "obj/link.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "picture.h"
#include "world.h"

#define ROOM_MAX 40000 /* frames; no operation here needs more */

static handle_t process, vas, seg, notification, gate;
static handle_t pool;        /* that is charged; 0: the pool of all memory */
static struct pool *limited; /* the same */
static unsigned nfailures;

/* Tables of capabilities may grow ahead of an operation that then fails. */
static void reserve_slots(void)
{
    assert_ok(cap_reserve(&world.init->caps));
    assert_ok(cap_reserve(&WORLD_OBJECT(process, process)->caps));
}

static int64_t sweep(int64_t (*operation)(void))
{
    reserve_slots();
    struct picture before = picture_now(process, vas, seg);
    uint64_t limit = limited->limit;
    uint64_t charged = limited->charged;
    for (uint64_t room = 0; room < ROOM_MAX; room++) {
        limited->limit = charged + room;
        int64_t result = operation();
        limited->limit = limit;
        if (result >= 0)
            return result;
        assert_int_equal(limited->charged, charged);
        assert_int_equal(result, STATUS_NO_MEMORY);
        nfailures++;
        struct picture after = picture_now(process, vas, seg);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    fail_msg("no success with %d frames", ROOM_MAX);
    return 0;
}

static int setup_in(void **state, bool nested)
{
    world_setup(state);
    pool = 0;
    limited = &pool_root.pool;
    if (nested) {
        handle_t outer = must(sys_pool_create('o', 0, 12000, 0));
        pool = must(sys_pool_create('i', 0, 11000, outer));
        limited = &WORLD_OBJECT(pool, pool_object)->pool;
    }
    process = must(sys_process_create('p', 0, pool));
    vas = must(sys_vas_create('v', 0, pool));
    seg = must(sys_seg_create('s', 0, VAS_BASE + 3 * GIB - 4 * MIB, 8 * MIB, 0, pool));
    nfailures = 0;
    return 0;
}

static int setup(void **state)
{
    return setup_in(state, false);
}

static int setup_nested(void **state)
{
    return setup_in(state, true);
}

/* Many times in a row, since an operation needs more whenever a slab is full. */
static void sweep_often(int64_t (*operation)(void), int times)
{
    for (int i = 0; i < times; i++)
        sweep(operation);
    assert_true(nfailures > 0);
    frame_check();
}

static int64_t make_vas(void)
{
    return sys_vas_create('n', 0, pool);
}

static int64_t make_process(void)
{
    return sys_process_create('n', 0, pool);
}

static int64_t make_seg(void)
{
    return sys_seg_create('n', 0, 0, 100 * KIB, 0, pool);
}

static int64_t make_eager_seg(void)
{
    return sys_seg_create('n', 0, 0, 40 * KIB, SEG_EAGER, pool);
}

static int64_t make_deep_seg(void)
{
    return sys_seg_create('n', 0, 0, 33 * MIB, 0, pool);
}

static int64_t make_seg_of_large_pages(void)
{
    return sys_seg_create('n', 0, 0, 3 * MIB, SEG_PAGES_2M, pool);
}

static int64_t make_thread(void)
{
    return sys_thread_create(process, 0x400000, 0x800000, 0, 0, 1);
}

static int64_t make_view(void)
{
    return sys_vas_attach(process, vas, ACCESS_ALL);
}

static int64_t make_link(void)
{
    return sys_seg_attach(vas, seg, ACCESS_RW);
}

static int64_t make_pool(void)
{
    return sys_pool_create('n', 0, 3, pool);
}

static int64_t make_endpoint(void)
{
    return sys_endpoint_create('n', 0, pool);
}

static int64_t make_notification(void)
{
    return sys_notification_create('n', 0, pool);
}

static int64_t make_watch(void)
{
    return sys_process_watch(process, notification, 1);
}

static int64_t make_gate(void)
{
    return sys_gate_create(HANDLE_HOME, 0x400000, 'n', 0, pool);
}

static int64_t make_gate_stack(void)
{
    return sys_gate_add_stack(gate, 0x800000, 0);
}

static int64_t make_child(void)
{
    return sys_cap_derive(seg, RIGHT_INFO, 0);
}

static int64_t make_placed(void)
{
    return sys_cap_place(process, seg, RIGHT_INFO, 0);
}

static void test_no_memory_for_a_vas_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_vas, 100);
}

static void test_no_memory_for_a_pool_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_pool, 70);
}

static void test_no_memory_for_an_endpoint_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_endpoint, 100);
}

static void test_no_memory_for_a_notification_or_a_watch_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_notification, 40);
    notification = must(make_notification());
    nfailures = 0;
    sweep_often(make_watch, 200);
}

static void test_no_memory_for_a_gate_and_its_stacks_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_gate, 70);
    for (int i = 0; i < 3; i++) {
        gate = must(make_gate());
        sweep_often(make_gate_stack, GATE_STACKS_MAX);
        assert_int_equal(make_gate_stack(), STATUS_NO_SLOT);
    }
}

static void test_no_memory_for_a_process_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_process, 70);
}

static void test_no_memory_for_a_segment_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_seg, 40);
    sweep_often(make_eager_seg, 40);
    sweep(make_deep_seg);
    sweep(make_seg_of_large_pages);
}

static void test_no_memory_for_a_thread_changes_nothing(void **state)
{
    (void)state;
    sweep_often(make_thread, 40);
}

static void test_no_memory_for_a_view_changes_nothing(void **state)
{
    (void)state;
    must(sweep(make_link));
    sweep_often(make_view, 100);
}

/* A link needs an object and up to five tables: the segment crosses a table of page directories. */
static void test_no_memory_for_a_link_changes_nothing(void **state)
{
    (void)state;
    must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_ALL));
    sweep(make_link);
    assert_true(nfailures >= 3);
    check_space(&WORLD_OBJECT(vas, vas)->space);
    for (int i = 0; i < 150; i++) {
        must(sys_seg_detach(vas, seg));
        handle_t next = world_vas();
        must(sweep(make_link));
        vas = i % 3 == 0 ? next : vas;
        if (i % 3 != 0)
            continue;
        sweep(make_link);
    }
}

/* With all slots taken a child needs a page of the table, and says so. */
static void test_no_memory_for_a_slot_is_a_status(void **state)
{
    (void)state;
    struct cap_table *caps = &world.init->caps;
    sweep(make_child);
    sweep(make_placed);
    while (caps->free[0] != NULL || caps->fresh < CAPS_PER_PAGE)
        must(make_child());
    struct picture before = picture_now(process, vas, seg);
    uint64_t limit = pool_root.pool.limit;
    int64_t (*const operations[])(void) = {make_child,    make_vas,          make_seg,
                                           make_process,  make_thread,       make_pool,
                                           make_endpoint, make_notification, make_gate};
    pool_root.pool.limit = pool_root.pool.charged;
    for (size_t i = 0; i < array_count(operations); i++) {
        assert_int_equal(operations[i](), STATUS_NO_MEMORY);
        struct picture after = picture_now(process, vas, seg);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    pool_root.pool.limit = limit;
    must(make_child());
}

/* What was promised at creation is there even if nothing else is left. */
static void test_no_memory_does_not_stop_a_first_touch(void **state)
{
    (void)state;
    handle_t promised = world_seg(0, 3 * MIB, 0);
    pool_root.pool.limit = pool_root.pool.charged;
    struct usage before = usage_now();
    for (uint64_t offset = 0; offset < 3 * MIB; offset += PAGE_SIZE) {
        uint64_t room;
        seg_page(WORLD_OBJECT(promised, seg), offset, &room);
    }
    assert_int_equal(pool_root.pool.charged, before.charged);
    assert_ok(user_check(UPTR(WORLD_BUFFER), WORLD_BUFFER_BYTES, ACCESS_RW));
}

#define SWEEP_TEST(f)                                                                              \
    cmocka_unit_test_setup_teardown(f, setup, machine_teardown),                                   \
    {                                                                                              \
#f ", in a pool in a pool", f, setup_nested, machine_teardown, NULL                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        SWEEP_TEST(test_no_memory_for_a_vas_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_pool_changes_nothing),
        SWEEP_TEST(test_no_memory_for_an_endpoint_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_notification_or_a_watch_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_gate_and_its_stacks_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_process_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_segment_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_thread_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_view_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_link_changes_nothing),
        SWEEP_TEST(test_no_memory_for_a_slot_is_a_status),
        SWEEP_TEST(test_no_memory_does_not_stop_a_first_touch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
