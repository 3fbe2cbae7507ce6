/* Pools: what they take and give back, and what happens when one is used up. */
#include <string.h>

#include "account.h"
#include "child.h"
#include "test.h"

static bool pool_info_is_same(const struct pool_info *a, const struct pool_info *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void test_pool_takes_its_frames_and_gives_them_back(void)
{
    handle_t other = kit_pool(1); /* keeps the frame in which pools lie */
    struct pool_info own = kit_pool_info(0), after;
    uint64_t charged = kit_system_info().charged_frames;
    handle_t pool = kit_pool(100);
    struct pool_info info = kit_pool_info(pool);
    check_eq(info.limit_frames, 100);
    check_eq(info.used_frames, 0);
    check_eq(info.left_frames, 100);
    check_eq(info.parent, own.id);
    check_eq(kit_pool_info(0).limit_frames, own.limit_frames);
    check_eq(kit_pool_info(0).used_frames, own.used_frames + 100);
    check_eq(kit_pool_info(0).left_frames, own.left_frames - 100);
    check_eq(kit_system_info().charged_frames, charged + 100);
    kit_drop(pool);
    after = kit_pool_info(0);
    check(pool_info_is_same(&own, &after));
    kit_drop(other);
}

void test_pool_can_take_all_but_no_more(void)
{
    handle_t other = kit_pool(1);
    struct pool_info own = kit_pool_info(0), after;
    handle_t pool = kit_pool(own.left_frames);
    check(pool > 0);
    check_eq(kit_pool_info(0).left_frames, 0);
    check_eq(kit_pool(1), STATUS_NO_MEMORY);
    check_eq(kit_seg(PAGE_BYTES, 0), STATUS_NO_MEMORY);
    kit_drop(pool);
    check_eq(kit_pool(own.left_frames + 1), STATUS_NO_MEMORY);
    check_eq(kit_pool(UINT64_MAX), STATUS_NO_MEMORY);
    after = kit_pool_info(0);
    check(pool_info_is_same(&own, &after));
    pool = kit_pool(0);
    check_eq(sys_vas_create(NAME("none"), pool), STATUS_NO_MEMORY);
    kit_drop_all(pool, other);
}

/* Each takes from its parent alone, and all but one frame of it; what is used of the innermost does
 * not show further out. Only the outermost is dropped: the others go with it. */
void test_pool_nests(void)
{
    enum {
        DEPTH = 200
    };
    static handle_t pools[DEPTH];
    struct cap_info info;
    pools[0] = kit_pool(3 * DEPTH);
    for (size_t i = 1; i < DEPTH; i++) {
        struct pool_info outer = kit_pool_info(pools[i - 1]);
        pools[i] = sys_pool_create(NAME("inner"), outer.left_frames - 2, pools[i - 1]);
        require(pools[i] > 0);
        check_eq(kit_pool_info(pools[i]).parent, outer.id);
        check_eq(kit_pool_info(pools[i - 1]).left_frames, 1);
    }
    handle_t last = pools[DEPTH - 1];
    struct pool_info inner = kit_pool_info(last);
    check_eq(inner.left_frames, 3 * DEPTH - 2 * (DEPTH - 1));
    check_eq(sys_pool_create(NAME("more"), inner.left_frames + 1, last), STATUS_NO_MEMORY);
    handle_t vas = sys_vas_create(NAME("inner"), last);
    check(vas > 0);
    check(kit_pool_info(last).used_frames > inner.used_frames);
    check_eq(kit_pool_info(pools[DEPTH - 2]).left_frames, 1);
    check_eq(sys_object_destroy(pools[0]), STATUS_OK);
    check_eq(sys_cap_info(vas, (uintptr_t)&info), STATUS_DESTROYED);
    kit_drop(vas);
    for (size_t i = 0; i < DEPTH; i++) {
        check_eq(sys_cap_info(pools[i], (uintptr_t)&info), STATUS_DESTROYED);
        kit_drop(pools[i]);
    }
}

/* Without a capability it lives on while something is charged to it. */
void test_pool_lives_while_it_has_members(void)
{
    handle_t outer = kit_pool(50), inner = sys_pool_create(NAME("inner"), 40, outer);
    handle_t seg = sys_seg_create(NAME("member"), 0, PAGE_BYTES, 0, inner);
    uint64_t id = kit_pool_info(outer).id, used = kit_pool_info(0).used_frames;
    kit_drop(outer);
    check_eq(kit_pool_info(inner).parent, id);
    kit_drop(inner);
    check_eq(kit_pool_info(0).used_frames, used);
    kit_poke(seg, 0, 5);
    check_eq(kit_peek(seg, 0), 5);
    kit_drop(seg);
    check(kit_pool_info(0).used_frames <= used - 50);
}

/* A process's own pool is that which it was made in. */
void test_pool_of_a_process_is_where_it_was_made(void)
{
    handle_t pool = kit_pool(30);
    struct child child;
    struct pool_info seen;
    require(child_make_in(&child, pool, "guest", &code_calls));
    kit_poke(child.task, CHILD_ARGUMENTS + 8, CHILD_TASK + CHILD_MESSAGE);
    require(child_start(&child, &(struct child_task){.value = SYSCALL_pool_info}));
    sys_thread_yield();
    check(child_task_now(&child).result > 0);
    check_eq(sys_seg_read(child.task, CHILD_MESSAGE, (uintptr_t)&seen, sizeof(seen)), sizeof(seen));
    struct pool_info info = kit_pool_info(pool);
    check(pool_info_is_same(&seen, &info));
    child_kill(&child);
    check_eq(kit_pool_info(pool).used_frames, 0);
    kit_drop(pool);
}

/* --- used up from outside ------------------------------------------------------------------- */

#define TIGHT 24 /* frames */

/* Where the calls below make things; all of it is charged to the pool. */
struct site {
    handle_t pool;
    handle_t process;
    handle_t vas;
};

static int64_t in_seg(const struct site *site)
{
    return sys_seg_create(NAME("in"), 0, PAGE_BYTES, 0, site->pool);
}

static int64_t in_eager_seg(const struct site *site)
{
    return sys_seg_create(NAME("in"), 0, 3 * PAGE_BYTES, SEG_EAGER, site->pool);
}

static int64_t in_vas(const struct site *site)
{
    return sys_vas_create(NAME("in"), site->pool);
}

static int64_t in_process(const struct site *site)
{
    return sys_process_create(NAME("in"), site->pool);
}

static int64_t in_endpoint(const struct site *site)
{
    return sys_endpoint_create(NAME("in"), site->pool);
}

static int64_t in_notification(const struct site *site)
{
    return sys_notification_create(NAME("in"), site->pool);
}

static int64_t in_pool(const struct site *site)
{
    return sys_pool_create(NAME("in"), 1, site->pool);
}

/* These never run: nobody of a higher priority blocks meanwhile. */
static int64_t in_thread(const struct site *site)
{
    return sys_thread_create(site->process, CHILD_CODE, CHILD_STACK_TOP, 0, 0, 0);
}

static int64_t in_view(const struct site *site)
{
    return sys_vas_attach(site->process, site->vas, ACCESS_READ);
}

static int64_t in_placed_cap(const struct site *site)
{
    return sys_cap_place(site->process, site->vas, 0, 0);
}

/* Until it is refused, which must be for lack of memory, change nothing, and go on like that.
 * `ours`: what is made has a handle in this process. */
static void check_uses_up(int64_t (*make)(const struct site *), bool ours)
{
    static handle_t made[TIGHT * 64];
    struct account before, after;
    size_t n = 0;
    int64_t result;
    struct site site = {.pool = kit_pool(TIGHT)};
    site.process = sys_process_create(NAME("site"), site.pool);
    site.vas = sys_vas_create(NAME("site"), site.pool);
    while ((result = make(&site)) > 0 && n < TIGHT * 64)
        made[n++] = result;
    check(n > 1);
    struct pool_info full = kit_pool_info(site.pool), again;
    account_take(&before);
    for (int turn = 0; turn < 3; turn++)
        check_eq(make(&site), STATUS_NO_MEMORY);
    account_take(&after);
    again = kit_pool_info(site.pool);
    check(account_is_same(&before, &after));
    check(pool_info_is_same(&full, &again));
    check_eq(full.used_frames + full.left_frames, TIGHT);
    check(full.left_frames < 5);
    for (size_t i = 0; ours && i < n; i++)
        kit_drop(made[i]);
    check_eq(sys_object_destroy(site.process), STATUS_OK);
    kit_drop_all(site.process, site.vas);
    check_eq(kit_pool_info(site.pool).used_frames, 0);
    kit_drop(site.pool);
}

void test_pool_used_up_is_no_memory_and_changes_nothing(void)
{
    check_uses_up(in_seg, true);
    check_uses_up(in_eager_seg, true);
    check_uses_up(in_vas, true);
    check_uses_up(in_process, true);
    check_uses_up(in_endpoint, true);
    check_uses_up(in_notification, true);
    check_uses_up(in_pool, true);
    check_uses_up(in_thread, true);
    check_uses_up(in_view, false);
    check_uses_up(in_placed_cap, false);
}
