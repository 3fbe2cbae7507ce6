/* Gates: calls through them, and what the two sides see of each other. */
#include <vasco/endpoint.h>
#include <vasco/gate.h>

#include "gate_owner.h"
#include "test.h"
#include "visitors.h"

#define STACK_BYTES 16384

static _Alignas(16) char stacks[GATE_DEPTH_MAX + 1][STACK_BYTES];

static void *stack_top(size_t i)
{
    return stacks[i] + STACK_BYTES;
}

static _Noreturn void entry_sum(uint64_t badge, uint64_t word0, uint64_t word1, uint64_t unused,
                                uint64_t word2, uint64_t word3)
{
    (void)unused;
    gate_return(word0 + word1 + word2 + word3, badge, word2, word3);
}

void test_gate_call_comes_back_with_its_results(void)
{
    handle_t gate = gate_create("sum", HANDLE_HOME, (void (*)(void))entry_sum);
    require(gate > 0);
    uint64_t words[GATE_WORDS] = {1, 2, 3, 4};
    check_eq(gate_call(gate, words), STATUS_NO_STACK);
    check_eq(gate_add_stack(gate, stack_top(0), 0), STATUS_OK);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t w[GATE_WORDS] = {i, 2, 3, 4};
        check_eq(gate_call(gate, w), STATUS_OK);
        check_eq(w[0], i + 9);
        check_eq(w[1], 0);
        check_eq(w[2], 3);
        check_eq(w[3], 4);
    }
    kit_drop(gate);
}

/* --- what both sides see ---------------------------------------------------------------------- */

/* The badge of the capability that was called, the stack, and FS base. */
void test_gate_entry_finds_badge_stack_and_tls(void)
{
    struct gate_owner owner;
    require(owner_start(&owner));
    handle_t badged = sys_cap_derive(owner.gate, RIGHT_GATE_CALL, 77);
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t words[GATE_WORDS] = {OWNER_RETURN, kit_has_feature(FEATURE_FSGSBASE)};
        check_eq(gate_call(i == 0 ? owner.gate : badged, words), STATUS_OK);
        check_eq(words[0], i == 0 ? 0 : 77);
        check_eq(words[1], 0x10000);
        check_eq(words[2], CHILD_STACK + 1024 - 8);
        check(!kit_has_feature(FEATURE_FSGSBASE) || words[3] == 0x10000);
    }
    check_eq(owner_calls(&owner), 2);
    struct gate_info info = owner_gate_info(&owner);
    check_eq(info.process, kit_process_info(owner.child.process).id);
    check_eq(info.nstacks, OWNER_STACKS);
    check_eq(info.ncalls, 0);
    kit_drop(badged);
    owner_kill(&owner);
}

static volatile uint64_t entry_flags;

/* A call of this program's own gate with every register and flag chosen. */
static void call_raw(handle_t gate, uint64_t flags, struct raw_registers *r)
{
    *r = (struct raw_registers){.rax = SYSCALL_gate_call,
                                .rdi = (uint64_t)gate,
                                .rsi = 1,
                                .rdx = 2,
                                .r8 = 3,
                                .r9 = 4,
                                .r10 = 5,
                                .r12 = 12,
                                .r11 = 7,
                                .rflags = flags};
    raw_call(r);
}

static _Noreturn void entry_flags_now(void)
{
    uint64_t flags;
    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
    entry_flags = flags;
    gate_return(flags, 0, 0, 0);
}

#define FLAG_DF 0x400
#define FLAG_AC 0x40000
#define FLAG_ID 0x200000
#define FLAGS_PLAIN 0x202

void test_gate_entry_has_none_of_the_callers_flags(void)
{
    static const uint64_t flags[] = {FLAG_DF, FLAG_AC, FLAG_ID, FLAG_DF | FLAG_AC | 0x8d5};
    handle_t gate = gate_create("flags", HANDLE_HOME, entry_flags_now);
    check_eq(gate_add_stack(gate, stack_top(0), 0), STATUS_OK);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct raw_registers r;
        call_raw(gate, FLAGS_PLAIN | flags[i], &r);
        check_eq(r.rax, STATUS_OK);
        check_eq(entry_flags & ~(uint64_t)0x8d5, FLAGS_PLAIN);
        check_eq(r.rflags & (FLAG_DF | FLAG_AC | FLAG_ID), 0);
    }
    kit_drop(gate);
}

/* Nothing of what was in a register there comes back. */
void test_gate_fault_clears_every_register(void)
{
    struct gate_owner owner;
    struct raw_registers r = {.rax = SYSCALL_gate_call,
                              .rbx = 1,
                              .rsi = OWNER_FAULT,
                              .rdx = 2,
                              .rbp = 3,
                              .r12 = 12,
                              .r15 = 15,
                              .rflags = FLAGS_PLAIN};
    require(owner_start(&owner));
    r.rdi = (uint64_t)owner.gate;
    test_expect_log("process 'owner' .*write to 0x8 refused");
    raw_call(&r);
    check_eq(r.rax, STATUS_FAULTED);
    check_eq(r.rbx | r.rsi | r.rdx | r.rdi | r.rbp | r.r8 | r.r9 | r.r10 | r.r12 | r.r13 | r.r14 |
                 r.r15,
             0);
    check_eq(kit_process_info(owner.child.process).reason, END_RUNNING);
    check_eq(owner_gate_info(&owner).nfaults, 1);
    uint64_t result;
    for (int i = 0; i < 2 * OWNER_STACKS; i++)
        check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
    owner_kill(&owner);
}

