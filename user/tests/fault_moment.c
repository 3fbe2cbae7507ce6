/* Faults that come at the worst moment: again and again, behind a call cut short, in a handler. */
#include "child.h"
#include "test.h"
#include "tree.h"
#include "worker.h"

#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)

/* One instruction touches one address, each time of a fresh segment: each time it is to be filled. */
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
    sys_thread_sleep(2 * MILLISECOND);
    check(lone.handles);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    sys_thread_sleep(2 * MILLISECOND);
    lone.handles = false;
    check_eq(worker_end(&worker), 0);
    check(lone.lost);
    kit_drop(vas);
}
