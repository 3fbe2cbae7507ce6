/* Guests: processes in a pool of their own, which they use up, or which is too small for them. */
#include <string.h>

#include "account.h"
#include "child.h"
#include "test.h"

/* --- used up from inside -------------------------------------------------------------------- */

#define GUEST_FRAMES 60

/* A call that a guest makes until it is refused. */
struct use_up {
    uint64_t number;
    uint64_t arguments[6];
};

static bool wait_for_refusal(const struct child *child)
{
    for (int turn = 0; turn < 100000; turn++) {
        if (child_task_now(child).address != 0)
            return true;
        sys_thread_yield();
    }
    return false;
}

static void check_guest_uses_up(const struct use_up *use)
{
    struct child child;
    struct account before, after;
    handle_t pool = kit_pool(GUEST_FRAMES);
    require(child_make_in(&child, pool, "guest", &code_calls));
    check_eq(sys_seg_write(child.task, CHILD_ARGUMENTS, (uintptr_t)use->arguments,
                           sizeof(use->arguments)),
             sizeof(use->arguments));
    require(child_start(&child, &(struct child_task){.value = use->number}));
    check(wait_for_refusal(&child));
    struct child_task task = child_task_now(&child), later;
    check_eq(task.address, STATUS_NO_MEMORY);
    check(task.result > 1);
    struct pool_info full = kit_pool_info(pool), again;
    account_take(&before);
    for (int turn = 0; turn < 10; turn++)
        sys_thread_yield();
    account_take(&after);
    again = kit_pool_info(pool);
    later = child_task_now(&child);
    check_eq(later.result, task.result);
    check(account_is_same(&before, &after));
    check(memcmp(&full, &again, sizeof(full)) == 0);
    check_eq(kit_process_info(child.process).reason, END_RUNNING);
    child_kill(&child);
    check_eq(kit_pool_info(pool).used_frames, 0);
    kit_drop(pool);
}

void test_pool_used_up_by_its_guest_is_no_memory(void)
{
    const struct use_up uses[] = {
        {SYSCALL_cap_derive, {(uint64_t)HANDLE_SELF}},
        {SYSCALL_vas_create, {'v'}},
        {SYSCALL_seg_create, {'s', 0, 0, PAGE_BYTES}},
        {SYSCALL_process_create, {'p'}},
        {SYSCALL_endpoint_create, {'e'}},
        {SYSCALL_notification_create, {'n'}},
        {SYSCALL_pool_create, {'l', 0, 1}},
        {SYSCALL_thread_create, {(uint64_t)HANDLE_SELF, CHILD_CODE, CHILD_STACK_TOP, CHILD_TASK}},
    };
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        check_guest_uses_up(&uses[i]);
}

/* --- a pool of every size ------------------------------------------------------------------- */

#define BUDGET_MAX 100

/* A process with all that there is, and what it is made of. */
struct guest {
    handle_t process, code, stack, task, vas, data, view, endpoint, thread;
};

/* When its thread is made. */
enum order {
    THREAD_FIRST,
    THREAD_LAST
};

static int64_t guest_page(const struct guest *guest, handle_t pool, uint64_t base, uint64_t access,
                          handle_t *out)
{
    *out = sys_seg_create(NAME("guest"), base, PAGE_BYTES, 0, pool);
    if (*out < 0)
        return *out;
    return sys_seg_attach(base < HOME_END ? guest->process : guest->vas, *out, access);
}

static int64_t guest_home(struct guest *g, handle_t pool)
{
    int64_t status;
    if ((g->process = sys_process_create(NAME("guest"), pool)) < 0)
        return g->process;
    if ((status = guest_page(g, pool, CHILD_CODE, ACCESS_CODE, &g->code)) < 0 ||
        (status = guest_page(g, pool, CHILD_STACK, ACCESS_DATA, &g->stack)) < 0)
        return status;
    kit_poke(g->code, 0, 0xfeeb); /* jmp $ */
    return guest_page(g, pool, CHILD_TASK, ACCESS_DATA, &g->task);
}

static int64_t guest_view(struct guest *g, handle_t pool)
{
    int64_t status;
    if ((g->vas = sys_vas_create(NAME("guest"), pool)) < 0)
        return g->vas;
    if ((status = guest_page(g, pool, PLACE_A, ACCESS_DATA, &g->data)) < 0)
        return status;
    return g->view = sys_vas_attach(g->process, g->vas, ACCESS_DATA);
}

static int64_t guest_endpoint(struct guest *g, handle_t pool)
{
    if ((g->endpoint = sys_endpoint_create(NAME("guest"), pool)) < 0)
        return g->endpoint;
    return sys_cap_place(g->process, g->endpoint, RIGHT_ENDPOINT_CALL, 1);
}

static int64_t guest_thread(struct guest *g)
{
    return g->thread = sys_thread_create(g->process, CHILD_CODE, CHILD_STACK_TOP, CHILD_TASK, 0,
                                         PRIORITY_DEFAULT);
}

static int64_t guest_make(struct guest *g, handle_t pool, enum order order)
{
    int64_t status;
    if ((status = guest_home(g, pool)) < 0 ||
        (order == THREAD_FIRST && (status = guest_thread(g)) < 0) ||
        (status = guest_view(g, pool)) < 0 || (status = guest_endpoint(g, pool)) < 0 ||
        (order == THREAD_LAST && (status = guest_thread(g)) < 0))
        return status;
    return STATUS_OK;
}

/* Whatever there is of it. */
static void guest_drop(const struct guest *g)
{
    const handle_t all[] = {g->code, g->stack,    g->task,   g->vas,
                            g->data, g->endpoint, g->thread, g->process};
    if (g->process > 0)
        check_eq(sys_object_destroy(g->process), STATUS_OK);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] > 0)
            kit_drop(all[i]);
}

/* The smallest pool in which it succeeds is then full, and what was promised to the guest is
 * there. */
static void check_runs_in_a_full_pool(const struct guest *g, handle_t pool)
{
    check_eq(kit_pool_info(pool).left_frames, 0);
    kit_poke(g->data, 0, 17);
    kit_poke(g->task, 0, 18);
    kit_poke(g->stack, 0, 19);
    sys_thread_sleep(MILLISECOND);
    check_eq(kit_process_info(g->process).reason, END_RUNNING);
    check_eq(kit_process_info(g->process).nviews, 2);
    check_eq(kit_peek(g->data, 0), 17);
}

/* True if that was enough. */
static bool try_budget(uint64_t nframes, enum order order)
{
    struct guest guest = {0};
    handle_t pool = kit_pool(nframes);
    struct pool_info before = kit_pool_info(pool), after;
    int64_t status = guest_make(&guest, pool, order);
    check_eq(before.left_frames, nframes);
    if (status == STATUS_OK)
        check_runs_in_a_full_pool(&guest, pool);
    else
        check_eq(status, STATUS_NO_MEMORY);
    guest_drop(&guest);
    after = kit_pool_info(pool);
    check(memcmp(&before, &after, sizeof(before)) == 0);
    kit_drop(pool);
    return status == STATUS_OK;
}

static void sweep_budgets(enum order order)
{
    uint64_t nframes = 0;
    while (nframes < BUDGET_MAX && !try_budget(nframes, order))
        nframes++;
    check(nframes > 10);
    check(nframes < BUDGET_MAX);
}

void test_pool_of_every_size_fails_cleanly_until_it_suffices(void)
{
    sweep_budgets(THREAD_LAST);
    sweep_budgets(THREAD_FIRST);
}
