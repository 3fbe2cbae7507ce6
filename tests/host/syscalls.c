/* System calls: what their handlers refuse, and what those of the machine do. */
#include <arch/features.h>

#include "mem/frame.h"
#include "obj/devices.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "world.h"

typedef int64_t (*call_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

static handle_t give(struct object *device, uint16_t rights)
{
    assert_ok(cap_reserve(&world.init->caps));
    return cap_insert(&world.init->caps, NULL, device, rights, 0)->handle;
}

static void read_back(void *to, uint64_t nbytes)
{
    assert_ok(user_read(to, UPTR(WORLD_BUFFER), nbytes));
}

static void test_syscall_each_number_has_a_handler_and_a_name(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SYSCALLS; i++) {
        assert_non_null(syscall_handlers[i]);
        assert_true(strlen(syscall_name(i)) > 3);
    }
    assert_string_equal(syscall_name(SYSCALL_vas_switch), "vas_switch");
    assert_string_equal(syscall_name(SYSCALLS), "?");
    assert_int_equal(sys_null(), 0);
}

/* The calls that take a handle first, and a type that none of them takes there. */
static const uint64_t with_handle[] = {
    SYSCALL_vas_switch,   SYSCALL_thread_create, SYSCALL_thread_wait,    SYSCALL_process_wait,
    SYSCALL_process_info, SYSCALL_vas_attach,    SYSCALL_vas_detach,     SYSCALL_vas_info,
    SYSCALL_seg_attach,   SYSCALL_seg_detach,    SYSCALL_seg_read,       SYSCALL_seg_write,
    SYSCALL_seg_info,     SYSCALL_cap_derive,    SYSCALL_cap_place,      SYSCALL_cap_delete,
    SYSCALL_cap_revoke,   SYSCALL_cap_info,      SYSCALL_object_destroy, SYSCALL_console_write,
    SYSCALL_console_read, SYSCALL_system_exit,   SYSCALL_system_power};

static int64_t call(uint64_t number, handle_t handle)
{
    return ((call_fn)syscall_handlers[number])((uint64_t)handle, 0, 0, 0, 0, 0);
}

static void test_syscall_with_a_handle_that_is_none_is_refused(void **state)
{
    (void)state;
    handle_t stale = world_vas();
    must(sys_cap_delete(stale));
    const handle_t bad[] = {0,
                            -1,
                            INT64_MIN,
                            INT64_MAX,
                            stale,
                            HANDLE_SELF + 1,
                            HANDLE_OF(100, 0, 1),
                            HANDLE_OF(0, 63, 1)};
    struct usage before = usage_now();
    for (size_t i = 0; i < array_count(with_handle); i++) {
        for (size_t j = 0; j < array_count(bad); j++)
            assert_int_equal(call(with_handle[i], bad[j]), STATUS_BAD_HANDLE);
    }
    assert_usage(before);
}

static void test_syscall_with_a_handle_of_another_type_is_refused(void **state)
{
    (void)state;
    handle_t console = give(&console_object, CAP_RIGHTS);
    handle_t system = give(&system_object, CAP_RIGHTS);
    for (size_t i = 0; i < array_count(with_handle); i++) {
        uint64_t number = with_handle[i];
        bool any = number >= SYSCALL_cap_derive && number <= SYSCALL_object_destroy;
        if (any && number != SYSCALL_cap_place)
            continue;
        bool of_console = number == SYSCALL_console_read || number == SYSCALL_console_write;
        assert_int_equal(call(number, of_console ? system : console), STATUS_WRONG_TYPE);
    }
    assert_int_equal(sys_object_destroy(console), STATUS_BAD_ARGUMENT);
}

