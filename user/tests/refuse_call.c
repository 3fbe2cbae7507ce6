/* Calls that do not exist, values outside their range, sizes that overflow. */
#include "abi/syscalls.h"
#include "objects.h"
#include "test.h"

#define KERNEL_ADDRESS 0xffffffff80000000
#define NONCANONICAL 0x0000800000000000

/* Makes a call and checks that it is refused as expected and changes nothing. */
static void call_check_refused(const struct objects *objects, uint64_t number, int64_t expected,
                               const uint64_t arguments[6])
{
    struct snapshot before, after;
    snapshot_take(&before, objects);
    int64_t result = kit_call(number, arguments);
    snapshot_take(&after, objects);
    bool same = snapshot_is_same(&before, &after);
    if (!check_eq(result, expected) || !check(same))
        test_note("call %d (0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx)", (int)number,
                  (unsigned long long)arguments[0], (unsigned long long)arguments[1],
                  (unsigned long long)arguments[2], (unsigned long long)arguments[3],
                  (unsigned long long)arguments[4], (unsigned long long)arguments[5]);
}

#define refused(call, expected, ...)                                                               \
    call_check_refused(&objects, SYSCALL_##call, STATUS_##expected, (uint64_t[6]){__VA_ARGS__})

void test_call_unknown_is_refused(void)
{
    const uint64_t numbers[] = {
        SYSCALLS,          SYSCALLS + 1,      1000,
        UINT64_C(1) << 31, UINT64_C(1) << 32, (UINT64_C(1) << 32) + SYSCALL_thread_yield,
        UINT64_C(1) << 63, UINT64_MAX,        KERNEL_ADDRESS};
    struct objects objects;
    require(objects_make(&objects));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        call_check_refused(&objects, numbers[i], STATUS_BAD_CALL, (uint64_t[6]){1, 2, 3, 4, 5, 6});
    objects_drop(&objects);
}

void test_call_unknown_from_child_leaves_it_alive(void)
{
    struct process_info info =
        child_run(&code_unknown_call, 0, 0, (struct child_task){.value = UINT64_MAX});
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, STATUS_BAD_CALL);
}

void test_seg_create_refuses_bad_sizes(void)
{
    struct objects objects;
    require(objects_make(&objects));
    refused(seg_create, BAD_ARGUMENT, NAME("s"), 0, 0, 0);
    refused(seg_create, TOO_LARGE, NAME("s"), 0, UINT64_MAX, 0);
    refused(seg_create, TOO_LARGE, NAME("s"), 0, UINT64_C(1) << 63, 0);
    refused(seg_create, TOO_LARGE, NAME("s"), 0, (UINT64_C(1) << 43) + 1, 0);
    refused(seg_create, NO_MEMORY, NAME("s"), 0, UINT64_C(1) << 42, 0);
    refused(seg_create, NO_MEMORY, NAME("s"), 0, UINT64_C(1) << 40, SEG_PAGES_2M);
    objects_drop(&objects);
}

void test_seg_create_refuses_bad_flags(void)
{
    struct objects objects;
    require(objects_make(&objects));
    refused(seg_create, BAD_ARGUMENT, NAME("s"), 0, PAGE_BYTES, SEG_FLAGS + 1);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), 0, PAGE_BYTES, UINT64_C(1) << 63);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), 0, GIB, SEG_PAGES_2M | SEG_PAGES_1G);
    objects_drop(&objects);
}

void test_seg_create_refuses_bad_bases(void)
{
    struct objects objects;
    require(objects_make(&objects));
    refused(seg_create, UNALIGNED, NAME("s"), PLACE_A + PAGE_BYTES, PAGE_BYTES, 0);
    refused(seg_create, UNALIGNED, NAME("s"), PLACE_A + 1, PAGE_BYTES, 0);
    refused(seg_create, UNALIGNED, NAME("s"), PLACE_A + 2 * MIB, 33 * MIB, 0);
    refused(seg_create, UNALIGNED, NAME("s"), PAGE_BYTES, PAGE_BYTES, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), NONCANONICAL, PAGE_BYTES, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), NONCANONICAL - 2 * MIB, PAGE_BYTES, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), KERNEL_ADDRESS, PAGE_BYTES, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), 0xffff800000000000, PAGE_BYTES, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), (uint64_t) - (int64_t)(2 * MIB), 4 * MIB, 0);
    refused(seg_create, BAD_ARGUMENT, NAME("s"), HOME_END - 2 * MIB, 4 * MIB, 0);
    objects_drop(&objects);
}

void test_seg_attach_refuses_bad_access(void)
{
    struct objects objects;
    require(objects_make(&objects));
    uint64_t seg = (uint64_t)kit_seg(PAGE_BYTES, 0), vas = (uint64_t)objects.of[OBJECT_VAS];
    refused(seg_attach, BAD_ARGUMENT, vas, seg, ACCESS_WRITE | ACCESS_EXECUTE);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, ACCESS_ALL);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, 0);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, ACCESS_WRITE);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, ACCESS_EXECUTE);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, ACCESS_ALL + 1);
    refused(seg_attach, BAD_ARGUMENT, vas, seg, UINT64_MAX);
    kit_drop((handle_t)seg);
    objects_drop(&objects);
}

