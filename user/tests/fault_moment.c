/* Faults that come at the worst moment: again and again, behind a call cut short, in a handler. */
#include <vasco/endpoint.h>

#include "child.h"
#include "test.h"
#include "tree.h"
#include "worker.h"

#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)
#define MOMENTS 30       /* in which something may happen */
#define LARGE (60 * MIB) /* takes a few milliseconds to clear */

/* One instruction touches one address, each time of a fresh segment: each time it is to be
 * filled. */
void test_fault_at_a_place_filled_often_is_not_a_repetition(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    for (uint64_t i = 0; i < 20; i++) {
        handle_t seg = kit_seg_at(PLACE_A, PAGE_BYTES);
        check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
        *kit_word(PLACE_A) = i;
        check_eq(sys_seg_detach(vas, seg), STATUS_OK);
        kit_drop(seg);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

/* --- lost views ----------------------------------------------------------------------------- */

static _Alignas(16) char fault_stack[PAGE_BYTES];
#define FAULT_STACK_TOP ((uintptr_t)fault_stack + PAGE_BYTES)

static struct {
    volatile handle_t view;
    volatile bool stands, lost, handles;
} lone;

static void handle_lost(struct fault_report *report)
{
    lone.lost = report->kind == FAULT_VIEW_LOST;
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle_lost, FAULT_STACK_TOP);
}

/* A revocation that is cut short, since somebody deletes the capability; then a view is lost. */
static uint64_t body_cut_short(struct worker *worker)
{
    sys_thread_set_handler((uintptr_t)handle_lost, FAULT_STACK_TOP);
    int64_t status = sys_cap_revoke((handle_t)worker->argument);
    sys_vas_switch(lone.view);
    lone.stands = true;
    while (!worker->stop && !lone.lost)
        ;
    return (uint64_t)status;
}

void test_fault_of_a_lost_view_is_told_after_a_call_cut_short(void)
{
    static struct worker worker;
    struct tree tree;
    handle_t vas = kit_vas();
    lone.view = kit_view(vas, ACCESS_READ);
    lone.stands = lone.lost = false;
    require(tree_make(&tree, 100000));
    worker = (struct worker){.argument = (uint64_t)tree.trunk};
    require(worker_start(&worker, 0, body_cut_short, PRIORITY_LOW));
    sys_thread_sleep(MILLISECOND);
    kit_drop(tree.trunk);
    tree.trunk = 0;
    while (!lone.stands)
        sys_thread_sleep(MILLISECOND);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    sys_thread_sleep(20 * MILLISECOND);
    check(lone.lost);
    worker.stop = true;
    check_eq(worker_end(&worker), STATUS_BAD_HANDLE);
    tree_drop(&tree);
    kit_drop(vas);
}

/* A page fault is being handled, in a view, and somebody else takes the view away. */
static void handle_slowly(struct fault_report *report)
{
    lone.lost = lone.lost || report->kind == FAULT_VIEW_LOST;
    lone.handles = true;
    while (lone.handles)
        ;
    report->rip += 3;
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle_lost, FAULT_STACK_TOP);
}

static uint64_t body_fault_in_view(struct worker *worker)
{
    (void)worker;
    sys_thread_set_handler((uintptr_t)handle_slowly, FAULT_STACK_TOP);
    sys_vas_switch(lone.view);
    __asm__ volatile("movq (%0), %%rax" : : "c"(PLACE_A) : "rax", "memory");
    return 0;
}

void test_fault_of_a_view_lost_in_a_handler_waits(void)
{
    static struct worker worker;
    handle_t vas = kit_vas();
    lone.view = kit_view(vas, ACCESS_READ);
    lone.lost = lone.handles = false;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_fault_in_view, PRIORITY_LOW));
    while (!lone.handles)
        sys_thread_sleep(MILLISECOND);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    sys_thread_sleep(2 * MILLISECOND);
    lone.handles = false;
    check_eq(worker_end(&worker), 0);
    check(lone.lost);
    kit_drop(vas);
}

