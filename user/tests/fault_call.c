/* Faults that go to an endpoint: what is told there, and what each answer does. */
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/gate.h>

#include "child.h"
#include "smp.h"

#define PAGES 8
#define SIZE (PAGES * PAGE_BYTES)
#define BADGE 77
#define NOWHERE 0x1000
#define ABOVE (PRIORITY_DEFAULT + 1)
#define DEFAULT_ENDING_LOG "process 'child' .* read of 0x[0-9a-f]+ refused"

/* The first thread is the pager of a segment at PLACE_A in a VAS, for workers and children. */
static struct {
    handle_t endpoint, called; /* the second is what faults call: it has the badge */
    handle_t vas, view, seg;
    struct message m;
} room;

static uint64_t page[PAGE_BYTES / 8];

static uint64_t word_of(uint64_t offset)
{
    return 0x5000000 + offset;
}

static bool room_open(uint64_t flags)
{
    room.endpoint = sys_endpoint_create(NAME("pager"), 0);
    room.called = sys_cap_derive(room.endpoint, RIGHT_ENDPOINT_CALL | RIGHT_GRANT, BADGE);
    room.vas = kit_vas();
    room.seg = sys_seg_create(NAME("paged"), PLACE_A, SIZE, flags, 0);
    check_eq(sys_seg_attach(room.vas, room.seg, ACCESS_DATA), STATUS_OK);
    room.view = kit_view(room.vas, ACCESS_DATA);
    return check(room.endpoint > 0 && room.called > 0 && room.seg > 0 && room.view > 0);
}

static void room_close(void)
{
    kit_drop_all(room.called, room.endpoint);
    check_eq(sys_vas_detach(room.view), STATUS_OK);
    kit_drop_all(room.seg, room.vas);
}

/* --- serving ---------------------------------------------------------------------------------- */

/* The next message at the endpoint, which must be a fault of this kind and with this badge. */
static const struct fault_call *next_fault(enum fault_kind kind)
{
    static const struct fault_call nothing;
    check_eq(endpoint_receive(room.endpoint, &room.m), STATUS_OK);
    const struct fault_call *fault = fault_call_in(&room.m);
    if (!check(fault != NULL))
        return &nothing;
    check_eq(room.m.nwords, FAULT_CALL_WORDS);
    check_eq(room.m.badge, BADGE);
    check_eq(fault->kind, kind);
    return fault;
}

static int64_t answer(uint64_t what)
{
    fault_answer(&room.m, what);
    return endpoint_reply(&room.m);
}

static int64_t answer_at(handle_t view)
{
    fault_answer(&room.m, FAULT_RESUME_AT);
    room.m.nwords = 2;
    room.m.words[1] = (uint64_t)view;
    return endpoint_reply(&room.m);
}

/* How many bytes were missing. */
static int64_t supply(uint64_t offset)
{
    offset &= ~(uint64_t)(PAGE_BYTES - 1);
    for (size_t i = 0; i < PAGE_BYTES / 8; i++)
        page[i] = word_of(offset + 8 * i);
    return sys_seg_supply(room.seg, offset, (uintptr_t)page, PAGE_BYTES);
}

/* A child whose faults come here. It has not run yet. */
static bool child_faults(struct child *child, const struct code *code, struct child_task task)
{
    if (!child_make(child, "child", code))
        return false;
    task.view = (uint64_t)child_view(child, room.vas, ACCESS_DATA);
    handle_t placed = sys_cap_place(child->process, room.called, RIGHT_ENDPOINT_CALL, 0);
    sys_thread_set_priority(0, ABOVE);
    bool good =
        child_start(child, &task) && check_eq(fault_endpoint_set(child->thread, placed), STATUS_OK);
    sys_thread_set_priority(0, PRIORITY_DEFAULT);
    return good;
}

static bool child_loads(struct child *child)
{
    return child_faults(child, &code_load, (struct child_task){.address = PLACE_A + 8});
}

static void check_default_ending(struct child *child)
{
    struct process_info info = child_end(child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address, PLACE_A + 8);
}

/* --- workers ---------------------------------------------------------------------------------- */

static _Alignas(16) char stacks[WORKERS][PAGE_BYTES];