void test_vas_attach_refuses_bad_access(void)
{
    struct objects objects;
    require(objects_make(&objects));
    uint64_t vas = (uint64_t)objects.of[OBJECT_VAS];
    refused(vas_attach, BAD_ARGUMENT, HANDLE_SELF, vas, 0);
    refused(vas_attach, BAD_ARGUMENT, HANDLE_SELF, vas, ACCESS_WRITE);
    refused(vas_attach, BAD_ARGUMENT, HANDLE_SELF, vas, ACCESS_ALL + 1);
    refused(vas_attach, BAD_ARGUMENT, HANDLE_SELF, vas, UINT64_MAX);
    objects_drop(&objects);
}

void test_vas_detach_refuses_the_home_view(void)
{
    struct objects objects;
    require(objects_make(&objects));
    refused(vas_detach, BAD_ARGUMENT, HANDLE_HOME);
    objects_drop(&objects);
}

void test_thread_create_refuses_bad_arguments(void)
{
    struct objects objects;
    require(objects_make(&objects));
    uint64_t process = (uint64_t)objects.of[OBJECT_PROCESS];
    const uint64_t bad[] = {KERNEL_ADDRESS, NONCANONICAL, UINT64_MAX, 0xffff800000000000};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        refused(thread_create, BAD_ADDRESS, process, bad[i], CHILD_STACK_TOP, 0, 0, 1);
        refused(thread_create, BAD_ADDRESS, process, CHILD_CODE, CHILD_STACK_TOP, 0, bad[i], 1);
    }
    refused(thread_create, BAD_ARGUMENT, process, CHILD_CODE, CHILD_STACK_TOP, 0, 0, PRIORITIES);
    refused(thread_create, BAD_ARGUMENT, process, CHILD_CODE, CHILD_STACK_TOP, 0, 0, UINT64_MAX);
    objects_drop(&objects);
}

void test_thread_refuses_bad_priority_and_tls(void)
{
    struct objects objects;
    require(objects_make(&objects));
    uint64_t thread = (uint64_t)objects.of[OBJECT_THREAD];
    refused(thread_set_priority, BAD_ARGUMENT, thread, PRIORITIES);
    refused(thread_set_priority, BAD_ARGUMENT, thread, UINT64_MAX);
    refused(thread_set_priority, BAD_ARGUMENT, 0, PRIORITIES);
    refused(thread_set_tls, BAD_ADDRESS, KERNEL_ADDRESS);
    refused(thread_set_tls, BAD_ADDRESS, NONCANONICAL);
    refused(thread_set_tls, BAD_ADDRESS, UINT64_MAX);
    objects_drop(&objects);
}

void test_wait_for_oneself_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    refused(process_wait, BAD_ARGUMENT, HANDLE_SELF);
    objects_drop(&objects);
}

void test_cap_derive_refuses_more_rights(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_t narrow = sys_cap_derive(objects.of[OBJECT_SEG], RIGHT_GRANT | RIGHT_SEG_READ, 0);
    refused(cap_derive, NO_RIGHT, (uint64_t)narrow, RIGHT_SEG_WRITE, 0);
    refused(cap_derive, NO_RIGHT, (uint64_t)narrow, 0xfff, 0);
    refused(cap_derive, BAD_ARGUMENT, (uint64_t)narrow, UINT64_MAX, 0);
    refused(cap_derive, BAD_ARGUMENT, (uint64_t)narrow, 0x8000, 0);
    refused(cap_derive, BAD_ARGUMENT, (uint64_t)narrow, UINT64_C(1) << 16, 0);
    refused(cap_place, NO_RIGHT, (uint64_t)objects.of[OBJECT_PROCESS], (uint64_t)narrow,
            RIGHT_SEG_WRITE, 0);
    kit_drop(narrow);
    objects_drop(&objects);
}

void test_seg_copy_refuses_ranges_outside_the_segment(void)
{
    static uint64_t word;
    struct objects objects;
    require(objects_make(&objects));
    uint64_t seg = (uint64_t)objects.of[OBJECT_SEG], buffer = (uintptr_t)&word;
    const uint64_t numbers[] = {SYSCALL_seg_read, SYSCALL_seg_write};
    const struct {
        uint64_t offset, nbytes;
    } bad[] = {{PAGE_BYTES, 1},     {PAGE_BYTES - 7, 8}, {PAGE_BYTES + 1, 0},
               {UINT64_MAX, 1},     {UINT64_MAX - 6, 8}, {UINT64_C(1) << 63, 8},
               {8, UINT64_MAX - 7}, {8, UINT64_MAX},     {PAGE_BYTES, UINT64_MAX}};
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
            call_check_refused(&objects, numbers[n], STATUS_BAD_ARGUMENT,
                               (uint64_t[6]){seg, bad[i].offset, buffer, bad[i].nbytes});
    objects_drop(&objects);
}

void test_system_counters_refuses_too_many(void)
{
    static uint64_t counters[COUNTERS + 1];
    struct objects objects;
    require(objects_make(&objects));
    refused(system_counters, BAD_ARGUMENT, (uintptr_t)counters, COUNTERS + 1);
    refused(system_counters, BAD_ARGUMENT, (uintptr_t)counters, UINT64_MAX);
    refused(system_counters, BAD_ARGUMENT, (uintptr_t)counters, (UINT64_C(1) << 61) + 1);
    objects_drop(&objects);
}
