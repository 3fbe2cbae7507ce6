/* Gates: frames and where they lead, in every order of ending. The fast path is not here. */
#include "obj/gate.h"

#include "mem/frame.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "world.h"

#define NOWNERS 3
#define NSTACKS 2
#define TOP 0x700000
#define RIP 0x1234
#define RSP 0x5678

/* Processes that own a gate each, with a thread that sleeps; and every gate's handle in every
 * process, init's last. */
static struct owner {
    handle_t process; /* of init */
    struct process *owner;
    struct gate *gate;
    handle_t gates[NOWNERS]; /* of its own */
} owners[NOWNERS + 1];
#define CLIENT NOWNERS

static handle_t place(struct process *process, struct gate *gate, uint64_t rights)
{
    assert_ok(cap_reserve(&process->caps));
    return process_place(process, gate->object.caps, rights, 0);
}

static struct gate *gate_of(handle_t handle)
{
    struct cap *cap;
    assert_ok(cap_find(cpu_this()->caps, handle, OBJECT_GATE, 0, &cap));
    return container_of(cap->object, struct gate, object);
}

static int setup(void **state)
{
    world_setup(state);
    owners[CLIENT].owner = world.init;
    for (int i = 0; i < NOWNERS; i++) {
        owners[i].owner = world_enter(&owners[i].process);
        handle_t own = must(sys_gate_create(HANDLE_HOME, WORLD_ENTRY, 'g', 0, 0));
        owners[i].gate = gate_of(own);
        for (int stack = 0; stack < NSTACKS; stack++)
            must(sys_gate_add_stack(own, TOP + (uint64_t)stack * PAGE_SIZE, 0));
        assert_ptr_equal(world_return(sys_thread_sleep(UINT64_MAX)), world.thread);
    }
    for (int from = 0; from <= CLIENT; from++) {
        for (int to = 0; to < NOWNERS; to++)
            owners[from].gates[to] =
                place(owners[from].owner, owners[to].gate, RIGHT_GATE_CALL | RIGHT_DESTROY);
    }
    check_everything();
    return 0;
}

static int teardown(void **state)
{
    for (int i = 0; i < NOWNERS; i++)
        process_end(owners[i].owner, (struct ending){END_DESTROYED, 0, 0});
    return machine_teardown(state);
}

/* The running thread, which is in process `from`, calls the gate of `to`. */
static int64_t call(int from, int to)
{
    const uint64_t a[6] = {(uint64_t)owners[from].gates[to]};
    world.thread->context.frame.rip = RIP + (uint64_t)from;
    world.thread->context.frame.rsp = RSP + (uint64_t)from;
    int64_t status = world_call(SYSCALL_gate_call, a);
    check_everything();
    return status;
}

static int64_t leave_gate_now(void)
{
    const uint64_t a[6] = {0};
    int64_t status = world_call(SYSCALL_gate_return, a);
    check_everything();
    return status;
}

/* It runs in this process, at home, and in so many gates. */
static void assert_in(int where, uint32_t ngates)
{
    const struct cpu *cpu = cpu_this();
    uint32_t n = 0;
    assert_ptr_equal(cpu->thread, world.thread);
    assert_ptr_equal(cpu->caps, &owners[where].owner->caps);
    assert_ptr_equal(cpu->switch_caps, &owners[where].owner->caps);
    assert_ptr_equal(thread_process(world.thread), owners[where].owner);
    assert_ptr_equal(thread_view(world.thread), owners[where].owner->home_view);
    for (const struct gate_frame *f = thread_gate(world.thread); f != NULL; f = f->below)
        n++;
    assert_int_equal(n, ngates);
    assert_int_equal(world.thread->gates_left, GATE_DEPTH_MAX - (int32_t)ngates);
}

/* It has come back to its call in `where` with this. */
static void assert_back_in(int where, uint32_t ngates, int64_t status)
{
    const struct trap_frame *f = &world.thread->context.frame;
    check_everything();
    assert_in(where, ngates);
    assert_int_equal(f->rip, RIP + (uint64_t)where);
    assert_int_equal(f->rsp, RSP + (uint64_t)where);
    assert_int_equal((int64_t)f->rax, status);
}

