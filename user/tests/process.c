/* Processes: how they end, and what that does to others. */
#include <string.h>

#include "child.h"
#include "test.h"
#include "worker.h"

void test_process_exit_gives_its_status(void)
{
    const uint64_t statuses[] = {0, 1, 255, UINT64_C(1) << 40, UINT64_MAX};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct child_task task = {.value = statuses[i]};
        struct process_info info = child_run(&code_exit_with, 0, 0, task);
        check_eq(info.reason, END_EXIT);
        check_eq(info.status, statuses[i]);
    }
}

void test_process_wait_returns_when_it_has_ended(void)
{
    struct child child;
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = 5 * MILLISECOND}));
    check_eq(sys_process_wait(child.process), STATUS_OK);
    check_eq(kit_process_info(child.process).reason, END_EXIT);
    check_eq(sys_process_wait(child.process), STATUS_OK);
    child_end(&child);
}

void test_process_ends_with_its_last_thread(void)
{
    struct process_info info = child_run(&code_thread_end, 0, 0, (struct child_task){.value = 5});
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 5);
    check_eq(info.nthreads, 0);
}

void test_process_info_tells_what_it_is(void)
{
    handle_t process = sys_process_create(NAME("sixteen letters!"), 0);
    struct process_info info = kit_process_info(process);
    check(info.id != 0);
    check(memcmp(info.name, "sixteen letters!", NAME_BYTES) == 0);
    check_eq(info.nthreads, 0);
    check_eq(info.reason, END_RUNNING);
    check_eq(info.nviews, 1);
    check_eq(info.ncaps, 2);
    kit_drop(process);
}

void test_process_destroyed_ends_at_once(void)
{
    struct child child;
    require(child_make(&child, "spinner", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    check_eq(sys_object_destroy(child.process), STATUS_OK);
    check_eq(kit_process_info(child.process).reason, END_DESTROYED);
    check_eq(kit_thread_info(child.thread).reason, END_DESTROYED);
    check_eq(child_end(&child).reason, END_DESTROYED);
}

/* One that has ended can be asked, but not used. */
void test_process_ended_refuses_everything_but_questions(void)
{
    handle_t process = sys_process_create(NAME("ended"), 0), vas = kit_vas();
    handle_t seg = kit_seg_at(CHILD_TASK, PAGE_BYTES);
    check_eq(sys_seg_attach(process, seg, ACCESS_READ), STATUS_OK);
    check_eq(sys_object_destroy(process), STATUS_OK);
    check_eq(kit_seg_info(seg).nlinks, 0);
    check_eq(sys_seg_attach(process, seg, ACCESS_READ), STATUS_ENDED);
    check_eq(sys_seg_detach(process, seg), STATUS_ENDED);
    check_eq(sys_vas_attach(process, vas, ACCESS_READ), STATUS_ENDED);
    check_eq(sys_cap_place(process, seg, 0, 0), STATUS_ENDED);
    check_eq(sys_thread_create(process, CHILD_CODE, CHILD_STACK_TOP, 0, 0, 0), STATUS_ENDED);
    check_eq(sys_process_wait(process), STATUS_OK);
    check_eq(kit_process_info(process).reason, END_DESTROYED);
    kit_drop_all(process, vas, seg);
}

static uint64_t body_wait(struct worker *worker)
{
    return (uint64_t)sys_process_wait((handle_t)worker->argument);
}

void test_process_end_wakes_all_who_wait(void)
{
    static struct worker waiters[3];
    struct child child;
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = 10 * MILLISECOND}));
    for (size_t i = 0; i < 3; i++) {
        waiters[i] = (struct worker){.argument = (uint64_t)child.process};
        require(worker_start(&waiters[i], i, body_wait, PRIORITY_DEFAULT + 1));
        check_eq(kit_thread_info(waiters[i].thread).reason, END_RUNNING);
    }
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&waiters[i]), STATUS_OK);
    check_eq(child_end(&child).reason, END_EXIT);
}

/* A waiter whose own end comes first leaves no trace. */
void test_process_waiter_destroyed_leaves_nothing_behind(void)
{
    static struct worker waiter;
    struct child child;
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = 10 * MILLISECOND}));
    waiter = (struct worker){.argument = (uint64_t)child.process};
    require(worker_start(&waiter, 0, body_wait, PRIORITY_DEFAULT + 1));
    check_eq(sys_object_destroy(waiter.thread), STATUS_OK);
    kit_drop(waiter.thread);
    check_eq(child_end(&child).reason, END_EXIT);
}

/* A fault of one thread ends all threads of its process, and no other process. */
void test_process_fault_ends_all_its_threads(void)
{
    struct child child, bystander;
    require(child_make(&bystander, "bystander", &code_sleep));
    require(child_start(&bystander, &(struct child_task){.value = UINT64_MAX}));
    require(child_make(&child, "child", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    test_expect_log("process 'child' .*: execution of 0x1000 refused");
    handle_t second =
        sys_thread_create(child.process, PAGE_BYTES, CHILD_STACK_TOP, 0, 0, PRIORITY_DEFAULT);
    check(second > 0);
    check_eq(sys_process_wait(child.process), STATUS_OK);
    check_eq(kit_thread_info(child.thread).reason, END_FAULT);
    check_eq(kit_thread_info(second).reason, END_FAULT);
    check_eq(child_end(&child).address, PAGE_BYTES);
    check_eq(kit_process_info(bystander.process).reason, END_RUNNING);
    kit_drop(second);
    child_kill(&bystander);
}

/* A child that destroys itself, through the capability that every process has. */
void test_process_can_destroy_itself(void)
{
    struct process_info info = child_run(&code_destroy_self, 0, 0, (struct child_task){0});
    check_eq(info.reason, END_DESTROYED);
}

/* A child that drops the two capabilities that every process has: the home view stays. */
void test_process_cannot_drop_its_home(void)
{
    check_eq(sys_cap_delete(HANDLE_HOME), STATUS_BAD_ARGUMENT);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
}

/* Never started, it goes with its last capability, and what was placed in it too. */
void test_process_never_started_goes_with_its_last_capability(void)
{
    handle_t inner = sys_process_create(NAME("inner"), 0),
             outer = sys_process_create(NAME("outer"), 0);
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    check(sys_cap_place(outer, inner, RIGHT_INFO, 0) > 0);
    check(sys_cap_place(inner, seg, RIGHT_INFO, 0) > 0);
    kit_drop(inner);
    check_eq(kit_cap_info(seg).nchildren, 1);
    kit_drop(outer);
    check_eq(kit_cap_info(seg).nchildren, 0);
    kit_drop(seg);
}

/* A capability to itself does not keep a process, however it came there. */
void test_process_does_not_keep_itself(void)
{
    handle_t process = sys_process_create(NAME("selfish"), 0);
    check(sys_cap_place(process, process, RIGHT_INFO, 0) > 0);
    kit_drop(process);
}

/* Many, one inside the other: the kernel's stack does not grow with them. */
void test_process_chain_of_owners_goes_at_once(void)
{
    handle_t last = sys_process_create(NAME("link"), 0);
    for (size_t i = 0; i < test_scaled(1000); i++) {
        handle_t next = sys_process_create(NAME("link"), 0);
        require(sys_cap_place(next, last, RIGHT_INFO, 0) > 0);
        kit_drop(last);
        last = next;
    }
    kit_drop(last);
}