static void test_syscall_without_the_right_is_refused(void **state)
{
    (void)state;
    handle_t console = give(&console_object, RIGHT_INFO);
    handle_t system = give(&system_object, RIGHT_INFO);
    const handle_t process = must(sys_cap_derive(world_process(), 0, 0));
    const handle_t vas = must(sys_cap_derive(world_vas(), 0, 0));
    const handle_t seg = must(sys_cap_derive(world_seg(0, 1, 0), 0, 0));
    const handle_t thread = must(sys_cap_derive(world_thread(HANDLE_SELF, 1), 0, 0));
    const int64_t results[] = {sys_thread_create(process, 0, 0, 0, 0, 0),
                               sys_process_wait(process),
                               sys_process_info(process, WORLD_BUFFER),
                               sys_vas_attach(process, vas, ACCESS_READ),
                               sys_seg_attach(process, seg, ACCESS_READ),
                               sys_cap_place(process, HANDLE_SELF, 0, 0),
                               sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ),
                               sys_vas_info(vas, WORLD_BUFFER),
                               sys_seg_attach(vas, world.buffer, ACCESS_READ),
                               sys_seg_detach(vas, world.buffer),
                               sys_seg_attach(HANDLE_SELF, seg, ACCESS_READ),
                               sys_seg_read(seg, 0, WORLD_BUFFER, 1),
                               sys_seg_write(seg, 0, WORLD_BUFFER, 1),
                               sys_seg_info(seg, WORLD_BUFFER),
                               sys_thread_wait(thread),
                               sys_thread_info(thread, WORLD_BUFFER),
                               sys_thread_set_priority(thread, 1),
                               sys_cap_derive(seg, 0, 0),
                               sys_cap_revoke(seg),
                               sys_cap_info(seg, WORLD_BUFFER),
                               sys_object_destroy(seg),
                               sys_console_write(console, WORLD_BUFFER, 1),
                               sys_console_read(console, WORLD_BUFFER, 1),
                               sys_system_exit(system, 0)};
    for (size_t i = 0; i < array_count(results); i++)
        assert_int_equal(results[i], STATUS_NO_RIGHT);
}

static void test_syscall_refuses_write_together_with_execute_and_no_read(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t seg = world_seg(0, 1, 0);
    const uint64_t bad[] = {0,          ACCESS_WRITE,   ACCESS_EXECUTE,
                            ACCESS_ALL, ACCESS_ALL + 1, ACCESS_READ | (uint64_t)1 << 63};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(sys_seg_attach(vas, seg, bad[i]), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_vas_attach(HANDLE_SELF, vas, ACCESS_WRITE), STATUS_BAD_ARGUMENT);
}

static void test_console_writes_from_and_reads_into_user_memory(void **state)
{
    (void)state;
    char text[6] = {0};
    handle_t console = give(&console_object, RIGHT_CONSOLE_READ | RIGHT_CONSOLE_WRITE);
    assert_ok(user_write(UPTR(WORLD_BUFFER), "hello", 5));
    assert_int_equal(sys_console_write(console, WORLD_BUFFER, 5), 5);
    assert_string_equal(machine.output, "hello");
    assert_int_equal(sys_console_write(console, WORLD_BUFFER, 100000), 4096);
    assert_int_equal(sys_console_write(console, 0, 5), STATUS_BAD_ADDRESS);
    assert_int_equal(sys_console_read(console, WORLD_BUFFER, 5), STATUS_NO_DATA);
    machine.input = "typed";
    assert_int_equal(sys_console_read(console, WORLD_BUFFER, 3), 3);
    assert_int_equal(sys_console_read(console, WORLD_BUFFER + 3, 3), 2);
    read_back(text, 5);
    assert_string_equal(text, "typed");
    assert_int_equal(sys_console_read(console, 0, 3), STATUS_BAD_ADDRESS);
}

static void test_console_write_gives_way_between_two_lines_or_in_a_long_one(void **state)
{
    (void)state;
    handle_t console = give(&console_object, RIGHT_CONSOLE_WRITE);
    assert_ok(
        user_write(UPTR(WORLD_BUFFER), "one, and some more so that it is two steps\ntwo\n", 47));
    cpu_this()->resched |= RESCHED_CHOOSE;
    assert_int_equal(sys_console_write(console, WORLD_BUFFER, 47), 43);
    assert_int_equal(sys_console_write(console, WORLD_BUFFER + 43, 4), 4);
    assert_int_equal(sys_console_write(console, WORLD_BUFFER + 64, 1000), 256);
    cpu_this()->resched = 0;
    assert_int_equal(sys_console_write(console, WORLD_BUFFER, 47), 47);
}

