/* Gates: what ends while a thread is inside. */
#include <vasco/endpoint.h>
#include <vasco/futex.h>

#include "gate_owner.h"
#include "test.h"
#include "visitors.h"

static struct gate_owner owner, inner;
static struct worker client;
static uint64_t client_words[GATE_WORDS];
static handle_t client_gate, client_view;

/* Makes one call, from a view or from home; its words are then the results. */
static uint64_t body_client(struct worker *worker)
{
    if (client_view != 0 && sys_vas_switch(client_view) != STATUS_OK)
        return 1000;
    worker->result = 1;
    int64_t status = gate_call(client_gate, client_words);
    worker->result = 2;
    return (uint64_t)status;
}

/* How a client can stand in a gate. */
enum place {
    RUNS,
    SLEEPS,
    CALLS, /* an endpoint at which nobody receives */
    WAITS, /* at a futex */
    NESTED_RUNS,
    NESTED_SLEEPS,
    PLACES
};

static handle_t idle_endpoint;

static void set_words(uint64_t what, uint64_t word1, uint64_t word2, uint64_t word3)
{
    const uint64_t words[GATE_WORDS] = {what, word1, word2, word3};
    for (size_t i = 0; i < GATE_WORDS; i++)
        client_words[i] = words[i];
}

static void choose_words(enum place place)
{
    switch (place) {
    case SLEEPS:
        set_words(OWNER_CALL, SYSCALL_thread_sleep, UINT64_MAX, 0);
        return;
    case CALLS:
        set_words(OWNER_CALL, SYSCALL_endpoint_call,
                  (uint64_t)owner_place(&owner, idle_endpoint, RIGHT_ENDPOINT_CALL), 0);
        return;
    case WAITS:
        set_words(OWNER_CALL, SYSCALL_futex_wait, CHILD_STACK, 0);
        return;
    case NESTED_RUNS:
    case NESTED_SLEEPS:
        set_words(OWNER_NEST, (uint64_t)owner_place(&owner, inner.gate, RIGHT_GATE_CALL),
                  place == NESTED_RUNS ? OWNER_SPIN : OWNER_CALL, SYSCALL_thread_sleep);
        return;
    default:
        set_words(OWNER_SPIN, 0, 0, 0);
    }
}

static bool is_nested(enum place place)
{
    return place == NESTED_RUNS || place == NESTED_SLEEPS;
}

/* Two owners, and a client that is in the gate of the first, or of the second by way of the
 * first. */
static bool enter_from(handle_t gate, handle_t view, enum place place)
{
    idle_endpoint = sys_endpoint_create(NAME("idle"), 0);
    if (!owner_start(&owner) || !owner_start(&inner))
        return false;
    choose_words(place);
    client_gate = gate != 0 ? gate : owner.gate;
    client_view = view;
    client = (struct worker){0};
    if (!worker_start(&client, 0, body_client, PRIORITY_DEFAULT))
        return false;
    check_soon(owner_calls(is_nested(place) ? &inner : &owner) == 1);
    sys_thread_sleep(2 * MILLISECOND);
    return check_eq(owner_gate_info(&owner).ncalls, 1);
}

static bool enter(enum place place)
{
    return enter_from(0, 0, place);
}

/* The client has come home with this. */
static void check_thrown_back(int64_t status)
{
    check_eq(worker_end_soon(&client), status);
    for (size_t i = 0; i < GATE_WORDS; i++)
        check_eq(client_words[i], 0);
}

