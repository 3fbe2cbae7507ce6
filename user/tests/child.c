/* Processes made by hand: see child.h. */
#include "child.h"

#include "abi/syscalls.h"
#include "test.h"

#define CHILD_LIMIT (5000 * MILLISECOND)
#define CHILD_YIELDS 4

/* code.inc has these numbers and offsets again. */
_Static_assert(SYSCALL_null == 0 && SYSCALL_vas_switch == 1 && SYSCALL_thread_yield == 2 &&
                   SYSCALL_clock_read == 3 && SYSCALL_thread_exit == 5 &&
                   SYSCALL_thread_sleep == 7 && SYSCALL_process_exit == 12 &&
                   SYSCALL_seg_detach == 22 && SYSCALL_object_destroy == 31 &&
                   SYSCALL_thread_set_handler == 39 && SYSCALL_thread_resume == 40 &&
                   SYSCALL_endpoint_call == 42 && SYSCALL_endpoint_receive == 43 &&
                   SYSCALL_endpoint_reply == 44 && HANDLE_SELF == 0x100000000 &&
                   HANDLE_HOME == 0x100000040,
               "numbers never change");
_Static_assert(offsetof(struct child_task, address) == 8 &&
                   offsetof(struct child_task, value) == 16 &&
                   offsetof(struct child_task, result) == 24,
               "as in code.inc");
_Static_assert(offsetof(struct message, caps) == 16 && offsetof(struct message, words) == 80 &&
                   MESSAGE_TAG(0, 0, MESSAGE_BUFFER) == (uint64_t)1 << 48 &&
                   offsetof(struct fault_report, rip) == 152,
               "as in code.inc");

/* A page at home of the child. */
static handle_t child_page(const struct child *child, handle_t pool, uint64_t base, uint64_t access)
{
    handle_t seg = sys_seg_create(NAME("test"), base, PAGE_BYTES, 0, pool);
    check_eq(sys_seg_attach(child->process, seg, access), STATUS_OK);
    return seg;
}

bool child_make(struct child *child, const char *name, const struct code *code)
{
    return child_make_in(child, 0, name, code);
}

bool child_make_in(struct child *child, handle_t pool, const char *name, const struct code *code)
{
    *child = (struct child){0};
    child->process = sys_process_create(NAME(name), pool);
    if (!check(child->process > 0))
        return false;
    child->code = child_page(child, pool, CHILD_CODE, ACCESS_CODE);
    child->stack = child_page(child, pool, CHILD_STACK, ACCESS_DATA);
    child->task = child_page(child, pool, CHILD_TASK, ACCESS_DATA);
    return check_eq(sys_seg_write(child->code, 0, (uintptr_t)code->bytes, code->nbytes),
                    code->nbytes);
}

handle_t child_view(const struct child *child, handle_t vas, uint64_t access)
{
    return sys_vas_attach(child->process, vas, access);
}

bool child_start(struct child *child, const struct child_task *task)
{
    check_eq(sys_seg_write(child->task, 0, (uintptr_t)task, sizeof(*task)), sizeof(*task));
    child->thread = sys_thread_create(child->process, CHILD_CODE, CHILD_STACK_TOP, CHILD_TASK, 0,
                                      PRIORITY_DEFAULT);
    return check(child->thread > 0);
}

bool child_serves(struct child *child, handle_t endpoint, uint64_t what)
{
    handle_t placed = sys_cap_place(child->process, endpoint, RIGHT_ENDPOINT_RECEIVE, 0);
    struct child_task task = {.value = (uint64_t)placed, .address = what};
    return check(placed > 0) && child_start(child, &task);
}

bool child_calls(struct child *child, handle_t endpoint, const struct message *message)
{
    handle_t placed = sys_cap_place(child->process, endpoint, RIGHT_ENDPOINT_CALL, 0);
    struct child_task task = {.value = (uint64_t)placed};
    check_eq(sys_seg_write(child->task, CHILD_MESSAGE, (uintptr_t)message, sizeof(*message)),
             sizeof(*message));
    return check(placed > 0) && child_start(child, &task);
}

struct child_task child_task_now(const struct child *child)
{
    struct child_task task = {0};
    sys_seg_read(child->task, 0, (uintptr_t)&task, sizeof(task));
    return task;
}

struct process_info child_drop(struct child *child)
{
    struct process_info info = kit_process_info(child->process);
    if (child->thread > 0)
        kit_drop(child->thread);
    kit_drop_all(child->code, child->stack, child->task, child->process);
    return info;
}

/* Until it has ended, but not for ever: a child that hangs is one failed test. */
static bool child_wait(const struct child *child)
{
    uint64_t limit = (uint64_t)sys_clock_read() + CHILD_LIMIT;
    for (int turn = 0; (uint64_t)sys_clock_read() < limit; turn++) {
        if (kit_process_info(child->process).reason != END_RUNNING)
            return true;
        if (turn < CHILD_YIELDS)
            sys_thread_yield();
        else
            sys_thread_sleep(MILLISECOND);
    }
    return false;
}

struct process_info child_end(struct child *child)
{
    if (!check(child_wait(child)))
        check_eq(sys_object_destroy(child->process), STATUS_OK);
    return child_drop(child);
}

void child_kill(struct child *child)
{
    check_eq(sys_object_destroy(child->process), STATUS_OK);
    child_drop(child);
}

struct process_info child_run(const struct code *code, handle_t vas, uint64_t access,
                              struct child_task task)
{
    struct child child;
    struct process_info none = {0};
    if (!child_make(&child, "child", code))
        return none;
    if (vas != 0)
        task.view = (uint64_t)child_view(&child, vas, access);
    if (check((int64_t)task.view >= 0) && child_start(&child, &task))
        return child_end(&child);
    child_kill(&child);
    return none;
}