/* --- stacks and depth ------------------------------------------------------------------------- */

static handle_t deep_gate;
static volatile int64_t deep_status;
static volatile uint64_t deepest;

/* Calls itself as deep as it goes. Returns how deep that was. */
static _Noreturn void entry_deeper(uint64_t badge, uint64_t depth)
{
    uint64_t words[GATE_WORDS] = {depth + 1};
    (void)badge;
    int64_t status = gate_call(deep_gate, words);
    if (status != STATUS_OK) {
        deep_status = status;
        words[0] = depth;
    }
    gate_return(words[0], words[1], 0, 0);
}

void test_gate_calls_within_calls_end_at_the_deepest(void)
{
    deep_gate = gate_create("deep", HANDLE_HOME, (void (*)(void))entry_deeper);
    for (size_t i = 0; i <= GATE_DEPTH_MAX; i++) {
        uint64_t words[GATE_WORDS] = {1};
        check_eq(gate_call(deep_gate, words), i == 0 ? STATUS_NO_STACK : STATUS_OK);
        check_eq(words[0], i);
        check_eq(deep_status, i == 0 ? 0 : STATUS_NO_STACK);
        check_eq(gate_add_stack(deep_gate, stack_top(i), 0), STATUS_OK);
    }
    for (int turn = 0; turn < 2; turn++) {
        uint64_t words[GATE_WORDS] = {1};
        check_eq(gate_call(deep_gate, words), STATUS_OK);
        check_eq(words[0], GATE_DEPTH_MAX);
        check_eq(deep_status, STATUS_TOO_DEEP);
    }
    deep_status = 0;
    kit_drop(deep_gate);
}

/* --- what a callee may not do ----------------------------------------------------------------- */

static handle_t plain_endpoint;

static _Noreturn void entry_refused(uint64_t badge, uint64_t what)
{
    struct message m = {0};
    const int64_t results[] = {
        what == 0 ? endpoint_receive(plain_endpoint, &m) : 0,
        what == 1 ? endpoint_reply(&m) : 0,
        what == 2 ? endpoint_reply_receive(plain_endpoint, &m) : 0,
        what == 3 ? sys_thread_set_handler(0, 0) : 0,
        what == 4 ? sys_thread_set_priority(0, PRIORITY_DEFAULT) : 0,
        what == 5 ? sys_thread_set_cpu(0, 0) : 0,
        what == 6 ? sys_thread_set_fault_endpoint(0, 0) : 0,
    };
    (void)badge;
    gate_return((uint64_t)results[what], 0, 0, 0);
}

void test_gate_callee_cannot_change_whose_thread_it_runs_on(void)
{
    static const int64_t expected[] = {STATUS_BUSY,    STATUS_BUSY,     STATUS_BUSY,
                                       STATUS_BUSY,    STATUS_NO_RIGHT, STATUS_NO_RIGHT,
                                       STATUS_NO_RIGHT};
    handle_t gate = gate_create("refused", HANDLE_HOME, (void (*)(void))entry_refused);
    plain_endpoint = sys_endpoint_create(NAME("test"), 0);
    check_eq(gate_add_stack(gate, stack_top(0), 0), STATUS_OK);
    for (uint64_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint64_t words[GATE_WORDS] = {i};
        check_eq(gate_call(gate, words), STATUS_OK);
        check_eq(words[0], expected[i]);
    }
    kit_drop_all(gate, plain_endpoint);
}

void test_gate_return_outside_a_gate_is_refused(void)
{
    check_eq(kit_call(SYSCALL_gate_return, (const uint64_t[6]){0}), STATUS_NOT_IN_GATE);
}

/* --- views ------------------------------------------------------------------------------------ */

/* The owner's segment is seen there, and the caller comes back to its own view. */
void test_gate_into_a_view_and_back_to_another(void)
{
    struct gate_owner owner;
    uint64_t result;
    handle_t theirs = kit_vas(), ours = kit_vas();
    handle_t seg = kit_seg_in(ours, PLACE_A, 5), other = kit_seg_in(theirs, PLACE_A, 6);
    handle_t view = kit_view(ours, ACCESS_DATA);
    require(owner_start_in(&owner, theirs, ACCESS_DATA));
    check_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(owner_call(owner.gate, OWNER_CALL, SYSCALL_vas_active, 0, 0, &result), STATUS_OK);
    check_eq(result, owner.view);
    check_eq(vas_active(), view);
    check_eq(*kit_word(PLACE_A), 5);
    check_eq(owner_call(owner.gate, OWNER_SWITCH, (uint64_t)HANDLE_HOME, OWNER_RETURN, 0, &result),
             STATUS_OK);
    check_eq(result, STATUS_OK);
    check_eq(*kit_word(PLACE_A), 5);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    owner_kill(&owner);
    kit_drop_all(seg, other, ours, theirs);
}