/* Every stack is free again. */
static void check_is_whole(const struct gate_owner *whole)
{
    uint64_t result;
    check_eq(owner_gate_info(whole).ncalls, 0);
    for (int i = 0; i < 2 * OWNER_STACKS; i++)
        check_eq(owner_call(whole->gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
    check_eq(kit_process_info(whole->child.process).reason, END_RUNNING);
}

static void leave(void)
{
    owner_kill(&owner);
    owner_kill(&inner);
    kit_drop(idle_endpoint);
}

/* --- the owner -------------------------------------------------------------------------------- */

void test_gate_owner_destroyed_throws_back_who_is_inside(void)
{
    for (enum place place = RUNS; place < PLACES; place++) {
        uint64_t result;
        require(enter(place));
        check_eq(sys_object_destroy(owner.child.process), STATUS_OK);
        check_thrown_back(STATUS_ENDED);
        check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_ENDED);
        check_eq(owner_gate_info(&owner).process, 0);
        owner_drop(&owner);
        check_is_whole(&inner);
        owner_kill(&inner);
        kit_drop(idle_endpoint);
    }
}

/* The owner in the middle learns of it from its own call, and goes on. */
void test_gate_innermost_owner_destroyed_throws_back_to_the_middle(void)
{
    for (enum place place = NESTED_RUNS; place <= NESTED_SLEEPS; place++) {
        require(enter(place));
        owner_kill(&inner);
        check_eq(worker_end_soon(&client), STATUS_OK);
        check_eq(client_words[0], STATUS_ENDED);
        check_eq(client_words[1], 0);
        check_is_whole(&owner);
        owner_kill(&owner);
        kit_drop(idle_endpoint);
    }
}

void test_gate_callee_that_ends_thread_or_process(void)
{
    uint64_t result;
    require(owner_start(&owner));
    check_eq(owner_call(owner.gate, OWNER_CALL, SYSCALL_thread_exit, 3, 0, &result), STATUS_ENDED);
    check_eq(result, 0);
    check_is_whole(&owner);
    check_eq(owner_call(owner.gate, OWNER_CALL, SYSCALL_object_destroy, (uint64_t)HANDLE_SELF, 0,
                        &result),
             STATUS_ENDED);
    check_eq(kit_process_info(owner.child.process).reason, END_DESTROYED);
    owner_drop(&owner);
    require(owner_start(&owner));
    check_eq(owner_call(owner.gate, OWNER_CALL, SYSCALL_process_exit, 4, 0, &result), STATUS_ENDED);
    check_eq(kit_process_info(owner.child.process).reason, END_EXIT);
    check_eq(kit_process_info(owner.child.process).status, 4);
    owner_drop(&owner);
}

/* --- the gate and its capabilities ------------------------------------------------------------ */

void test_gate_destroyed_throws_back_who_is_inside(void)
{
    for (enum place place = RUNS; place < PLACES; place++) {
        uint64_t result;
        require(enter(place));
        check_eq(sys_object_destroy(owner.gate), STATUS_OK);
        check_thrown_back(STATUS_DESTROYED);
        check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_DESTROYED);
        check_is_whole(&inner);
        leave();
    }
}

/* Not who has used another. A call through a parent of it goes on, too. */
void test_gate_capability_gone_throws_back_who_has_used_it(void)
{
    for (enum place place = RUNS; place < PLACES; place++) {
        for (int revoke = 0; revoke < 2; revoke++) {
            require(enter(place));
            handle_t other = sys_cap_derive(owner.gate, RIGHT_GATE_CALL, 0);
            kit_drop(other);
            check_eq(owner_gate_info(&owner).ncalls, 1);
            handle_t again = sys_cap_derive(owner.gate, RIGHT_INFO | RIGHT_GRANT, 0);
            if (revoke)
                check_eq(sys_cap_revoke(owner.gate), STATUS_OK);
            check_eq(owner_gate_info(&owner).ncalls, 1);
            kit_drop(owner.gate);
            check_thrown_back(STATUS_BAD_HANDLE);
            owner.gate = again;
            if (!revoke)
                check_eq(owner_gate_info(&owner).ncalls, 0);
            check_is_whole(&inner);
            if (revoke)
                child_kill(&owner.child);
            else
                owner_kill(&owner);
            owner_kill(&inner);
            kit_drop(idle_endpoint);
        }
    }
}

/* The owner in the middle learns of it: its capability was revoked. */
void test_gate_capability_of_the_middle_revoked(void)
{
    for (enum place place = NESTED_RUNS; place <= NESTED_SLEEPS; place++) {
        require(enter(place));
        check_eq(sys_cap_revoke(inner.gate), STATUS_OK);
        check_eq(worker_end_soon(&client), STATUS_OK);
        check_eq(client_words[0], STATUS_BAD_HANDLE);
        check_is_whole(&owner);
        check_is_whole(&inner);
        leave();
    }
}

