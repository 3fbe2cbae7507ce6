/* The calls of the machine itself: console, facts, counters. */
#include <string.h>
#include <vasco/system.h>

#include "kit.h"
#include "test.h"

void test_null_call_does_nothing(void)
{
    for (size_t i = 0; i < test_scaled(1000); i++)
        require_eq(sys_null(), STATUS_OK);
}

void test_system_info_is_plausible(void)
{
    struct system_info info = kit_system_info();
    check(info.total_frames > 64 * MIB / PAGE_BYTES);
    check(info.free_frames < info.total_frames);
    check(info.charged_frames > 0);
    check(info.charged_frames < info.total_frames);
    check(info.tsc_hz > 1000000);
    check_eq(info.features >> FEATURES, 0);
    check(info.object_bytes > 0);
    check(info.ncpus >= 1);
    check_eq(info.ncounters, COUNTERS);
}

void test_system_counters_count(void)
{
    uint64_t before[COUNTERS], after[COUNTERS];
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_system_counters((uintptr_t)before, COUNTERS), STATUS_OK);
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    kit_poke(seg, 0, 1);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    sys_thread_sleep(20 * MILLISECOND);
    check_eq(sys_system_counters((uintptr_t)after, COUNTERS), STATUS_OK);
    check(after[COUNTER_SYSCALLS] > before[COUNTER_SYSCALLS]);
    check_eq(after[COUNTER_VIEW_SWITCHES], before[COUNTER_VIEW_SWITCHES] + 2);
    check_eq(after[COUNTER_PAGES_FILLED], before[COUNTER_PAGES_FILLED] + 1);
    check(after[COUNTER_TABLES] > before[COUNTER_TABLES]);
    check(after[COUNTER_TICKS] > before[COUNTER_TICKS]);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* On the fast path each switch between views that were loaded before is a load of CR3 that keeps
 * what the tag has, and none that drops it. Without tags there is nothing to keep. */
void test_system_counters_tell_what_cr3_loads_do(void)
{
    uint64_t before[COUNTERS], after[COUNTERS];
    const struct system_info info = kit_system_info();
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(sys_system_counters((uintptr_t)before, COUNTERS), STATUS_OK);
    for (int i = 0; i < 1000; i++) {
        check_eq(sys_vas_switch(view), STATUS_OK);
        check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    }
    check_eq(sys_system_counters((uintptr_t)after, COUNTERS), STATUS_OK);
    bool tags = system_uses(&info, FEATURE_PCID);
    uint64_t kept = after[COUNTER_CR3_KEEP] - before[COUNTER_CR3_KEEP];
    uint64_t flushed = after[COUNTER_CR3_FLUSH] - before[COUNTER_CR3_FLUSH];
    check_eq((tags ? kept : flushed) / 100, 20); /* a tick may wake somebody */
    check((tags ? flushed : kept) < 100);
    check(after[COUNTER_SLOW_CROSSINGS] - before[COUNTER_SLOW_CROSSINGS] < 100);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

/* Fewer counters than there are: the rest of the buffer is left alone. */
void test_system_counters_gives_as_many_as_asked_for(void)
{
    uint64_t counters[COUNTERS];
    memset(counters, 0xff, sizeof(counters));
    check_eq(sys_system_counters((uintptr_t)counters, 2), STATUS_OK);
    check(counters[0] != UINT64_MAX);
    check(counters[1] != UINT64_MAX);
    check_eq(counters[2], UINT64_MAX);
    check_eq(sys_system_counters((uintptr_t)counters, 0), STATUS_OK);
}

void test_console_writes_at_most_4096_bytes(void)
{
    const char line[] = "# a line of the console test\n";
    check_eq(sys_console_write(kit_console(), (uintptr_t)line, sizeof(line) - 1), sizeof(line) - 1);
    check_eq(sys_console_write(kit_console(), (uintptr_t)line, 0), 0);
}

/* Nobody types while the tests run. */
void test_console_without_input_says_so(void)
{
    char bytes[8];
    check_eq(sys_console_read(kit_console(), (uintptr_t)bytes, sizeof(bytes)), STATUS_NO_DATA);
}
