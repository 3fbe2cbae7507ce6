/* The end of a pool: everything that is charged to it ends with it, whoever uses it. */
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/thread.h>

#include "child.h"
#include "test.h"
#include "worker.h"

#define FRAMES 200

/* A capability to something destroyed says so, and can still be deleted. */
static void check_dead(handle_t cap)
{
    struct cap_info info;
    check_eq(sys_cap_info(cap, (uintptr_t)&info), STATUS_DESTROYED);
    kit_drop(cap);
}

static void destroy_pool(handle_t pool)
{
    check_eq(sys_object_destroy(pool), STATUS_OK);
    check_dead(pool);
}

static void check_child_dead(const struct child *child)
{
    const handle_t caps[] = {child->process, child->thread, child->code, child->stack, child->task};
    for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
        check_dead(caps[i]);
}

/* A pool beside it keeps the frame in which pools lie: what is used is then exact. */
static struct {
    handle_t other;
    uint64_t used;
} exact;

static void exact_begin(void)
{
    exact.other = kit_pool(0);
    thread_trim_stacks();
    exact.used = kit_pool_info(0).used_frames;
}

static void exact_end(void)
{
    thread_trim_stacks();
    check_eq(kit_pool_info(0).used_frames, exact.used);
    kit_drop(exact.other);
}

static uint64_t body_wait_for_process(struct worker *worker)
{
    return (uint64_t)sys_process_wait((handle_t)worker->argument);
}