/* Each word of the segment that is wrong. */
static uint64_t body_read_all(struct worker *worker)
{
    uint64_t wrong = 0;
    wrong += fault_endpoint_set(0, room.called) != STATUS_OK;
    wrong += sys_vas_switch(room.view) != STATUS_OK;
    for (uint64_t at = 0; at < SIZE; at += 8) {
        wrong += *kit_word(PLACE_A + at) != word_of(at);
        worker->result++;
    }
    return wrong;
}

/* The pager's work for workers that read all: returns how often it was called. */
static unsigned serve_pages(int64_t nbytes)
{
    unsigned n = 0;
    for (int64_t done = 0; done < nbytes; n++) {
        const struct fault_call *fault = next_fault(FAULT_MISSING);
        int64_t missed = supply(fault->offset);
        check(missed == PAGE_BYTES || missed == 0);
        done += missed;
        if (!check_eq(answer(FAULT_RESUME), STATUS_OK))
            break;
    }
    return n;
}

/* Answers those who wait for a page that has come. */
static void serve_late_ones(void)
{
    while (endpoint_receive_until(room.endpoint, &room.m, 0) == STATUS_OK) {
        check_eq(supply(fault_call_in(&room.m)->offset), 0);
        check_eq(answer(FAULT_RESUME), STATUS_OK);
    }
}

void test_fault_call_pages_a_segment_in(void)
{
    static struct worker worker;
    const uint64_t flags[] = {SEG_PAGED, SEG_PAGED | SEG_SPARSE, SEG_PAGED | SEG_LOCKABLE};
    for (size_t i = 0; i < 3; i++) {
        require(room_open(flags[i]));
        worker = (struct worker){0};
        require(worker_start(&worker, 0, body_read_all, PRIORITY_DEFAULT));
        check_eq(serve_pages(SIZE), PAGES);
        check_eq(worker_end(&worker), 0);
        room_close();
    }
}

/* They wait for the same page: when the second is served, it is there. */
void test_fault_call_of_two_for_one_page_pages_it_once(void)
{
    static struct worker workers[2];
    require(room_open(SEG_PAGED));
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (struct worker){0};
        require(worker_start(&workers[i], i, body_read_all, PRIORITY_DEFAULT));
    }
    sys_thread_sleep(MILLISECOND);
    for (size_t i = 0; i < 2; i++) {
        const struct fault_call *fault = next_fault(FAULT_MISSING);
        check_eq(fault->thread, kit_thread_info(workers[i].thread).id);
        check_eq(fault->offset, 0);
        check_eq(supply(0), i == 0 ? PAGE_BYTES : 0);
        check_eq(answer(FAULT_RESUME), STATUS_OK);
    }
    check(serve_pages(SIZE - PAGE_BYTES) >= PAGES - 1);
    serve_late_ones();
    for (size_t i = 0; i < 2; i++)
        check_eq(worker_end(&workers[i]), 0);
    room_close();
}

/* --- what is told ----------------------------------------------------------------------------- */

static volatile uint64_t nhandled;

/* Skips an instruction of 3 bytes. */
static void handle_skip(struct fault_report *report)
{
    nhandled++;
    report->rip += 3;
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle_skip,
                      ((uintptr_t)report & ~(uintptr_t)(PAGE_BYTES - 1)) + PAGE_BYTES);
}

static void handle_in(size_t slot)
{
    sys_thread_set_handler((uintptr_t)handle_skip, (uintptr_t)stacks[slot] + PAGE_BYTES);
}

static uint64_t body_all_kinds(struct worker *worker)
{
    handle_in(0);
    fault_endpoint_set(0, room.called);
    smp_store(NOWHERE, 5);
    __asm__ volatile("ud2; nop");
    sys_vas_switch(room.view);
    worker->result = smp_load(PLACE_A + PAGE_BYTES + 16);
    int64_t slept = sys_thread_sleep(5 * MILLISECOND);
    return slept == STATUS_OK && sys_vas_active() == HANDLE_HOME;
}