/* --- views ------------------------------------------------------------------------------------ */

static _Alignas(16) char fault_stack[8192];
static volatile int64_t told_after; /* what the call had returned when a lost view was told */

static void on_lost(struct fault_report *report)
{
    told_after = (int64_t)report->rax;
    sys_thread_exit((uint64_t)report->kind);
}

static uint64_t body_client_with_handler(struct worker *worker)
{
    sys_thread_set_handler((uintptr_t)on_lost, (uintptr_t)fault_stack + sizeof(fault_stack));
    return body_client(worker);
}

/* The client's own, while it is inside: it stays there, and when it comes home it is told as if it
 * had stood in the view. */
void test_gate_callers_view_lost_is_told_when_it_comes_back(void)
{
    for (int returns = 0; returns < 2; returns++) {
        handle_t vas = kit_vas();
        client_view = kit_view(vas, ACCESS_DATA);
        require(owner_start(&owner));
        set_words(OWNER_CALL, SYSCALL_thread_sleep, returns ? 20 * MILLISECOND : UINT64_MAX, 0);
        client_gate = owner.gate;
        client = (struct worker){0};
        told_after = 0;
        require(worker_start(&client, 0, body_client_with_handler, PRIORITY_DEFAULT));
        check_soon(owner_calls(&owner) == 1);
        check_eq(sys_vas_detach(client_view), STATUS_OK);
        check_eq(owner_gate_info(&owner).ncalls, 1);
        if (!returns)
            check_eq(sys_object_destroy(owner.child.process), STATUS_OK);
        check_eq(worker_end_soon(&client), FAULT_VIEW_LOST);
        check_eq(told_after, returns ? STATUS_DESTROYED : STATUS_ENDED);
        kit_drop(vas);
        owner_kill(&owner);
    }
    client_view = 0;
}

/* The gate's: who is inside has lost its view, which is a fault there; and nobody enters again. */
void test_gate_view_lost_is_a_fault_of_who_is_inside(void)
{
    uint64_t result;
    for (int sleeps = 0; sleeps < 2; sleeps++) {
        handle_t vas = kit_vas();
        require(owner_start_in(&owner, vas, ACCESS_DATA));
        if (sleeps)
            set_words(OWNER_CALL, SYSCALL_thread_sleep, 20 * MILLISECOND, 0);
        else
            set_words(OWNER_SPIN, 0, 0, 0);
        client_gate = owner.gate;
        client = (struct worker){0};
        require(worker_start(&client, 0, body_client, PRIORITY_DEFAULT));
        check_soon(owner_calls(&owner) == 1);
        test_expect_log("process 'owner' .*view");
        check_eq(sys_cap_revoke(vas), STATUS_OK);
        check_thrown_back(STATUS_FAULTED);
        check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_DESTROYED);
        check_eq(owner_gate_info(&owner).ncalls, 0);
        kit_drop(vas);
        owner_kill(&owner);
    }
}

/* By who is inside: it comes home, as ever, and returns from there. */
void test_gate_view_detached_from_inside(void)
{
    uint64_t result;
    handle_t vas = kit_vas();
    require(owner_start_in(&owner, vas, ACCESS_DATA));
    check_eq(
        owner_call(owner.gate, OWNER_CALL, SYSCALL_vas_detach, (uint64_t)owner.view, 0, &result),
        STATUS_OK);
    check_eq(result, STATUS_OK);
    check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_DESTROYED);
    owner_kill(&owner);
    kit_drop(vas);
}

/* --- by who is inside ------------------------------------------------------------------------- */

/* It does not learn what its call has returned, but the call has been made. */
void test_gate_destroyed_from_inside(void)
{
    uint64_t result;
    require(owner_start(&owner));
    handle_t theirs = owner_place(&owner, owner.gate, RIGHT_GATE_CALL | RIGHT_DESTROY);
    check_eq(
        owner_call(owner.gate, OWNER_CALL, SYSCALL_object_destroy, (uint64_t)theirs, 0, &result),
        STATUS_DESTROYED);
    check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_DESTROYED);
    owner_kill(&owner);
}