/* From init through the first `n` gates. */
static void go_in(int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(call(i == 0 ? CLIENT : i - 1, i), WORLD_MESSAGE);
    assert_in(n == 0 ? CLIENT : n - 1, (uint32_t)n);
}

static void test_gate_calls_and_returns(void **state)
{
    (void)state;
    struct usage before = usage_now();
    for (int depth = 1; depth <= NOWNERS; depth++) {
        go_in(depth);
        for (int i = depth; i-- > 0;) {
            assert_int_equal(gate_count_calls(owners[i].gate), 1);
            assert_int_equal(leave_gate_now(), WORLD_MESSAGE);
            assert_int_equal(gate_count_calls(owners[i].gate), 0);
            assert_back_in(i == 0 ? CLIENT : i - 1, (uint32_t)i, STATUS_OK);
        }
    }
    assert_int_equal(leave_gate_now(), STATUS_NOT_IN_GATE);
    assert_usage(before);
}

/* --- thrown back ------------------------------------------------------------------------------ */

enum reason {
    PROCESS_ENDS,
    GATE_DESTROYED,
    CAPABILITY_GONE,
    REASONS
};

static const status_t told[] = {STATUS_ENDED, STATUS_DESTROYED, STATUS_BAD_HANDLE};

/* Something ends that lets the call go no further than into process `from`. */
static void bring_about(enum reason reason, int from, int to)
{
    struct cap *cap;
    switch (reason) {
    case PROCESS_ENDS:
        process_end(owners[to].owner, (struct ending){END_DESTROYED, 0, 0});
        break;
    case GATE_DESTROYED:
        object_destroy(&owners[to].gate->object);
        break;
    default:
        assert_ok(cap_lookup(&owners[from].owner->caps, owners[from].gates[to], &cap));
        cap_remove(cap);
        break;
    }
    machine_settle();
}

/* The running thread, or one that sleeps; at each level, from each depth. */
static void throw_back(enum reason reason, int depth, int level, int state)
{
    int from = level == 0 ? CLIENT : level - 1;
    go_in(depth);
    if (state == THREAD_BLOCKED)
        assert_null(world_return(sys_thread_sleep(UINT64_MAX)));
    bring_about(reason, from, level);
    check_everything();
    assert_ptr_equal(machine_run(), world.thread);
    assert_back_in(from, (uint32_t)level, told[reason]);
    assert_false(world.thread->back.pending);
}

static void test_gate_throws_back_over_several_levels(void **state)
{
    static const int states[] = {THREAD_RUNNING, THREAD_BLOCKED};
    for (enum reason reason = 0; reason < REASONS; reason++) {
        for (int depth = 1; depth <= NOWNERS; depth++) {
            for (int level = 0; level < depth; level++) {
                for (size_t i = 0; i < array_count(states); i++) {
                    throw_back(reason, depth, level, states[i]);
                    teardown(state);
                    setup(state);
                }
            }
        }
    }
}

/* The process in the middle ends while the thread is further in, which it learns when it returns:
 * or before that. */
static void test_gate_throws_back_over_a_middle_that_has_ended(void **state)
{
    (void)state;
    go_in(3);
    process_end(owners[1].owner, (struct ending){END_DESTROYED, 0, 0});
    assert_in(2, 3);
    assert_int_equal(leave_gate_now(), WORLD_MESSAGE);
    assert_back_in(0, 1, STATUS_ENDED);
}

/* Two reasons before it runs again: the outer one counts. */
static void test_gate_thrown_back_twice_lands_once(void **state)
{
    (void)state;
    go_in(3);
    assert_null(world_return(sys_thread_sleep(UINT64_MAX)));
    bring_about(CAPABILITY_GONE, 1, 2);
    assert_true(world.thread->back.pending);
    bring_about(GATE_DESTROYED, CLIENT, 0);
    assert_ptr_equal(machine_run(), world.thread);
    assert_back_in(CLIENT, 0, STATUS_DESTROYED);
}

/* --- from inside ------------------------------------------------------------------------------ */

/* Its view is left at once, and there is more work than its own call does. */
static void test_gate_destroyed_from_inside_leaves_the_rest_to_the_sweeper(void **state)
{
    (void)state;
    go_in(2);
    assert_int_equal(sys_object_destroy(owners[1].gates[1]), STATUS_OK);
    assert_ptr_equal(world_return(STATUS_OK), world.thread);
    assert_back_in(0, 1, STATUS_DESTROYED);
    assert_int_equal(sys_object_destroy(owners[0].gates[0]), STATUS_OK);
    assert_ptr_equal(world_return(STATUS_OK), world.thread);
    assert_back_in(CLIENT, 0, STATUS_DESTROYED);
}

