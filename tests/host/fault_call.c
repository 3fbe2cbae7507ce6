/* Faults that go to an endpoint: what waits where, and with which registers. */
#include "obj/fault_call.h"

#include <arch/vectors.h>

#include "obj/endpoint.h"
#include "obj/fault.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "world.h"

#define NOWHERE 0x1000
#define MILLISECOND 1000000
#define BADGE 5
#define EIGHT_WORDS MESSAGE_TAG(0, 0, 0)
#define DEAD_ONES 20 /* more than one call takes off the list, twice */

/* The client is another process, whose one thread runs; init is the pager. */
static struct {
    handle_t endpoint, process;
    struct thread *thread;
    struct trap_frame frame; /* its registers when it faulted */
} client;

static int64_t message_call_of(uint64_t number, uint64_t tag, uint64_t word0, uint64_t word1)
{
    const uint64_t a[6] = {(uint64_t)client.endpoint, tag, word0, word1};
    return world_call(number, a);
}

static int setup(void **state)
{
    world_setup(state);
    client.endpoint = must(sys_endpoint_create('e', 0, 0));
    world_enter(&client.process);
    client.thread = cpu_this()->thread;
    struct process *process = client.thread->process;
    handle_t called;
    assert_ok(process_check_place(process, world_cap(client.endpoint), BADGE));
    assert_ok(cap_reserve_many(&process->caps, 1));
    called = process_place(process, world_cap(client.endpoint), RIGHT_ENDPOINT_CALL, BADGE);
    must(sys_thread_set_fault_endpoint(0, called));
    return 0;
}

/* The client's registers are all different, and it faults; init goes on. */
static void client_faults(void)
{
    uint64_t *words = (uint64_t *)&client.thread->context.frame;
    for (size_t i = 0; i < offsetof(struct trap_frame, vector) / 8; i++)
        words[i] = 1000 + i;
    client.thread->context.frame.vector = VECTOR_PAGE_FAULT;
    client.frame = client.thread->context.frame;
    fault_page(NOWHERE, ACCESS_WRITE, WORLD_ENTRY);
    assert_int_equal(client.thread->state, THREAD_BLOCKED);
    assert_ptr_equal(machine_run(), world.thread);
}

static void assert_registers_kept(void)
{
    assert_memory_equal(&client.frame, &client.thread->context.frame, sizeof(client.frame));
}

/* init's registers after it has received. */
static const struct trap_frame *receive(void)
{
    assert_int_equal(message_call_of(SYSCALL_endpoint_receive, EIGHT_WORDS, 0, 0), WORLD_MESSAGE);
    return &world.thread->context.frame;
}

static int64_t answer(uint64_t word0, uint64_t word1)
{
    int64_t status = message_call_of(SYSCALL_endpoint_reply, MESSAGE_TAG(2, 0, 0), word0, word1);
    check_everything();
    return status;
}

static void test_fault_call_gives_eight_words_and_keeps_registers(void **state)
{
    (void)state;
    client_faults();
    check_everything();
    const struct trap_frame *f = receive();
    assert_int_equal(f->rax, 0);
    assert_int_equal(f->rdi, BADGE);
    assert_int_equal(f->rsi, MESSAGE_TAG(FAULT_CALL_WORDS, 0, MESSAGE_FAULT));
    assert_int_equal(f->rdx, FAULT_PAGE | (uint64_t)VECTOR_PAGE_FAULT << 32);
    assert_int_equal(f->r10, NOWHERE);
    assert_int_equal(f->r8, ACCESS_WRITE);
    assert_int_equal(f->r9, HANDLE_HOME);
    assert_int_equal(f->r12, 0);
    assert_int_equal(f->r13, 0);
    assert_int_equal(f->r14, 0);
    assert_int_equal(f->r15, client.thread->object.id);
    assert_registers_kept();
    assert_ok(answer(FAULT_RESUME, 0));
    sched_yield();
    assert_ptr_equal(world_return(0), client.thread);
    assert_registers_kept();
    assert_int_equal(client.thread->fault.state, FAULT_CALL_NONE);
}

/* By the fast way that answers and receives in one: registers are no answer's. The next fault comes
 * to who waits already. */
static void test_fault_call_is_answered_by_reply_receive(void **state)
{
    (void)state;
    client_faults();
    receive();
    assert_int_equal(
        message_call_of(SYSCALL_endpoint_reply_receive, MESSAGE_TAG(1, 0, 0), FAULT_RESUME, 0),
        STATUS_TIMED_OUT);
    assert_ptr_equal(world_return(0), client.thread);
    assert_registers_kept();
    assert_int_equal(world.thread->state, THREAD_BLOCKED);
    client_faults();
    assert_int_equal(world.thread->context.frame.r10, NOWHERE);
    assert_ok(answer(FAULT_RESUME, 0));
}

static void test_fault_call_that_nobody_answers_keeps_registers_too(void **state)
{
    (void)state;
    client.thread->handler.entry = WORLD_ENTRY;
    client.thread->handler.stack = WORLD_BUFFER;
    client_faults();
    must(sys_object_destroy(client.endpoint));
    assert_registers_kept();
    assert_int_equal(client.thread->fault.state, FAULT_CALL_WAITS);
    check_everything();
    client.thread->handler.entry = 0;
    sched_yield();
    world_return(0);
    assert_int_equal(WORLD_OBJECT(client.process, process)->ending.reason, END_FAULT);
    assert_int_equal(WORLD_OBJECT(client.process, process)->ending.address, NOWHERE);
}