static void test_system_tells_memory_features_and_counters(void **state)
{
    (void)state;
    struct system_info info;
    uint64_t counters[COUNTERS];
    assert_ok((status_t)sys_system_info(WORLD_BUFFER));
    read_back(&info, sizeof(info));
    assert_int_equal(info.total_frames, frame_count_total());
    assert_int_equal(info.charged_frames, pool_root.pool.charged);
    assert_int_equal(info.features, MACHINE_FEATURES);
    assert_int_equal(info.ncounters, COUNTERS);
    assert_int_equal(sys_system_counters(WORLD_BUFFER, COUNTERS + 1), STATUS_BAD_ARGUMENT);
    assert_ok((status_t)sys_system_counters(WORLD_BUFFER, COUNTERS));
    read_back(counters, sizeof(counters));
    assert_int_equal(counters[COUNTER_THREAD_SWITCHES], 1);
    assert_int_equal(sys_system_info(8), STATUS_BAD_ADDRESS);
}

static void test_info_tells_what_an_object_is(void **state)
{
    (void)state;
    struct seg_info seg;
    struct cap_info cap;
    handle_t handle = must(sys_seg_create(0x656d616e, 0, 5 * GIB, 5000, SEG_EAGER, 0));
    must(sys_seg_attach(HANDLE_SELF, handle, ACCESS_READ));
    must(sys_seg_info(handle, WORLD_BUFFER));
    read_back(&seg, sizeof(seg));
    assert_string_equal(seg.name, "name");
    assert_true(seg.base == 5 * GIB && seg.nbytes == 5000 && seg.extent == 2 * MIB);
    assert_true(seg.resident == 2 * PAGE_SIZE && seg.nlinks == 1 && seg.page_bytes == PAGE_SIZE);
    must(sys_cap_info(handle, WORLD_BUFFER));
    read_back(&cap, sizeof(cap));
    assert_true(cap.type == OBJECT_SEG && cap.nchildren == 1 && cap.refs == 2);
    assert_int_equal(cap.object, seg.id);
    must(sys_cap_info(HANDLE_SELF, WORLD_BUFFER));
    read_back(&cap, sizeof(cap));
    assert_int_equal(cap.rights & CAP_WEAK, 0);
}

static void stop(handle_t system)
{
    if (setjmp(machine.back) == 0)
        (void)!sys_system_exit(system, 5);
}

static void test_system_exit_stops_with_its_code(void **state)
{
    (void)state;
    stop(give(&system_object, RIGHT_SYSTEM_EXIT));
    assert_int_equal(machine.stop_code, 5);
}

static void test_system_power_does_what_is_asked_for(void **state)
{
    (void)state;
    handle_t system = give(&system_object, RIGHT_SYSTEM_EXIT);
    assert_int_equal(sys_system_power(system, POWER_OFF), STATUS_UNSUPPORTED);
    assert_int_equal(sys_system_power(system, POWER_REBOOT + 1), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_system_power(give(&system_object, 0), POWER_REBOOT), STATUS_NO_RIGHT);
    if (setjmp(machine.back) == 0)
        (void)!sys_system_power(system, POWER_REBOOT);
    assert_int_equal(machine.stop_code, STOPPED_TO_REBOOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_syscall_each_number_has_a_handler_and_a_name),
        WORLD_TEST(test_syscall_with_a_handle_that_is_none_is_refused),
        WORLD_TEST(test_syscall_with_a_handle_of_another_type_is_refused),
        WORLD_TEST(test_syscall_without_the_right_is_refused),
        WORLD_TEST(test_syscall_refuses_write_together_with_execute_and_no_read),
        WORLD_TEST(test_console_writes_from_and_reads_into_user_memory),
        WORLD_TEST(test_console_write_gives_way_between_two_lines_or_in_a_long_one),
        WORLD_TEST(test_system_tells_memory_features_and_counters),
        WORLD_TEST(test_info_tells_what_an_object_is),
        WORLD_TEST(test_system_exit_stops_with_its_code),
        WORLD_TEST(test_system_power_does_what_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