void test_fault_call_tells_what_has_happened(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED));
    worker = (struct worker){0};
    nhandled = 0;
    require(worker_start(&worker, 0, body_all_kinds, PRIORITY_DEFAULT));
    const struct fault_call *fault = next_fault(FAULT_PAGE);
    check_eq(fault->vector, 14);
    check_eq(fault->address, NOWHERE);
    check_eq(fault->access, ACCESS_WRITE);
    check_eq(fault->view, HANDLE_HOME);
    check_eq(fault->vas, 0);
    check_eq(fault->seg, 0);
    check_eq(fault->thread, kit_thread_info(worker.thread).id);
    check_eq(answer(FAULT_DECLINE), STATUS_OK);
    fault = next_fault(FAULT_EXCEPTION);
    check_eq(fault->vector, 6);
    check(fault->seg != 0);
    check_eq(answer(FAULT_DECLINE), STATUS_OK);
    fault = next_fault(FAULT_MISSING);
    check_eq(fault->address, PLACE_A + PAGE_BYTES + 16);
    check_eq(fault->access, ACCESS_READ);
    check_eq(fault->view, room.view);
    check_eq(fault->vas, kit_vas_info(room.vas).id);
    check_eq(fault->seg, kit_seg_info(room.seg).id);
    check_eq(fault->offset, PAGE_BYTES + 16);
    check_eq(supply(fault->offset), PAGE_BYTES);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    sys_thread_sleep(MILLISECOND);
    check_eq(sys_cap_delete(room.view), STATUS_OK);
    fault = next_fault(FAULT_VIEW_LOST);
    check_eq(fault->view, room.view);
    check_eq(fault->vas, 0);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(worker_end(&worker), 1);
    check_eq(worker.result, word_of(PAGE_BYTES + 16));
    check_eq(nhandled, 2);
    kit_drop_all(room.called, room.endpoint, room.seg, room.vas);
}

/* RAX comes from memory; every other register, and the flags, are as before. */
static uint64_t body_registers(struct worker *worker)
{
    uint64_t flags, got;
    fault_endpoint_set(0, room.called);
    sys_vas_switch(room.view);
    register uint64_t r8 __asm__("r8") = 8, r9 __asm__("r9") = 9, r10 __asm__("r10") = 10,
                         r11 __asm__("r11") = 11, r12 __asm__("r12") = 12, r13 __asm__("r13") = 13,
                         r14 __asm__("r14") = 14, r15 __asm__("r15") = 15;
    uint64_t rdx = 2, rsi = 6, rdi = 7, rcx = PLACE_A + 24;
    __asm__ volatile("stc\n\tmovq (%%rcx), %0\n\tpushfq\n\tpopq %1"
                     : "=&a"(got), "=&b"(flags), "+d"(rdx), "+S"(rsi), "+D"(rdi), "+c"(rcx),
                       "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), "+r"(r12), "+r"(r13), "+r"(r14),
                       "+r"(r15)
                     :
                     : "memory", "cc");
    worker->result = got;
    return rdx == 2 && rsi == 6 && rdi == 7 && rcx == PLACE_A + 24 && r8 == 8 && r9 == 9 &&
           r10 == 10 && r11 == 11 && r12 == 12 && r13 == 13 && r14 == 14 && r15 == 15 &&
           (flags & 1) != 0;
}

void test_fault_call_leaves_registers_alone(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED));
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_registers, PRIORITY_DEFAULT));
    check_eq(serve_pages(PAGE_BYTES), 1);
    check_eq(worker_end(&worker), 1);
    check_eq(worker.result, word_of(24));
    room_close();
}

/* --- answers ---------------------------------------------------------------------------------- */

void test_fault_call_declined_ends_the_process(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    next_fault(FAULT_MISSING);
    test_expect_log(DEFAULT_ENDING_LOG);
    check_eq(answer(FAULT_DECLINE), STATUS_OK);
    check_default_ending(&child);
    room_close();
}

/* The child has a handler, which would go on. */
void test_fault_call_ended_ends_the_process_in_spite_of_a_handler(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_faults(&child, &code_faults, (struct child_task){0}));
    next_fault(FAULT_EXCEPTION);
    check_eq(answer(FAULT_DECLINE), STATUS_OK);
    next_fault(FAULT_EXCEPTION);
    check_eq(child_task_now(&child).result, 1); /* which its handler has counted */
    test_expect_log("process 'child' .*invalid opcode");
    check_eq(answer(FAULT_END), STATUS_OK);
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 6);
    room_close();
}