static void test_fault_call_answer_is_checked_before_anything_happens(void **state)
{
    (void)state;
    client_faults();
    receive();
    assert_int_equal(answer(FAULT_END + 1, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(answer(FAULT_RESUME_AT, 0), STATUS_BAD_HANDLE);
    assert_int_equal(
        message_call_of(SYSCALL_endpoint_reply, MESSAGE_TAG(1, 0, 0), FAULT_RESUME_AT, HANDLE_HOME),
        STATUS_BAD_ARGUMENT);
    assert_int_equal(message_call_of(SYSCALL_endpoint_reply, 0, FAULT_RESUME, 0),
                     STATUS_BAD_ARGUMENT);
    assert_ptr_equal(world.thread->rendezvous.serves, client.thread);
    assert_registers_kept();
    assert_ok(answer(FAULT_RESUME_AT, HANDLE_HOME));
    assert_int_equal(answer(FAULT_RESUME, 0), STATUS_ENDED);
}

/* Wherever the answer sends it: it runs nowhere in a process that has ended and is not cleared. */
static void test_fault_call_answer_does_not_revive_an_ended_process(void **state)
{
    (void)state;
    client_faults();
    receive();
    process_end(client.thread->process, (struct ending){END_DESTROYED, 0, 0});
    assert_ok(answer(FAULT_RESUME_AT, HANDLE_HOME));
    assert_int_equal(client.thread->state, THREAD_READY);
    assert_ptr_equal(world_return(0), world.thread);
    check_everything();
    must(sys_cap_delete(client.process));
}

/* Threads of a process that has just ended stand at the endpoint: too many for one step. */
static void test_fault_call_passes_any_number_of_dead_receivers(void **state)
{
    (void)state;
    must(sys_thread_sleep(MILLISECOND));
    assert_ptr_equal(world_return(0), world.thread);
    handle_t dead = world_process();
    handle_t placed = must(sys_cap_place(dead, client.endpoint, RIGHT_ENDPOINT_RECEIVE, 0));
    for (int i = 0; i < DEAD_ONES; i++) {
        must(sys_cap_delete(world_thread(dead, PRIORITY_DEFAULT + 1)));
        assert_ptr_not_equal(world_return(0), world.thread);
        const uint64_t a[6] = {(uint64_t)placed, EIGHT_WORDS};
        assert_int_equal(world_call(SYSCALL_endpoint_receive, a), STATUS_TIMED_OUT);
        assert_ptr_equal(world_return(STATUS_TIMED_OUT), world.thread);
    }
    machine.now += MILLISECOND;
    sched_tick();
    assert_ptr_equal(world_return(0), client.thread);
    process_end(WORLD_OBJECT(dead, process), (struct ending){END_DESTROYED, 0, 0});
    fault_page(NOWHERE, ACCESS_READ, WORLD_ENTRY);
    assert_int_equal(client.thread->fault.state, FAULT_CALL_AGAIN);
    assert_int_equal(client.thread->state, THREAD_RUNNING);
    fault_go_on(0);
    assert_int_equal(client.thread->fault.state, FAULT_CALL_AGAIN);
    fault_go_on(0);
    assert_int_equal(client.thread->fault.state, FAULT_CALL_WAITS);
    assert_int_equal(client.thread->state, THREAD_BLOCKED);
    assert_ptr_equal(machine_run(), world.thread);
    assert_int_equal(receive()->r10, NOWHERE);
}

/* A fault that the tables do not explain is mended only so often, and refused ever after. */
static void test_fault_that_repeats_is_refused_again_after_it_was_refused(void **state)
{
    (void)state;
    must(sys_seg_attach(HANDLE_SELF, world_seg(GIB, PAGE_SIZE, SEG_EAGER), ACCESS_READ));
    unsigned nrefused = 0;
    for (int i = 0; i < 20; i++) {
        fault_page(GIB, ACCESS_READ, WORLD_ENTRY);
        if (client.thread->state == THREAD_RUNNING)
            continue;
        nrefused++;
        assert_ptr_equal(machine_run(), world.thread);
        receive();
        assert_ok(answer(FAULT_RESUME, 0));
        sched_yield();
        assert_ptr_equal(world_return(0), client.thread);
    }
    assert_in_range(nrefused, 10, 15);
}

#define CALL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL_TEST(test_fault_call_gives_eight_words_and_keeps_registers),
        CALL_TEST(test_fault_call_is_answered_by_reply_receive),
        CALL_TEST(test_fault_call_that_nobody_answers_keeps_registers_too),
        CALL_TEST(test_fault_call_answer_is_checked_before_anything_happens),
        CALL_TEST(test_fault_call_answer_does_not_revive_an_ended_process),
        CALL_TEST(test_fault_call_passes_any_number_of_dead_receivers),
        CALL_TEST(test_fault_that_repeats_is_refused_again_after_it_was_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
