/* Tracing: what is recorded, who may see it, and that calls do the same as without it. */
#include <string.h>
#include <vasco/gate.h>
#include <vasco/system.h>

#include "abi/syscalls.h"
#include "abi/trace.h"
#include "gate_owner.h"
#include "smp.h"
#include "test.h"
#include "worker.h"

#define EVENTS_MAX 4096

static struct trace_event events[EVENTS_MAX];

/* All that a CPU has recorded; how many. */
static size_t fetch(uint64_t cpu)
{
    size_t n = 0;
    int64_t got = TRACE_READ_MAX;
    uint64_t first = 0;
    while (got == TRACE_READ_MAX && n + TRACE_READ_MAX <= EVENTS_MAX) {
        got =
            sys_system_trace_read(kit_system(), cpu, first, (uintptr_t)&events[n], TRACE_READ_MAX);
        n += got > 0 ? (size_t)got : 0;
        first = n > 0 ? events[n - 1].sequence + 1 : 0;
    }
    check(got >= 0);
    return n;
}

/* Tracing from the start, whatever the boot options say. */
static bool trace_begin(uint64_t nevents)
{
    check_eq(sys_system_trace(kit_system(), 0), STATUS_OK);
    return check_eq(sys_system_trace(kit_system(), nevents), STATUS_OK);
}

static void trace_end(void)
{
    check_eq(sys_system_trace(kit_system(), 0), STATUS_OK);
}

/* The first event of a kind at `from` or behind it, with this number; `n` if there is none. */
static size_t find(size_t from, size_t n, uint32_t kind, uint32_t number)
{
    while (from < n && (events[from].kind != kind || events[from].number != number))
        from++;
    return from;
}

/* The event that the call at `i` ended with: right behind it, but for interrupts. */
static size_t find_return(size_t i, size_t n)
{
    do
        i++;
    while (i < n && events[i].kind == TRACE_INTERRUPT);
    return i < n && events[i].kind == TRACE_RETURN ? i : n;
}

void test_trace_records_calls_with_results(void)
{
    require(trace_begin(1000));
    sys_null();
    sys_seg_info(0x1234, 0x5678);
    size_t n = fetch(0);
    trace_end();
    size_t null = find(0, n, TRACE_CALL, SYSCALL_null);
    size_t refused = find(null, n, TRACE_CALL, SYSCALL_seg_info);
    require(null < n && refused < n);
    check_eq(events[null].thread, kit_thread_info(0).id);
    check_eq(events[refused].values[0], 0x1234);
    check_eq(events[refused].values[1], 0x5678);
    require(find_return(null, n) < n && find_return(refused, n) < n);
    check_eq(events[find_return(null, n)].values[0], STATUS_OK);
    check_eq((int64_t)events[find_return(refused, n)].values[0], STATUS_BAD_HANDLE);
}

void test_trace_is_in_order(void)
{
    require(trace_begin(1000));
    for (int i = 0; i < 100; i++)
        sys_clock_read();
    size_t n = fetch(0);
    trace_end();
    check(n > 200);
    for (size_t i = 1; i < n; i++) {
        check_eq(events[i].sequence, events[i - 1].sequence + 1);
        check(events[i].time >= events[i - 1].time);
        check(events[i].kind < TRACE_KINDS);
    }
}