/* The segment was nowhere in the view; the pager attaches it. */
void test_fault_call_attaches_what_is_missing(void)
{
    struct child child;
    require(room_open(0));
    kit_poke(room.seg, 8, 123);
    check_eq(sys_seg_detach(room.vas, room.seg), STATUS_OK);
    require(child_loads(&child));
    const struct fault_call *fault = next_fault(FAULT_PAGE);
    check_eq(fault->vas, kit_vas_info(room.vas).id);
    check_eq(fault->seg, 0);
    check_eq(sys_seg_attach(room.vas, room.seg, ACCESS_READ), STATUS_OK);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(child_end(&child).status, 123);
    room_close();
}

/* It stands in a view where there is nothing, and goes on in another one. */
void test_fault_call_goes_on_in_another_view(void)
{
    struct child child;
    require(room_open(0));
    handle_t empty = kit_vas();
    kit_poke(room.seg, 8, 99);
    require(child_make(&child, "child", &code_load));
    handle_t at = child_view(&child, empty, ACCESS_DATA),
             full = child_view(&child, room.vas, ACCESS_DATA);
    handle_t placed = sys_cap_place(child.process, room.called, RIGHT_ENDPOINT_CALL, 0);
    sys_thread_set_priority(0, ABOVE);
    require(
        child_start(&child, &(struct child_task){.view = (uint64_t)at, .address = PLACE_A + 8}));
    check_eq(fault_endpoint_set(child.thread, placed), STATUS_OK);
    sys_thread_set_priority(0, PRIORITY_DEFAULT);
    const struct fault_call *fault = next_fault(FAULT_PAGE);
    check_eq(fault->view, at);
    check_eq(kit_thread_info(child.thread).view, at);
    check_eq(answer_at(full), STATUS_OK);
    check_eq(child_end(&child).status, 99);
    kit_drop(empty);
    room_close();
}

/* Nothing has happened then, and the call still waits for its answer. */
void test_fault_call_refuses_bad_answers(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    handle_t guarded = kit_vas(), lockable = kit_seg(PAGE_BYTES, SEG_LOCKABLE);
    check_eq(sys_seg_attach(guarded, lockable, ACCESS_DATA), STATUS_OK);
    require(child_loads(&child));
    next_fault(FAULT_MISSING);
    handle_t locks = child_view(&child, guarded, ACCESS_DATA);
    check(locks > 0);
    check_eq(answer(FAULT_END + 1), STATUS_BAD_ARGUMENT);
    check_eq(answer(UINT64_MAX), STATUS_BAD_ARGUMENT);
    room.m.nwords = 0;
    check_eq(endpoint_reply(&room.m), STATUS_BAD_ARGUMENT);
    check_eq(answer(FAULT_RESUME_AT), STATUS_BAD_ARGUMENT);
    check_eq(answer_at(0), STATUS_BAD_HANDLE);
    check_eq(answer_at(HANDLE_SELF), STATUS_WRONG_TYPE);
    check_eq(answer_at(locks), STATUS_BUSY);
    fault_answer(&room.m, FAULT_RESUME);
    message_add_cap(&room.m, room.seg, MESSAGE_ALL_RIGHTS);
    check_eq(endpoint_reply(&room.m), STATUS_BAD_ARGUMENT);
    check_eq(supply(0), PAGE_BYTES);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(child_end(&child).status, word_of(8));
    kit_drop_all(guarded, lockable);
    room_close();
}

static uint64_t body_read_one(struct worker *worker)
{
    fault_endpoint_set(0, room.called);
    sys_vas_switch(room.view);
    worker->result = smp_load(PLACE_A);
    return (uint64_t)sys_vas_active();
}

/* It keeps them while it waits. */
void test_fault_call_moves_nobody_who_holds_locks(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED | SEG_LOCKABLE));
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_read_one, PRIORITY_DEFAULT));
    next_fault(FAULT_MISSING);
    check_eq(answer_at(HANDLE_HOME), STATUS_BUSY);
    check_eq(kit_seg_info(room.seg).writer, kit_thread_info(worker.thread).id);
    check_eq(supply(0), PAGE_BYTES);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(worker_end(&worker), room.view);
    check_eq(worker.result, word_of(0));
    room_close();
}