void test_pool_destroyed_ends_a_process_that_runs(void)
{
    static struct worker waiter;
    struct child child;
    exact_begin();
    handle_t pool = kit_pool(FRAMES);
    require(child_make_in(&child, pool, "guest", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    waiter = (struct worker){.argument = (uint64_t)child.process};
    require(worker_start(&waiter, 0, body_wait_for_process, PRIORITY_DEFAULT + 1));
    sys_thread_sleep(2 * MILLISECOND);
    destroy_pool(pool);
    check_child_dead(&child);
    check_eq(worker_end(&waiter), STATUS_OK);
    exact_end();
}

/* --- views and links ------------------------------------------------------------------------ */

static struct {
    volatile handle_t view;
    volatile uint32_t kind;
    volatile bool lost;
} stander;

static void handle_lost(struct fault_report *report)
{
    stander.kind = report->kind;
    stander.lost = true;
}

static void body_stand(void *argument)
{
    static char own[FAULT_STACK_BYTES];
    (void)argument;
    if (fault_handler_set(handle_lost, own, sizeof(own)) != STATUS_OK ||
        sys_vas_switch(stander.view) != STATUS_OK)
        return;
    while (!stander.lost)
        ;
}

/* This thread stands in a view of the VAS, and so does another. */
void test_pool_destroyed_takes_its_vases_from_under_threads(void)
{
    exact_begin();
    handle_t pool = kit_pool(FRAMES), vas = sys_vas_create(NAME("guest"), pool);
    handle_t seg = sys_seg_create(NAME("guest"), PLACE_A, PAGE_BYTES, 0, pool);
    handle_t view = kit_view(vas, ACCESS_DATA);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    stander.view = view;
    stander.lost = false;
    handle_t thread = thread_start(body_stand, NULL, PRIORITY_DEFAULT);
    require(thread > 0);
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(kit_thread_info(thread).view, view);
    require_eq(sys_vas_switch(view), STATUS_OK);
    *kit_word(PLACE_A) = 1;
    destroy_pool(pool);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(kit_thread_info(thread).view, HANDLE_HOME);
    check_eq(sys_vas_switch(view), STATUS_BAD_HANDLE);
    check_dead(vas);
    check_dead(seg);
    check_eq(thread_join(thread), STATUS_OK);
    check_eq(stander.kind, FAULT_VIEW_LOST);
    exact_end();
}

void test_pool_destroyed_unlinks_its_segments_elsewhere(void)
{
    handle_t vas = kit_vas(), kept = kit_seg_in(vas, PLACE_B, 7), view = kit_view(vas, ACCESS_DATA);
    handle_t pool = kit_pool(FRAMES);
    handle_t seg = sys_seg_create(NAME("guest"), PLACE_A, PAGE_BYTES, 0, pool);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    *kit_word(PLACE_A) = 1;
    destroy_pool(pool);
    check_eq(sys_vas_active(), view);
    check_eq(*kit_word(PLACE_B), 7);
    check_eq(sys_seg_write(kept, 0, PLACE_A, 8), STATUS_BAD_ADDRESS);
    check_eq(kit_vas_info(vas).nlinks, 1);
    check_dead(seg);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(kept, vas);
}

void test_pool_destroyed_takes_its_pools(void)
{
    struct child child;
    exact_begin();
    handle_t outer = kit_pool(FRAMES), middle = sys_pool_create(NAME("middle"), 150, outer),
             inner = sys_pool_create(NAME("inner"), 100, middle);
    handle_t seg = sys_seg_create(NAME("guest"), 0, PAGE_BYTES, 0, middle);
    require(child_make_in(&child, inner, "guest", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    sys_thread_yield();
    uint64_t used = kit_pool_info(outer).used_frames;
    destroy_pool(middle);
    check_eq(kit_pool_info(outer).used_frames, 0);
    check(used >= 150);
    check_dead(inner);
    check_dead(seg);
    check_child_dead(&child);
    destroy_pool(outer);
    exact_end();
}

/* --- who waits ------------------------------------------------------------------------------ */

static uint64_t body_call(struct worker *worker)
{
    struct message message = {.nwords = 1};
    return (uint64_t)endpoint_call((handle_t)worker->argument, &message);
}

static uint64_t body_receive(struct worker *worker)
{
    struct message message;
    return (uint64_t)endpoint_receive((handle_t)worker->argument, &message);
}

/* Callers whose call nobody has received, receivers, and a caller whose server goes with the
 * pool. */
void test_pool_destroyed_wakes_who_waits_at_its_endpoints(void)
{
    static struct worker workers[4];
    handle_t pool = kit_pool(FRAMES), called = sys_endpoint_create(NAME("called"), pool),
             idle = sys_endpoint_create(NAME("idle"), pool), outside = sys_endpoint_create(0, 0, 0);
    struct child server;
    require(child_make_in(&server, pool, "server", &code_serve));
    require(child_serves(&server, outside, SERVE_HOLD));
    const handle_t at[] = {called, called, idle, outside};
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){.argument = (uint64_t)at[i]};
        require(worker_start(&workers[i], i, at[i] == idle ? body_receive : body_call,
                             PRIORITY_DEFAULT + 1));
    }
    sys_thread_sleep(2 * MILLISECOND);
    for (size_t i = 0; i < 4; i++)
        check_eq(kit_thread_info(workers[i].thread).reason, END_RUNNING);
    destroy_pool(pool);
    check_eq(worker_end(&workers[0]), STATUS_DESTROYED);
    check_eq(worker_end(&workers[1]), STATUS_DESTROYED);
    check_eq(worker_end(&workers[2]), STATUS_DESTROYED);
    check_eq(worker_end(&workers[3]), STATUS_ENDED);
    check_child_dead(&server);
    check_dead(called);
    check_dead(idle);
    kit_drop(outside);
}

/* --- from inside, and while it is busy ------------------------------------------------------ */

void test_pool_destroyed_by_its_own_process(void)
{
    struct child child;
    struct cap_info info;
    exact_begin();
    handle_t pool = kit_pool(FRAMES);
    require(child_make_in(&child, pool, "guest", &code_calls));
    kit_poke(child.task, CHILD_ARGUMENTS,
             (uint64_t)sys_cap_place(child.process, pool, RIGHT_DESTROY, 0));
    require(child_start(&child, &(struct child_task){.value = SYSCALL_object_destroy}));
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(sys_cap_info(pool, (uintptr_t)&info), STATUS_DESTROYED);
    kit_drop(pool);
    check_child_dead(&child);
    exact_end();
}

void test_pool_destroyed_while_its_processes_make_things(void)
{
    const uint64_t numbers[] = {SYSCALL_vas_create, SYSCALL_process_create};
    struct child children[2];
    exact_begin();
    for (size_t round = 0; round < test_scaled(32); round++) {
        handle_t pool = kit_pool(20 * FRAMES);
        for (size_t i = 0; i < 2; i++) {
            require(child_make_in(&children[i], pool, "busy", &code_calls));
            require(child_start(&children[i], &(struct child_task){.value = numbers[i]}));
        }
        sys_thread_sleep(MILLISECOND);
        check(child_task_now(&children[0]).result > 0);
        destroy_pool(pool);
        check_child_dead(&children[0]);
        check_child_dead(&children[1]);
    }
    exact_end();
}