/* --- while one's own call clears up ----------------------------------------------------------- */

static uint64_t body_destroy_in_view(struct worker *worker)
{
    sys_thread_set_handler((uintptr_t)handle_lost, FAULT_STACK_TOP);
    sys_vas_switch(lone.view);
    sys_object_destroy((handle_t)worker->argument);
    return sys_vas_active() == HANDLE_HOME;
}

/* Somebody takes the view while the thread waits for something else to be cleared. False if that
 * was cleared too soon. */
static bool lose_view_while_clearing(void)
{
    static struct worker worker;
    handle_t vas = kit_vas(), big = kit_seg(LARGE, SEG_EAGER);
    lone.view = kit_view(vas, ACCESS_READ);
    lone.lost = false;
    worker = (struct worker){.argument = (uint64_t)big};
    if (!worker_start(&worker, 0, body_destroy_in_view, PRIORITY_LOW))
        return false;
    sys_thread_sleep(0); /* until the next tick */
    bool in_time = kit_thread_info(worker.thread).reason == END_RUNNING &&
                   kit_thread_info(worker.thread).view == lone.view;
    check_eq(sys_vas_detach(lone.view), STATUS_OK);
    uint64_t at_home = worker_end(&worker);
    if (in_time)
        check_eq(at_home, lone.lost);
    in_time = in_time && lone.lost;
    kit_drop_all(big, vas);
    return in_time;
}

/* That is not the thread's own doing. */
void test_fault_of_a_view_lost_while_clearing_is_told(void)
{
    for (int tries = 0; tries < MOMENTS; tries++) {
        if (lose_view_while_clearing())
            return;
    }
    check(!"the view was never lost in time");
}

/* And if it is, it is not told. */
void test_fault_of_a_view_lost_by_ones_own_call_is_none(void)
{
    static struct worker worker;
    handle_t pool = kit_pool(17000);
    handle_t big = sys_seg_create(NAME("big"), 0, LARGE, SEG_EAGER, pool); /* ends first */
    handle_t vas = sys_vas_create(NAME("own"), pool);
    lone.view = kit_view(vas, ACCESS_READ);
    lone.lost = false;
    worker = (struct worker){.argument = (uint64_t)pool};
    require(worker_start(&worker, 0, body_destroy_in_view, PRIORITY_LOW));
    sys_thread_sleep(MILLISECOND);
    check_eq(worker_end(&worker), 1);
    check(!lone.lost);
    kit_drop_all(big, vas, pool);
}

/* --- a wake among the work -------------------------------------------------------------------- */

static struct message held;
static uint64_t free_when_woken;

static uint64_t body_call(struct worker *worker)
{
    int64_t status = endpoint_call((handle_t)worker->argument, &held);
    free_when_woken = kit_system_info().free_frames;
    return (uint64_t)-status;
}

/* Who is woken by the end of its server runs before that is cleared away. */
void test_lives_end_wakes_before_it_clears(void)
{
    static struct worker high;
    struct child child;
    handle_t endpoint = sys_endpoint_create(NAME("held"), 0), big = kit_seg(LARGE, SEG_EAGER);
    require(child_make(&child, "server", &code_serve));
    check(sys_cap_place(child.process, big, RIGHT_SEG_READ, 0) > 0);
    kit_drop(big);
    require(child_serves(&child, endpoint, SERVE_HOLD));
    high = (struct worker){.argument = (uint64_t)endpoint};
    held = (struct message){0};
    require(worker_start(&high, 0, body_call, PRIORITIES - 1));
    sys_thread_sleep(2 * MILLISECOND);
    uint64_t before = kit_system_info().free_frames;
    check_eq(sys_object_destroy(child.thread), STATUS_OK);
    check_eq(worker_end(&high), -STATUS_ENDED);
    check(free_when_woken < before + LARGE / PAGE_BYTES / 2);
    child_drop(&child);
    check(kit_system_info().free_frames >= before + LARGE / PAGE_BYTES);
    kit_drop(endpoint);
}