/* --- ends ------------------------------------------------------------------------------------- */

void test_fault_call_to_a_pager_that_ends_is_declined(void)
{
    struct child child, pager;
    require(room_open(SEG_PAGED));
    require(child_make(&pager, "pager", &code_serve));
    require(child_serves(&pager, room.endpoint, SERVE_EXIT));
    test_expect_log(DEFAULT_ENDING_LOG);
    require(child_loads(&child));
    check_default_ending(&child);
    check_eq(child_end(&pager).reason, END_EXIT);
    room_close();
}

/* While the fault waits to be received; and before it happens. */
void test_fault_call_to_what_is_gone_is_declined(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    sys_thread_sleep(MILLISECOND);
    test_expect_log(DEFAULT_ENDING_LOG);
    check_eq(sys_object_destroy(room.endpoint), STATUS_OK);
    check_default_ending(&child);
    room_close();
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    test_expect_log(DEFAULT_ENDING_LOG);
    check_eq(sys_object_destroy(room.endpoint), STATUS_OK);
    check_default_ending(&child);
    room_close();
}

/* A capability that is revoked while the fault waits calls nobody. */
void test_fault_call_through_a_revoked_capability_is_declined(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    sys_thread_sleep(MILLISECOND);
    check_eq(sys_cap_revoke(room.endpoint), STATUS_OK);
    test_expect_log(DEFAULT_ENDING_LOG);
    check_eq(endpoint_receive_until(room.endpoint, &room.m, 0), STATUS_TIMED_OUT);
    check_default_ending(&child);
    kit_drop(room.endpoint);
    check_eq(sys_vas_detach(room.view), STATUS_OK);
    kit_drop_all(room.seg, room.vas);
}

void test_fault_call_of_a_client_that_ends_is_over(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    next_fault(FAULT_MISSING);
    child_kill(&child);
    check_eq(supply(0), PAGE_BYTES);
    check_eq(answer(FAULT_RESUME), STATUS_ENDED);
    room_close();
}

/* What is there for a receiver of short messages: nothing. */
static int64_t receive_short(void)
{
    int64_t result = SYSCALL_endpoint_receive;
    uint64_t rdi = (uint64_t)room.endpoint;
    uint64_t tag = MESSAGE_TAG(0, 0, MESSAGE_SHORT | MESSAGE_DEADLINE);
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(rdi), "+S"(tag)
                     : "b"((uint64_t)0)
                     : "rcx", "r11", "rdx", "r10", "r8", "r9", "memory");
    return result;
}

/* Eight words do not fit: the client hears of it as if nobody had answered. */
void test_fault_call_to_who_takes_short_messages_is_declined(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    require(child_loads(&child));
    sys_thread_sleep(MILLISECOND);
    test_expect_log(DEFAULT_ENDING_LOG);
    check_eq(receive_short(), STATUS_TIMED_OUT);
    check_default_ending(&child);
    room_close();
}

/* The view goes while its thread waits: that is told first, and then it faults again. */
static uint64_t body_lose_view(struct worker *worker)
{
    fault_endpoint_set(0, room.called);
    sys_vas_switch(room.view);
    handle_in(0);
    worker->result = smp_load(PLACE_A);
    return (uint64_t)sys_vas_active();
}

void test_fault_call_of_a_view_lost_meanwhile_is_told_too(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED));
    worker = (struct worker){0};
    nhandled = 0;
    require(worker_start(&worker, 0, body_lose_view, PRIORITY_DEFAULT));
    next_fault(FAULT_MISSING);
    check_eq(sys_cap_delete(room.view), STATUS_OK);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(next_fault(FAULT_VIEW_LOST)->view, room.view);
    check_eq(answer(FAULT_RESUME), STATUS_OK);
    check_eq(next_fault(FAULT_PAGE)->view, HANDLE_HOME);
    check_eq(answer(FAULT_DECLINE), STATUS_OK);
    check_eq(worker_end(&worker), HANDLE_HOME);
    check_eq(nhandled, 1);
    kit_drop_all(room.called, room.endpoint, room.seg, room.vas);
}

/* --- setting it ------------------------------------------------------------------------------- */

