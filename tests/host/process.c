/* Processes and faults: how they end, and what is said of it. */
#include "obj/process.h"

#include <arch/vectors.h>

#include "obj/fault.h"
#include "obj/sched.h"
#include "world.h"

/* A process with one thread, which is now current. */
static struct process *enter_process(handle_t *out)
{
    handle_t handle = world_process();
    struct process *process = WORLD_OBJECT(handle, process);
    handle_t thread = world_thread(handle, PRIORITY_DEFAULT + 1);
    *out = handle;
    must(sys_cap_delete(thread));
    assert_ptr_equal(world_return(0)->process, process);
    return process;
}

static void test_process_holds_itself_and_its_home(void **state)
{
    (void)state;
    handle_t handle = world_process();
    const struct process *process = WORLD_OBJECT(handle, process);
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
    assert_int_equal(before.charged + 2, pool_root.charged);
}

/* Each is held by the next alone, a hundred of them. */
static void test_process_chain_that_never_ran_goes_with_the_first(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t first = world_process();
    for (int i = 0; i < 100; i++) {
        handle_t next = world_process();
        must(sys_cap_place(next, first, RIGHT_INFO, 0));
        must(sys_cap_delete(first));
        first = next;
    }
    must(sys_cap_delete(first));
    assert_usage(before);
}

static void test_processes_that_hold_each_other_go_with_the_last_outside_capability(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t a = world_process();
    handle_t b = world_process();
    must(sys_cap_place(a, b, RIGHT_INFO, 0));
    must(sys_cap_place(b, a, RIGHT_INFO, 0));
    must(sys_cap_delete(a));
    must(sys_cap_delete(b));
    assert_usage(before);
}

static void test_process_that_runs_keeps_itself_and_gives_all_back_at_its_end(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle;
    struct process *process = enter_process(&handle);
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

static void test_fault_of_a_first_touch_fills_the_page(void **state)
{
    (void)state;
    struct seg *seg = WORLD_OBJECT(world.buffer, seg);
    fault_page(WORLD_BUFFER + 5 * PAGE_SIZE + 8, ACCESS_WRITE, 0x400000);
    assert_int_equal(seg->resident, 1);
    assert_ptr_equal(cpu_this()->thread, world.thread);
    assert_true(cpu_walk(world.init->home.top, WORLD_BUFFER + 5 * PAGE_SIZE).present);
    assert_string_equal(machine.output, "");
}

/* The process ends, and the message has these words. */
static void assert_fault_ends(uint64_t address, uint64_t access, const char *words)
{
    handle_t handle;
    struct process *process = enter_process(&handle);
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_READ));
    machine.noutput = 0;
    fault_page(address, access, 0x400000);
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(process->ending.reason, END_FAULT);
    assert_int_equal(process->ending.status, VECTOR_PAGE_FAULT);
    assert_int_equal(process->ending.address, address);
    if (strstr(machine.output, words) == NULL)
        fail_msg("not said: %s; but: %s", words, machine.output);
    must(sys_cap_delete(handle));
}

static void test_fault_names_address_segment_and_right(void **state)
{
    (void)state;
    assert_fault_ends(0, ACCESS_READ, "read of 0x0 refused: no segment there in its home");
    assert_fault_ends(GIB + 5, ACCESS_WRITE, "write to 0x40000005 refused: segment 's'");
    assert_fault_ends(GIB + 5, ACCESS_WRITE, "is read-only in its home: no WRITE right");
    assert_fault_ends(GIB + 5, ACCESS_EXECUTE, "no EXECUTE right");
    assert_fault_ends(GIB + PAGE_SIZE, ACCESS_READ, "no segment there in its home");
    assert_fault_ends(UINT64_MAX, ACCESS_READ, "the address is the kernel's");
    assert_fault_ends((uint64_t)1 << 47, ACCESS_READ, "the address is the kernel's");
}

static void test_fault_outside_the_view_names_the_segment_and_the_vas_that_misses_it(void **state)
{
    (void)state;
    handle_t handle;
    handle_t seg = world_seg(0, PAGE_SIZE, 0);
    uint64_t base = WORLD_OBJECT(seg, seg)->range.base.v;
    assert_fault_ends(base, ACCESS_READ, "is not attached in view 0, which has no VAS");
    enter_process(&handle);
    must(sys_vas_switch(must(sys_vas_attach(HANDLE_SELF, world_vas(), ACCESS_READ))));
    fault_page(base, ACCESS_READ, 0x400000);
    assert_non_null(strstr(machine.output, "is not attached in VAS 'v'"));
    world_return(0);
}

static void test_fault_of_another_kind_ends_the_process(void **state)
{
    (void)state;
    handle_t handle;
    struct process *process = enter_process(&handle);
    fault_exception(VECTOR_INVALID_OPCODE, "invalid opcode", 0x400123);
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(process->ending.status, VECTOR_INVALID_OPCODE);
    assert_int_equal(process->ending.address, 0x400123);
    assert_non_null(strstr(machine.output, "invalid opcode (vector 6) at 0x400123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_process_holds_itself_and_its_home),
        WORLD_TEST(test_process_that_never_ran_goes_with_its_last_capability),
        WORLD_TEST(test_process_chain_that_never_ran_goes_with_the_first),
        WORLD_TEST(test_process_that_runs_keeps_itself_and_gives_all_back_at_its_end),
        WORLD_TEST(test_process_waiters_wake_when_it_ends),
        WORLD_TEST(test_process_destroyed_by_another_ends_with_its_threads),
        WORLD_TEST(test_fault_of_a_first_touch_fills_the_page),
        WORLD_TEST(test_fault_names_address_segment_and_right),
        WORLD_TEST(test_fault_outside_the_view_names_the_segment_and_the_vas_that_misses_it),
        WORLD_TEST(test_fault_of_another_kind_ends_the_process),
        WORLD_TEST(test_processes_that_hold_each_other_go_with_the_last_outside_capability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
