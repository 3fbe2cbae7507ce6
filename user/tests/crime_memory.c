/* Accesses that rights or spaces forbid: each ends the child, with a message that says why. */
#include <inttypes.h>
#include <string.h>

#include "child.h"
#include "test.h"

#define READ_OF "read of"
#define WRITE_TO "write to"
#define EXECUTION_OF "execution of"

static void expect_refusal(const char *access, uint64_t address, const char *why)
{
    test_expect_log("process 'child' \\([0-9]+\\), thread [0-9]+: %s 0x%" PRIx64 " refused: %s",
                    access, address, why);
}

/* Runs the code on an address, in a view of the VAS if there is one; it must end by a page fault
 * there. */
static void access_check_refused(const struct code *code, handle_t vas, uint64_t view_access,
                                 uint64_t address)
{
    struct child_task task = {.address = address, .value = 1};
    struct process_info info = child_run(code, vas, view_access, task);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address, address);
}

/* Reads, writes and jumps there. */
static void any_access_check_refused(handle_t vas, uint64_t view_access, uint64_t address,
                                     const char *why)
{
    expect_refusal(READ_OF, address, why);
    access_check_refused(&code_load, vas, view_access, address);
    expect_refusal(WRITE_TO, address, why);
    access_check_refused(&code_store, vas, view_access, address);
    expect_refusal(EXECUTION_OF, address, why);
    access_check_refused(&code_jump, vas, view_access, address);
}

void test_crime_kernel_address_is_stopped(void)
{
    const uint64_t addresses[] = {0xffff800000000000, 0xffff800000100000, 0xffffc00000000000,
                                  0xfffffe8000000000, 0xffffff0000000000, 0xffffffff80000000,
                                  0xffffffff80100000, 0xfffffffffffffff0};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        any_access_check_refused(0, 0, addresses[i], "the address is the kernel's");
}

void test_crime_page_0_is_stopped(void)
{
    any_access_check_refused(0, 0, 0, "no segment there in its home");
    any_access_check_refused(0, 0, PAGE_BYTES - 8, "no segment there in its home");
}

void test_crime_page_0_in_a_view_is_stopped(void)
{
    handle_t vas = kit_vas();
    any_access_check_refused(vas, ACCESS_DATA, 8, "no segment there in its home");
    kit_drop(vas);
}

void test_crime_hole_at_home_is_stopped(void)
{
    any_access_check_refused(0, 0, CHILD_STACK + PAGE_BYTES, "no segment there in its home");
    any_access_check_refused(0, 0, HOME_END - 8, "no segment there in its home");
}

/* The data of a VAS cannot be reached from home, though the process could attach it. */
void test_crime_vas_address_from_home_is_stopped(void)
{
    handle_t vas = sys_vas_create(NAME("secret"), 0);
    handle_t seg = sys_seg_create(NAME("treasure"), 0, PAGE_BYTES, 0, 0);
    uint64_t base = kit_seg_info(seg).base;
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    any_access_check_refused(0, 0, base,
                             "segment 'treasure' \\([0-9]+\\) is not attached in view 0");
    kit_drop_all(seg, vas);
}

void test_crime_address_of_another_vas_is_stopped(void)
{
    handle_t mine = sys_vas_create(NAME("mine"), 0), other = sys_vas_create(NAME("other"), 0);
    handle_t seg = sys_seg_create(NAME("treasure"), 0, PAGE_BYTES, 0, 0);
    uint64_t base = kit_seg_info(seg).base;
    check_eq(sys_seg_attach(other, seg, ACCESS_DATA), STATUS_OK);
    any_access_check_refused(mine, ACCESS_ALL, base,
                             "segment 'treasure' \\([0-9]+\\) is not attached in VAS 'mine'");
    kit_drop_all(seg, mine, other);
}

/* A segment ends where it ends, though its tables cover more. */
void test_crime_behind_a_segment_is_stopped(void)
{
    handle_t vas = sys_vas_create(NAME("tight"), 0), seg = kit_seg_in(vas, PLACE_A, 1);
    any_access_check_refused(vas, ACCESS_ALL, PLACE_A + PAGE_BYTES,
                             "no segment there in VAS 'tight'");
    kit_drop_all(seg, vas);
}

/* Both before and after the page is there. */
void test_crime_write_to_read_only_link_is_stopped(void)
{
    const char *why =
        "segment 'data' \\([0-9]+\\) is read-only in VAS 'shelf' \\([0-9]+\\): no WRITE";
    handle_t vas = sys_vas_create(NAME("shelf"), 0);
    handle_t seg = sys_seg_create(NAME("data"), PLACE_A, PAGE_BYTES, 0, 0);
    check_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
    expect_refusal(WRITE_TO, PLACE_A + 8, why);
    access_check_refused(&code_store, vas, ACCESS_DATA, PLACE_A + 8);
    kit_poke(seg, 8, 7);
    expect_refusal(WRITE_TO, PLACE_A + 8, why);
    access_check_refused(&code_store, vas, ACCESS_DATA, PLACE_A + 8);
    check_eq(kit_peek(seg, 8), 7);
    kit_drop_all(seg, vas);
}

