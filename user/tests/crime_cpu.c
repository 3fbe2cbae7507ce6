/* Crimes and tricks of a few instructions (crimes.asm, tricks.asm): each in a child of its own. */
#include <inttypes.h>

#include "child.h"
#include "test.h"

#define SURVIVES (-1)
#define PAGE_FAULT 14

/* How a crime may end: by a vector, by another one, or not at all. */
static bool ending_is(const struct process_info *info, int vector)
{
    if (vector == SURVIVES)
        return info->reason == END_EXIT && info->status == 0;
    return info->reason == END_FAULT && info->status == vector;
}

/* Announces the message, unless the crime may go unnoticed or end otherwise. */
static void crime_run(const struct code *code, int vector, int other)
{
    if (vector == other && vector != PAGE_FAULT)
        test_expect_log("process 'child' \\([0-9]+\\), thread [0-9]+: .* \\(vector %d\\) at 0x",
                        vector);
    struct process_info info = child_run(code, 0, 0, (struct child_task){0});
    if (!check(ending_is(&info, vector) || ending_is(&info, other)))
        test_note("it ended by reason %u, status %" PRId64 ", address 0x%" PRIx64, info.reason,
                  (int64_t)info.status, (uint64_t)info.address);
    if (info.reason == END_FAULT && vector != PAGE_FAULT && other != PAGE_FAULT)
        check(info.address >= CHILD_CODE && info.address < CHILD_CODE + PAGE_BYTES);
}

#define CRIME(name, vector) MAYBE_CRIME(name, vector, vector)
#define MAYBE_CRIME(name, vector, other)                                                           \
    extern const struct code code_##name;                                                          \
    void test_crime_##name##_is_stopped(void)                                                      \
    {                                                                                              \
        crime_run(&code_##name, vector, other);                                                    \
    }
#include "crimes.def"
#undef CRIME
#undef MAYBE_CRIME

/* Beside a busy process of the same priority, so that the kernel comes and goes by every way:
 * calls, interrupts, and from a call of the one straight to code of the other that was interrupted.
 * Meanwhile this thread waits and is in nobody's way. */
static void trick_run(const struct code *code)
{
    struct child busy, child;
    require(child_make(&busy, "busy", &code_spin));
    require(child_start(&busy, &(struct child_task){0}));
    require(child_make(&child, "child", code));
    require(child_start(&child, &(struct child_task){0}));
    check_eq(sys_process_wait(child.process), STATUS_OK);
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 0);
    check_eq(kit_process_info(busy.process).reason, END_RUNNING);
    child_kill(&busy);
}

#define TRICK(name)                                                                                \
    extern const struct code code_##name;                                                          \
    void test_trick_##name##_is_harmless(void)                                                     \
    {                                                                                              \
        trick_run(&code_##name);                                                                   \
    }
#include "tricks.def"
#undef TRICK

extern const struct code code_bases_odd, code_far_return;

void test_trick_kernel_addresses_as_bases_are_harmless(void)
{
    if (!kit_has_feature(FEATURE_FSGSBASE))
        skip("no FSGSBASE");
    trick_run(&code_bases_odd);
}

/* Whatever a selector names, a system call from there is refused, or is one from 64-bit code. */
void test_trick_far_return_to_any_selector_is_harmless(void)
{
    for (uint64_t selector = 0; selector < 0x80; selector++) {
        if (selector % 8 != 0 && selector % 8 != 3)
            continue;
        struct child_task task = {.value = selector};
        struct process_info info = child_run(&code_far_return, 0, 0, task);
        if (!check_eq(info.reason, END_FAULT))
            test_note("with selector 0x%" PRIx64, selector);
    }
}

/* What UMIP hides, where the kernel says that it is in use. */
void test_crime_umip_instructions_are_stopped(void)
{
    extern const struct code code_umip_sgdt, code_umip_sidt, code_umip_sldt, code_umip_smsw,
        code_umip_str;
    const struct code *const codes[] = {&code_umip_sgdt, &code_umip_sidt, &code_umip_sldt,
                                        &code_umip_smsw, &code_umip_str};
    if (!kit_has_feature(FEATURE_UMIP))
        skip("UMIP is not in use");
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        crime_run(codes[i], 13, 13);
}

/* After all of that the machine still counts. */
void test_crime_leaves_the_system_running(void)
{
    int64_t start = sys_clock_read();
    check_eq(sys_thread_sleep(2 * MILLISECOND), STATUS_OK);
    check(sys_clock_read() > start);
    struct process_info info =
        child_run(&code_exit_with, 0, 0, (struct child_task){.value = 12345});
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 12345);
}