/* Who has locks cannot call, and a callee gives back what it has taken: whole if it returns, in the
 * middle of a change if it faults. */
void test_gate_and_locks_of_segments(void)
{
    struct gate_owner owner;
    struct room room;
    uint64_t result;
    require(room_make(&room));
    require(owner_start(&owner));
    handle_t theirs = child_view(&owner.child, room.vas, ACCESS_DATA);
    check_eq(vas_switch(room.writes), STATUS_OK);
    check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_BUSY);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
    check_eq(owner_call(owner.gate, OWNER_SWITCH, (uint64_t)theirs, OWNER_RETURN, 0, &result),
             STATUS_OK);
    check_eq(result, STATUS_OK);
    check(room_is_free(&room) && !room_is_abandoned(&room));
    test_expect_log("process 'owner' .*write to 0x8 refused");
    check_eq(owner_call(owner.gate, OWNER_SWITCH, (uint64_t)theirs, OWNER_FAULT, 0, &result),
             STATUS_FAULTED);
    check(room_is_free(&room) && room_is_abandoned(&room));
    room_put_in_order(&room);
    check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
    owner_kill(&owner);
    room_drop(&room);
}

/* --- addresses that are none ------------------------------------------------------------------ */

void test_gate_refuses_addresses_that_are_none(void)
{
    check_eq(sys_gate_create(HANDLE_HOME, 0x800000000000, NAME("test"), 0), STATUS_BAD_ADDRESS);
    check_eq(sys_gate_create(HANDLE_HOME, UINT64_MAX, NAME("test"), 0), STATUS_BAD_ADDRESS);
    handle_t gate = sys_gate_create(HANDLE_HOME, 8, NAME("test"), 0);
    require(gate > 0);
    check_eq(sys_gate_add_stack(gate, 0x800000000008, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_gate_add_stack(gate, UINT64_MAX - 7, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_gate_add_stack(gate, 0x1004, 0), STATUS_UNALIGNED);
    check_eq(sys_gate_add_stack(gate, 0x1000, 0x800000000000), STATUS_BAD_ADDRESS);
    for (int i = 0; i < GATE_STACKS_MAX; i++)
        check_eq(sys_gate_add_stack(gate, 0, 0), STATUS_OK);
    check_eq(sys_gate_add_stack(gate, 0, 0), STATUS_NO_SLOT);
    kit_drop(gate);
}

/* Nothing is mapped where it enters, or where its stack is: the caller hears of a fault. */
void test_gate_to_nowhere_is_a_fault(void)
{
    uint64_t words[GATE_WORDS] = {1, 2, 3, 4};
    handle_t gate = sys_gate_create(HANDLE_HOME, 8, NAME("test"), 0);
    check_eq(sys_gate_add_stack(gate, 0, 0), STATUS_OK);
    test_expect_log("process 'tests' .*execution of 0x8 refused");
    check_eq(gate_call(gate, words), STATUS_FAULTED);
    for (size_t i = 0; i < GATE_WORDS; i++)
        check_eq(words[i], 0);
    struct gate_info info = {0};
    check_eq(gate_info(gate, &info), STATUS_OK);
    check_eq(info.nfaults, 1);
    check_eq(info.ncalls, 0);
    kit_drop(gate);
}

/* --- the library's gates ---------------------------------------------------------------------- */

static _Thread_local uint64_t ncalls;

static void sum_of_calls(uint64_t badge, uint64_t words[GATE_WORDS], void *context)
{
    *(uint64_t *)context += words[0];
    words[0] = *(uint64_t *)context;
    words[1] = ++ncalls;
    words[2] = badge;
    words[3] = 0;
}

/* With thread-local variables of the stack, and the caller's as they were. */
void test_gate_of_the_library_calls_a_function(void)
{
    uint64_t sum = 0;
    handle_t gate = gate_open("sum", HANDLE_HOME, sum_of_calls, &sum, 1);
    require(gate > 0);
    handle_t badged = sys_cap_derive(gate, RIGHT_GATE_CALL, 77);
    ncalls = 100;
    for (uint64_t i = 1; i <= 6; i++) {
        uint64_t words[GATE_WORDS] = {i, 0, 0, 5};
        check_eq(i % 2 == 0 ? gate_call(badged, words) : gate_call_guarded(badged, words),
                 STATUS_OK);
        check_eq(words[0], i * (i + 1) / 2);
        check_eq(words[1], i);
        check_eq(words[2], 77);
        check_eq(words[3], 0);
    }
    check_eq(ncalls, 100);
    kit_drop(badged);
    check_eq(gate_shut(gate), STATUS_OK);
}