static uint64_t body_unset(struct worker *worker)
{
    handle_in(0);
    fault_endpoint_set(0, room.called);
    worker->result = (uint64_t)fault_endpoint_set(0, 0);
    smp_load(NOWHERE);
    return 0;
}

void test_fault_endpoint_is_removed_by_zero(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED));
    worker = (struct worker){0};
    nhandled = 0;
    require(worker_start(&worker, 0, body_unset, PRIORITY_DEFAULT));
    check_eq(worker_end(&worker), 0);
    check_eq(worker.result, STATUS_OK);
    check_eq(nhandled, 1);
    check_eq(endpoint_receive_until(room.endpoint, &room.m, 0), STATUS_TIMED_OUT);
    room_close();
}

void test_fault_endpoint_refuses(void)
{
    struct child child;
    require(room_open(SEG_PAGED));
    handle_t receives = sys_cap_derive(room.endpoint, RIGHT_ENDPOINT_RECEIVE, 0);
    check_eq(fault_endpoint_set(0, receives), STATUS_NO_RIGHT);
    check_eq(fault_endpoint_set(0, room.seg), STATUS_WRONG_TYPE);
    check_eq(fault_endpoint_set(0, -1), STATUS_BAD_HANDLE);
    require(child_make(&child, "child", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = UINT64_MAX}));
    check_eq(fault_endpoint_set(child.thread, HANDLE_SELF), STATUS_WRONG_TYPE);
    check_eq(fault_endpoint_set(child.thread, 0), STATUS_OK);
    handle_t weak = kit_without(child.thread, RIGHT_THREAD_CONTROL);
    check_eq(fault_endpoint_set(weak, 0), STATUS_NO_RIGHT);
    check_eq(sys_object_destroy(child.process), STATUS_OK);
    check_eq(fault_endpoint_set(child.thread, 0), STATUS_ENDED);
    child_drop(&child);
    kit_drop_all(weak, receives);
    room_close();
}

/* --- gates ------------------------------------------------------------------------------------ */

static _Alignas(16) char gate_stack[PAGE_BYTES];

static void entry_faults(void)
{
    smp_load(NOWHERE);
}

static uint64_t body_call_gate(struct worker *worker)
{
    uint64_t words[GATE_WORDS] = {0};
    fault_endpoint_set(0, room.called);
    int64_t status = gate_call((handle_t)worker->argument, words);
    smp_store(NOWHERE, 1);
    return (uint64_t)-status;
}

/* Behind a gate it is somebody else's code: the caller's pager has no say, and hears nothing. */
void test_fault_call_is_not_made_for_a_fault_in_a_gate(void)
{
    static struct worker worker;
    require(room_open(SEG_PAGED));
    handle_t gate = gate_create("faults", HANDLE_HOME, entry_faults);
    check_eq(gate_add_stack(gate, gate_stack + sizeof(gate_stack), 0), STATUS_OK);
    worker = (struct worker){.argument = (uint64_t)gate};
    test_expect_log("in a gate: read of 0x1000 refused");
    require(worker_start(&worker, 0, body_call_gate, PRIORITY_DEFAULT));
    check_eq(next_fault(FAULT_PAGE)->access, ACCESS_WRITE);
    check_eq(sys_object_destroy(worker.thread), STATUS_OK);
    check_eq(answer(FAULT_RESUME), STATUS_ENDED);
    kit_drop_all(worker.thread, gate);
    room_close();
}

/* --- several CPUs ----------------------------------------------------------------------------- */

void test_smp_fault_calls_of_all_cpus_page_each_page_once(void)
{
    static struct worker workers[WORKERS];
    size_t n = smp_cpus();
    needs_cpus(2);
    for (size_t turn = 0; turn < test_scaled(16); turn++) {
        require(room_open(SEG_PAGED));
        for (size_t i = 0; i < n; i++) {
            workers[i] = (struct worker){0};
            require(smp_start(&workers[i], i, body_read_all, i));
        }
        serve_pages(SIZE);
        for (size_t i = 0; i < n; i++) {
            while (workers[i].result < SIZE / 8) {
                serve_late_ones();
                sys_thread_sleep(0);
            }
            check_eq(worker_end(&workers[i]), 0);
        }
        room_close();
    }
}