void test_crime_write_through_read_only_view_is_stopped(void)
{
    const char *why =
        "segment 'data' \\([0-9]+\\) is read-only in VAS 'shelf' \\([0-9]+\\): no WRITE";
    handle_t vas = sys_vas_create(NAME("shelf"), 0);
    handle_t seg = sys_seg_create(NAME("data"), PLACE_A, PAGE_BYTES, 0, 0);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    kit_poke(seg, 8, 7);
    expect_refusal(WRITE_TO, PLACE_A + 8, why);
    access_check_refused(&code_store, vas, ACCESS_READ, PLACE_A + 8);
    check_eq(kit_peek(seg, 8), 7);
    kit_drop_all(seg, vas);
}

/* The read-write link of the same segment goes on working beside the read-only one. */
void test_crime_read_only_link_leaves_the_other_writable(void)
{
    handle_t reader = sys_vas_create(NAME("reader"), 0), writer = sys_vas_create(NAME("writer"), 0);
    handle_t seg = kit_seg_in(writer, PLACE_A, 1);
    struct child_task task = {.address = PLACE_A, .value = 2};
    check_eq(sys_seg_attach(reader, seg, ACCESS_READ), STATUS_OK);
    expect_refusal(WRITE_TO, PLACE_A, "segment 'test' .* is read-only in VAS 'reader'");
    access_check_refused(&code_store, reader, ACCESS_DATA, PLACE_A);
    check_eq(child_run(&code_store, writer, ACCESS_DATA, task).reason, END_EXIT);
    struct process_info info = child_run(&code_load, reader, ACCESS_READ, task);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 2);
    kit_drop_all(seg, reader, writer);
}

/* A segment with code in it. */
static handle_t seg_of_code(const struct code *code)
{
    handle_t seg = sys_seg_create(NAME("code"), PLACE_A, PAGE_BYTES, 0, 0);
    check_eq(sys_seg_write(seg, 0, (uintptr_t)code->bytes, code->nbytes), code->nbytes);
    return seg;
}

void test_crime_execution_without_the_right_is_stopped(void)
{
    handle_t vas = sys_vas_create(NAME("shelf"), 0), seg = seg_of_code(&code_spin);
    if (!kit_has_feature(FEATURE_NX)) {
        kit_drop_all(seg, vas);
        skip("the CPU has no NX");
    }
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    expect_refusal(EXECUTION_OF, PLACE_A,
                   "segment 'code' .* is read-write in VAS 'shelf' .*: no EXECUTE");
    access_check_refused(&code_jump, vas, ACCESS_ALL, PLACE_A);
    check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    check_eq(sys_seg_attach(vas, seg, ACCESS_CODE), STATUS_OK);
    expect_refusal(EXECUTION_OF, PLACE_A,
                   "segment 'code' .* is read-only in VAS 'shelf' .*: no EXECUTE");
    access_check_refused(&code_jump, vas, ACCESS_READ, PLACE_A);
    kit_drop_all(seg, vas);
}

void test_crime_execution_of_the_stack_is_stopped(void)
{
    if (!kit_has_feature(FEATURE_NX))
        skip("the CPU has no NX");
    expect_refusal(EXECUTION_OF, CHILD_STACK,
                   "segment 'test' .* is read-write in its home: no EXECUTE");
    access_check_refused(&code_jump, 0, 0, CHILD_STACK);
}

void test_crime_write_to_code_is_stopped(void)
{
    expect_refusal(WRITE_TO, CHILD_CODE, "segment 'test' .* is read-execute in its home: no WRITE");
    access_check_refused(&code_store, 0, 0, CHILD_CODE);
}

/* Code in a VAS runs, where the right is there. */
void test_view_with_execute_runs_code_of_the_vas(void)
{
    handle_t vas = kit_vas(), seg = seg_of_code(&code_exit_with);
    struct child_task task = {.address = PLACE_A, .value = 31};
    check_eq(sys_seg_attach(vas, seg, ACCESS_CODE), STATUS_OK);
    struct process_info info = child_run(&code_jump, vas, ACCESS_CODE, task);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 31);
    kit_drop_all(seg, vas);
}

/* The last bytes of a space: SYSCALL there returns to an address where nothing is. */
void test_crime_syscall_at_the_end_of_home_is_stopped(void)
{
    const uint64_t base = HOME_END - 2 * MIB;
    const uint8_t syscall[2] = {0x0f, 0x05};
    handle_t seg = kit_seg_at(base, 2 * MIB);
    struct child child;
    require(child_make(&child, "child", &code_jump));
    check_eq(sys_seg_write(seg, 2 * MIB - 2, (uintptr_t)syscall, 2), 2);
    check_eq(sys_seg_attach(child.process, seg, ACCESS_CODE), STATUS_OK);
    struct child_task task = {.address = HOME_END - 2};
    expect_refusal(EXECUTION_OF, HOME_END, "no segment there in view 0");
    require(child_start(&child, &task));
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address, HOME_END);
    kit_drop(seg);
}