/* A pool with the owner in it, and with more than goes in one step. */
void test_gate_pool_destroyed_from_inside(void)
{
    uint64_t result;
    handle_t pool = kit_pool(200);
    require(owner_start_from(&owner, pool));
    handle_t vas = sys_vas_create(NAME("test"), pool);
    handle_t theirs = owner_place(&owner, pool, RIGHT_DESTROY);
    check_eq(
        owner_call(owner.gate, OWNER_CALL, SYSCALL_object_destroy, (uint64_t)theirs, 0, &result),
        STATUS_ENDED);
    check_eq(sys_object_destroy(pool), STATUS_DESTROYED);
    owner_drop(&owner);
    kit_drop_all(vas, pool);
}

/* --- the client ------------------------------------------------------------------------------- */

void test_gate_client_destroyed_frees_its_stacks(void)
{
    for (enum place place = RUNS; place < PLACES; place++) {
        require(enter(place));
        check_eq(sys_object_destroy(client.thread), STATUS_OK);
        check_eq(kit_thread_info(client.thread).reason, END_DESTROYED);
        check_is_whole(&owner);
        check_is_whole(&inner);
        kit_drop(client.thread);
        leave();
    }
}

/* A whole process, which makes one call and ends with what it returns. */
static bool client_process(struct child *child, handle_t gate)
{
    uint64_t words[6] = {0, client_words[0], client_words[1], 0, client_words[2], client_words[3]};
    const struct child_task task = {.value = SYSCALL_gate_call};
    if (!child_make(child, "client", &code_call_once))
        return false;
    words[0] = (uint64_t)sys_cap_place(child->process, gate, RIGHT_GATE_CALL, 0);
    check_eq(sys_seg_write(child->task, CHILD_ARGUMENTS, (uintptr_t)words, sizeof(words)),
             sizeof(words));
    return child_start(child, &task);
}

void test_gate_client_process_destroyed_frees_its_stacks(void)
{
    for (enum place place = RUNS; place < PLACES; place++) {
        struct child child;
        idle_endpoint = sys_endpoint_create(NAME("idle"), 0);
        require(owner_start(&owner) && owner_start(&inner));
        choose_words(place);
        require(client_process(&child, owner.gate));
        check_soon(owner_calls(is_nested(place) ? &inner : &owner) == 1);
        sys_thread_sleep(2 * MILLISECOND);
        check_eq(owner_gate_info(&owner).ncalls, 1);
        child_kill(&child);
        check_is_whole(&owner);
        check_is_whole(&inner);
        leave();
    }
}

/* By the capability to it that the owner has: the callee ends the client that called it. */
void test_gate_client_destroyed_by_the_callee(void)
{
    struct child child;
    require(owner_start(&owner));
    set_words(OWNER_CALL, SYSCALL_thread_sleep, 20 * MILLISECOND, 0);
    require(client_process(&child, owner.gate));
    check_eq(child_end(&child).reason, END_EXIT);
    require(child_make(&child, "client", &code_call_once));
    handle_t theirs = owner_place(&owner, child.process, RIGHT_DESTROY);
    uint64_t words[6] = {0, OWNER_CALL, SYSCALL_object_destroy, 0, (uint64_t)theirs, 0};
    words[0] = (uint64_t)sys_cap_place(child.process, owner.gate, RIGHT_GATE_CALL, 0);
    check_eq(sys_seg_write(child.task, CHILD_ARGUMENTS, (uintptr_t)words, sizeof(words)),
             sizeof(words));
    require(child_start(&child, &(struct child_task){.value = SYSCALL_gate_call}));
    check_eq(child_end(&child).reason, END_DESTROYED);
    check_is_whole(&owner);
    owner_kill(&owner);
}

/* Whoever is served while it is in a gate gets the answer of another thread: none. */
void test_gate_caller_thrown_back_while_its_call_is_served(void)
{
    struct message m;
    idle_endpoint = 0;
    require(enter(CALLS));
    check_eq(endpoint_receive(idle_endpoint, &m), STATUS_OK);
    owner_kill(&owner);
    check_eq(endpoint_reply(&m), STATUS_ENDED);
    check_thrown_back(STATUS_ENDED);
    owner_kill(&inner);
    kit_drop(idle_endpoint);
}
