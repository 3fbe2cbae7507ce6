/* Faults of user code: which are first touches, and what is said of the others. */
#include "obj/fault.h"

#include <arch/vectors.h>

#include "world.h"

static void test_fault_of_a_first_touch_fills_the_page(void **state)
{
    (void)state;
    struct seg *seg = WORLD_OBJECT(world.buffer, seg);
    fault_page(WORLD_BUFFER + 5 * PAGE_SIZE + 8, ACCESS_WRITE, 0x400000);
    assert_int_equal(seg_resident(seg), 1);
    assert_ptr_equal(cpu_this()->thread, world.thread);
    assert_true(cpu_walk(world.init->home.top, WORLD_BUFFER + 5 * PAGE_SIZE).present);
    assert_string_equal(machine.output, "");
}

static void test_fault_that_comes_back_for_ever_ends_the_process(void **state)
{
    (void)state;
    handle_t handle;
    struct process *process = world_enter(&handle);
    must(sys_seg_attach(HANDLE_SELF, world_seg(GIB, PAGE_SIZE, 0), ACCESS_READ));
    int nfaults = 0;
    for (; cpu_this()->thread != NULL && nfaults < 1000; nfaults++)
        fault_page(GIB, ACCESS_READ, 0x400000);
    assert_true(nfaults > 1 && nfaults < 1000);
    assert_int_equal(process->ending.reason, END_FAULT);
    assert_ptr_equal(world_return(0), world.thread);
}

/* Another CPU takes the page away, and a third one is faster to fill it again: each time the fault
 * finds the page there, and yet nothing is wrong. */
static void test_fault_for_which_others_were_faster_is_no_repetition(void **state)
{
    (void)state;
    handle_t handle;
    world_enter(&handle);
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_READ));
    for (int i = 0; i < 100; i++) {
        must(sys_seg_discard(seg, 0, PAGE_SIZE));
        must(sys_seg_fill(seg, 0, PAGE_SIZE));
        fault_page(GIB, ACCESS_READ, 0x400000);
        assert_non_null(cpu_this()->thread);
    }
}

/* The process ends, and the message has these words. */
static void assert_fault_ends(uint64_t address, uint64_t access, const char *words)
{
    handle_t handle;
    struct process *process = world_enter(&handle);
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
    assert_fault_ends(0, ACCESS_READ, "read of 0x0 refused:\n        no segment there in its home");
    assert_fault_ends(GIB + 5, ACCESS_WRITE, "write to 0x40000005 refused:\n        segment 's'");
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
    world_enter(&handle);
    must(sys_vas_switch(must(sys_vas_attach(HANDLE_SELF, world_vas(), ACCESS_READ))));
    fault_page(base, ACCESS_READ, 0x400000);
    assert_non_null(strstr(machine.output, "is not attached in VAS 'v'"));
    world_return(0);
}

static void test_fault_of_another_kind_ends_the_process(void **state)
{
    (void)state;
    handle_t handle;
    struct process *process = world_enter(&handle);
    fault_exception(VECTOR_INVALID_OPCODE, "invalid opcode", 0x400123);
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(process->ending.status, VECTOR_INVALID_OPCODE);
    assert_int_equal(process->ending.address, 0x400123);
    assert_non_null(strstr(machine.output, "invalid opcode (vector 6) at 0x400123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_fault_of_a_first_touch_fills_the_page),
        WORLD_TEST(test_fault_that_comes_back_for_ever_ends_the_process),
        WORLD_TEST(test_fault_for_which_others_were_faster_is_no_repetition),
        WORLD_TEST(test_fault_names_address_segment_and_right),
        WORLD_TEST(test_fault_outside_the_view_names_the_segment_and_the_vas_that_misses_it),
        WORLD_TEST(test_fault_of_another_kind_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