void test_trace_records_view_switches_by_name(void)
{
    handle_t vas = sys_vas_create(NAME("a traced one"), 0);
    handle_t view = kit_view(vas, ACCESS_READ);
    require(trace_begin(1000));
    sys_vas_switch(view);
    sys_vas_switch(HANDLE_HOME);
    size_t n = fetch(0);
    trace_end();
    size_t into = find(find(0, n, TRACE_CALL, SYSCALL_vas_switch), n, TRACE_VIEW, 0);
    size_t home = find(into + 1, n, TRACE_VIEW, 0);
    require(into < n && home < n);
    check_eq(events[into].values[0], kit_vas_info(vas).id);
    check_eq(strncmp((const char *)&events[into].values[1], "a traced one", NAME_BYTES), 0);
    check_eq(events[into].values[3], (uint64_t)view);
    check_eq(events[home].values[0], 0);
    check_eq(events[home].values[3], (uint64_t)HANDLE_HOME);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

void test_trace_records_faults(void)
{
    handle_t seg = kit_seg_at(PLACE_A, PAGE_BYTES), vas = kit_vas();
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require(trace_begin(1000));
    sys_vas_switch(view);
    *kit_word(PLACE_A + 8) = 1;
    sys_vas_switch(HANDLE_HOME);
    size_t n = fetch(0);
    trace_end();
    size_t fault = find(find(0, n, TRACE_CALL, SYSCALL_vas_switch), n, TRACE_FAULT, 14);
    require(fault < n);
    check_eq(events[fault].values[0], PLACE_A + 8);
    check_eq(events[fault].values[1], ACCESS_WRITE);
    check(events[fault].values[2] < HOME_END);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* A gate is entered in the process that it belongs to, and left for that of the caller. */
void test_trace_follows_a_thread_through_a_gate(void)
{
    struct gate_owner owner;
    require(owner_start(&owner));
    uint64_t words[GATE_WORDS] = {OWNER_RETURN};
    const uint64_t thread = kit_thread_info(0).id;
    require(trace_begin(1000));
    check_eq(gate_call(owner.gate, words), STATUS_OK);
    size_t n = fetch(0);
    trace_end();
    size_t call = find(0, n, TRACE_CALL, SYSCALL_gate_call);
    size_t inside = find(call, n, TRACE_THREAD, 0);
    size_t back = find(find(inside, n, TRACE_CALL, SYSCALL_gate_return), n, TRACE_THREAD, 0);
    require(call < n && inside < n && back < n);
    check_eq(events[inside].values[0], kit_process_info(owner.child.process).id);
    check_eq(events[inside].thread, thread);
    check_eq(events[back].values[0], kit_process_info(HANDLE_SELF).id);
    check_eq(events[back].thread, thread);
    owner_kill(&owner);
}

void test_trace_keeps_the_last_events(void)
{
    require(trace_begin(1));
    for (int i = 0; i < 200; i++)
        sys_null();
    size_t n = fetch(0);
    trace_end();
    check(n > 0 && n <= PAGE_BYTES / sizeof(events[0]) + 2);
    check(events[0].sequence > 300);
}

void test_trace_gives_its_memory_back(void)
{
    check_eq(sys_system_trace(kit_system(), 0), STATUS_OK);
    struct system_info before = kit_system_info();
    require(trace_begin(TRACE_EVENTS_MAX));
    check_eq(kit_system_info().charged_frames,
             before.charged_frames + before.ncpus * (TRACE_EVENTS_MAX / 64 + 1));
    trace_end();
    struct system_info after = kit_system_info();
    check_eq(after.charged_frames, before.charged_frames);
    check_eq(after.free_frames, before.free_frames);
}

void test_trace_refuses_bad_arguments(void)
{
    const handle_t system = kit_system();
    const uintptr_t out = (uintptr_t)events;
    check_eq(sys_system_trace(system, 0), STATUS_OK);
    check_eq(sys_system_trace(system, 0), STATUS_OK);
    check_eq(sys_system_trace_read(system, 0, 0, out, 1), STATUS_NO_DATA);
    check_eq(sys_system_trace(system, TRACE_EVENTS_MAX + 1), STATUS_TOO_LARGE);
    check_eq(sys_system_trace(system, UINT64_MAX), STATUS_TOO_LARGE);
    require(trace_begin(1000));
    check_eq(sys_system_trace(system, 1000), STATUS_BUSY);
    check_eq(sys_system_trace_read(system, kit_system_info().ncpus, 0, out, 1),
             STATUS_BAD_ARGUMENT);
    check_eq(sys_system_trace_read(system, UINT64_MAX, 0, out, 1), STATUS_BAD_ARGUMENT);
    check_eq(sys_system_trace_read(system, 0, 0, 0, 1), STATUS_BAD_ADDRESS);
    check_eq(sys_system_trace_read(system, 0, 0, HOME_END - 8, 1), STATUS_BAD_ADDRESS);
    check_eq(sys_system_trace_read(system, 0, 0, 0xffff800000000000, 64), STATUS_BAD_ADDRESS);
    check_eq(sys_system_trace_read(system, 0, 0, (uintptr_t)sys_system_trace, 1),
             STATUS_BAD_ADDRESS);
    check_eq(sys_system_trace_read(system, 0, UINT64_MAX, out, UINT64_MAX), 0);
    check_eq(sys_system_trace_read(system, 0, 0, out, 0), 0);
    handle_t blind = kit_without(system, RIGHT_SYSTEM_TRACE);
    check_eq(sys_system_trace(blind, 0), STATUS_NO_RIGHT);
    check_eq(sys_system_trace_read(blind, 0, 0, out, 1), STATUS_NO_RIGHT);
    kit_drop(blind);
    trace_end();
}

static uint64_t body_switch(struct worker *worker)
{
    uint64_t rounds = 0;
    for (; !worker->stop; rounds++) {
        sys_vas_switch((handle_t)worker->argument);
        sys_vas_switch(HANDLE_HOME);
        worker->result = rounds;
    }
    return rounds > 0 ? 0 : 1;
}

/* Tracing comes and goes under a CPU that does nothing but switch. */
void test_smp_trace_records_every_cpu(void)
{
    static struct worker worker;
    needs_cpus(2);
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    worker = (struct worker){.argument = (uint64_t)view};
    require(smp_start(&worker, 0, body_switch, 1));
    const uint64_t thread = kit_thread_info(worker.thread).id;
    for (int round = 0; round < 5; round++) {
        require(trace_begin(1000));
        sys_thread_sleep(5 * MILLISECOND);
        size_t n = fetch(1);
        size_t call = find(n / 2, n, TRACE_CALL, SYSCALL_vas_switch);
        check(call < n && events[call].thread == thread);
        check(find(call, n, TRACE_VIEW, 0) < n);
        trace_end();
        uint64_t seen = worker.result;
        sys_thread_sleep(5 * MILLISECOND);
        check(worker.result > seen);
    }
    worker.stop = true;
    check_eq(worker_end(&worker), 0);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}