/* What it knew of where it was it does not know of where it comes to. */
static void test_gate_thrown_back_while_it_clears_its_view_is_told_of_its_own(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = world_attach(vas);
    must(sys_vas_switch(view));
    assert_int_equal(call(CLIENT, 0), WORLD_MESSAGE);
    world.thread->notes = THREAD_KNOWS;
    assert_null(world_return(sys_thread_sleep(UINT64_MAX)));
    bring_about(CAPABILITY_GONE, CLIENT, 0);
    assert_int_equal(world.thread->notes & THREAD_KNOWS, 0);
    assert_ptr_equal(machine_run(), world.thread);
    must(sys_vas_switch(HANDLE_HOME));
}

/* --- views ------------------------------------------------------------------------------------ */

/* The view that a frame returns to stays as memory, and as nothing else. */
static void test_gate_pins_the_view_that_it_returns_to(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    struct usage before = usage_now();
    handle_t handle = world_attach(vas);
    struct view *view = WORLD_OBJECT(handle, view);
    must(sys_vas_switch(handle));
    assert_int_equal(call(CLIENT, 0), WORLD_MESSAGE);
    assert_int_equal(view->pins, 1);
    object_destroy(world_object(vas));
    machine_settle();
    assert_true(view->gone);
    assert_int_equal(view->pins, 1);
    assert_in(0, 1);
    world.thread->handler =
        (struct fault_handler){.entry = WORLD_ENTRY, .stack = WORLD_BUFFER + MIB};
    assert_int_equal(leave_gate_now(), WORLD_MESSAGE);
    assert_in(CLIENT, 0);
    assert_int_equal(world.thread->context.frame.rip, WORLD_ENTRY); /* told that the view is lost */
    must(sys_cap_delete(vas));
    assert_true(usage_now().object_bytes < before.object_bytes);
}

/* --- the end of a gate ------------------------------------------------------------------------ */

static void test_gate_closed_gives_no_stack_and_takes_none(void **state)
{
    (void)state;
    go_in(1);
    gate_close(owners[0].gate);
    gate_check(owners[0].gate);
    assert_null(owners[0].gate->free);
    assert_int_equal(leave_gate_now(), WORLD_MESSAGE);
    assert_null(owners[0].gate->free);
    assert_int_equal(call(CLIENT, 0), STATUS_NO_STACK);
    process_end(owners[0].owner, (struct ending){END_DESTROYED, 0, 0});
    assert_int_equal(gate_add_stack(owners[0].gate, TOP, 0), STATUS_ENDED);
    assert_int_equal(call(CLIENT, 0), STATUS_ENDED);
}

static void test_gate_stacks_come_back_from_a_thread_that_ends_inside(void **state)
{
    (void)state;
    struct thread *thread = world.thread;
    handle_t other = world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    go_in(NOWNERS);
    world.thread = WORLD_OBJECT(other, thread);
    thread_end(thread, (struct ending){END_DESTROYED, 0, 0});
    assert_ptr_equal(machine_run(), world.thread);
    check_everything();
    for (int i = 0; i < NOWNERS; i++)
        assert_int_equal(gate_count_calls(owners[i].gate), 0);
    assert_in(CLIENT, 0);
}

#define GATE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATE_TEST(test_gate_calls_and_returns),
        GATE_TEST(test_gate_throws_back_over_several_levels),
        GATE_TEST(test_gate_throws_back_over_a_middle_that_has_ended),
        GATE_TEST(test_gate_thrown_back_twice_lands_once),
        GATE_TEST(test_gate_destroyed_from_inside_leaves_the_rest_to_the_sweeper),
        GATE_TEST(test_gate_thrown_back_while_it_clears_its_view_is_told_of_its_own),
        GATE_TEST(test_gate_pins_the_view_that_it_returns_to),
        GATE_TEST(test_gate_closed_gives_no_stack_and_takes_none),
        GATE_TEST(test_gate_stacks_come_back_from_a_thread_that_ends_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
