/* Pools: what is charged to one can be found, seen and ended, and who has capabilities to it. */
#include <string.h>

#include "account.h"
#include "child.h"
#include "test.h"

#define RIGHTS (RIGHT_INFO | RIGHT_DESTROY)
#define LOOK RIGHT_INFO

/* What a pool has, drops the capabilities again; at most `most` ids. */
static size_t members_of(handle_t pool, uint64_t *ids, size_t most)
{
    size_t n = 0;
    handle_t last = 0;
    for (handle_t next; (next = sys_pool_next(pool, last, LOOK)) > 0; last = next) {
        if (last != 0)
            kit_drop(last);
        if (n < most)
            ids[n++] = kit_cap_info(next).object;
    }
    if (last != 0)
        kit_drop(last);
    return n;
}

static uint64_t id_of(handle_t cap)
{
    return kit_cap_info(cap).object;
}

void test_pool_next_finds_each_member_once(void)
{
    uint64_t ids[8];
    struct account before, after;
    account_take(&before);
    handle_t pool = kit_pool(60);
    check_eq(sys_pool_next(pool, 0, 0), STATUS_NO_DATA);
    const handle_t made[] = {
        sys_vas_create(NAME("a"), pool),      sys_seg_create(NAME("b"), 0, PAGE_BYTES, 0, pool),
        sys_pool_create(NAME("c"), 20, pool), sys_process_create(NAME("d"), pool),
        sys_endpoint_create(NAME("e"), pool), sys_notification_create(NAME("f"), pool),
    };
    handle_t deeper = sys_vas_create(NAME("deeper"), made[2]);
    require_eq(members_of(pool, ids, 8), 6);
    for (size_t i = 0; i < 6; i++)
        check_eq(ids[i], id_of(made[i]));
    check_eq(members_of(made[2], ids, 8), 1);
    check_eq(ids[0], id_of(deeper));
    kit_drop(made[1]);
    check_eq(members_of(pool, ids, 8), 5);
    check_eq(sys_object_destroy(pool), STATUS_OK);
    kit_drop_all(pool, made[0], made[2], made[3], made[4], made[5], deeper);
    account_take(&after);
    check(account_is_same(&before, &after));
}

/* Neither more than was asked for, nor more than the pool's own capability allows, nor anything by
 * which an object is used. */
void test_pool_next_gives_no_more_rights_than_it_has(void)
{
    handle_t pool = kit_pool(40);
    handle_t vas = sys_vas_create(NAME("seen"), pool);
    handle_t inner = sys_pool_create(NAME("inner"), 5, pool);
    handle_t looking = kit_without(pool, RIGHT_DESTROY);
    handle_t closed = kit_without(pool, RIGHT_POOL_OPEN);
    handle_t seen = sys_pool_next(pool, 0, RIGHTS | RIGHT_POOL_OPEN);
    handle_t next = sys_pool_next(pool, seen, RIGHTS | RIGHT_POOL_OPEN);
    check_eq(kit_cap_info(seen).rights, RIGHTS);
    check_eq(kit_cap_info(seen).object, id_of(vas));
    check_eq(kit_cap_info(next).rights, RIGHTS | RIGHT_POOL_OPEN);
    check_eq(sys_vas_attach(HANDLE_SELF, seen, ACCESS_READ), STATUS_NO_RIGHT);
    check_eq(sys_cap_derive(seen, 0, 0), STATUS_NO_RIGHT);
    check_eq(sys_pool_next(closed, 0, LOOK), STATUS_NO_RIGHT);
    check_eq(sys_pool_caps(closed, vas, 0, 0, 0), STATUS_NO_RIGHT);
    check_eq(sys_pool_next(looking, 0, RIGHTS), STATUS_NO_RIGHT);
    for (uint64_t right = 1; right <= UINT64_C(1) << 63 && right != 0; right <<= 1) {
        if ((right & (RIGHTS | RIGHT_POOL_OPEN)) == 0)
            check_eq(sys_pool_next(pool, 0, right), STATUS_BAD_ARGUMENT);
    }
    check_eq(sys_object_destroy(seen), STATUS_OK);
    check_eq(sys_cap_info(vas, (uintptr_t) & (struct cap_info){0}), STATUS_DESTROYED);
    kit_drop_all(vas, inner, looking, closed, seen, next, pool);
}

void test_pool_next_refuses_what_is_charged_elsewhere(void)
{
    handle_t pool = kit_pool(20), other = kit_pool(20);
    handle_t here = sys_vas_create(NAME("here"), pool), there = sys_vas_create(NAME("b"), other);
    struct cap_entry entry;
    check_eq(sys_pool_next(pool, there, LOOK), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_next(pool, pool, LOOK), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_next(pool, kit_console(), LOOK), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_next(pool, HANDLE_HOME, LOOK), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_next(0, 0, LOOK), STATUS_BAD_HANDLE);
    check_eq(sys_pool_caps(pool, there, 0, (uintptr_t)&entry, 1), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_caps(pool, kit_console(), 0, (uintptr_t)&entry, 1), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_caps(pool, HANDLE_HOME, 0, (uintptr_t)&entry, 1), STATUS_BAD_ARGUMENT);
    check_eq(sys_pool_caps(pool, here, CAP_ENTRIES_MAX, (uintptr_t)&entry, 1), STATUS_TOO_LARGE);
    check_eq(sys_pool_caps(pool, here, UINT64_MAX, (uintptr_t)&entry, 1), STATUS_TOO_LARGE);
    check_eq(sys_pool_caps(pool, here, 1, (uintptr_t)&entry, 1), 0);
    check_eq(sys_pool_caps(pool, here, 0, 0, 1), STATUS_BAD_ADDRESS);
    check_eq(sys_object_destroy(here), STATUS_OK);
    check_eq(sys_pool_next(pool, here, LOOK), STATUS_DESTROYED);
    check_eq(sys_pool_caps(pool, here, 0, (uintptr_t)&entry, 1), STATUS_DESTROYED);
    check_eq(sys_pool_next(pool, 0, LOOK), STATUS_NO_DATA);
    kit_drop_all(here, there, pool, other);
}

/* The process itself among them: a process that kept itself would never go. */
void test_pool_next_gives_a_process_itself(void)
{
    struct account before, after;
    struct child child;
    account_take(&before);
    handle_t pool = kit_pool(40);
    require(child_make_in(&child, pool, "inside", &code_calls));
    handle_t its_pool = sys_cap_place(child.process, pool, RIGHT_POOL_OPEN | RIGHT_INFO, 0);
    uint64_t refs = kit_cap_info(child.process).refs;
    const struct child_task task = {.value = SYSCALL_pool_next};
    kit_poke(child.task, CHILD_ARGUMENTS, (uint64_t)its_pool);
    kit_poke(child.task, CHILD_ARGUMENTS + 16, LOOK);
    require(child_start(&child, &task));
    sys_thread_yield();
    check(child_task_now(&child).result > 0);
    check_eq(kit_cap_info(child.process).refs, refs + 1); /* its thread */
    check_eq(kit_process_info(child.process).ncaps, 4);   /* with the home view and the pool */
    child_kill(&child);
    kit_drop(pool);
    account_take(&after);
    check(account_is_same(&before, &after));
}

static void check_entry(const struct cap_entry *entry, handle_t handle, uint16_t depth,
                        enum cap_place place)
{
    check_eq(entry->handle, handle);
    check_eq(entry->depth, depth);
    check_eq(entry->place, place);
}

void test_pool_caps_tells_the_tree(void)
{
    struct cap_entry tree[8];
    handle_t pool = kit_pool(80);
    handle_t seg = sys_seg_create(NAME("data"), VAS_BASE, PAGE_BYTES, 0, pool);
    handle_t vas = sys_vas_create(NAME("room"), pool);
    handle_t process = sys_process_create(NAME("guest"), pool);
    handle_t child = sys_cap_derive(seg, RIGHT_SEG_READ | RIGHT_GRANT, 7);
    handle_t placed = sys_cap_place(process, child, RIGHT_SEG_READ, 0);
    check_eq(sys_seg_attach(vas, child, ACCESS_READ), STATUS_OK);
    require_eq(sys_pool_caps(pool, seg, 0, (uintptr_t)tree, 8), 4);
    check_entry(&tree[0], seg, 0, CAP_IN_TABLE);
    check_eq(tree[0].holder, id_of(HANDLE_SELF));
    check_eq(tree[0].object, id_of(seg));
    check_entry(&tree[1], child, 1, CAP_IN_TABLE);
    check_eq(tree[1].badge, 7);
    check_eq(tree[1].rights, RIGHT_SEG_READ | RIGHT_GRANT);
    check_entry(&tree[2], 0, 2, CAP_IN_LINK); /* the youngest child comes first */
    check_eq(tree[2].holder, id_of(vas));
    check_eq(tree[2].rights, ACCESS_READ);
    check_eq(tree[2].type, OBJECT_SEG);
    check_entry(&tree[3], placed, 2, CAP_IN_TABLE);
    check_eq(tree[3].holder, id_of(process));
    check_eq(sys_pool_caps(pool, seg, 2, (uintptr_t)tree, 1), 1);
    check_entry(&tree[0], 0, 2, CAP_IN_LINK);
    handle_t view = sys_vas_attach(process, vas, ACCESS_READ);
    handle_t clone = sys_vas_clone(vas, ACCESS_READ, pool);
    require_eq(sys_pool_caps(pool, vas, 0, (uintptr_t)tree, 8), 3);
    check_entry(&tree[1], 0, 1, CAP_IN_CLONE);
    check_eq(tree[1].holder, id_of(clone));
    check_entry(&tree[2], view, 1, CAP_IN_TABLE);
    check_eq(tree[2].type, OBJECT_VIEW);
    check_eq(sys_pool_caps(pool, pool, 0, (uintptr_t)tree, 8), 1);
    check_entry(&tree[0], pool, 0, CAP_IN_TABLE);
    check_eq(sys_object_destroy(pool), STATUS_OK);
    kit_drop_all(pool, seg, vas, process, child, clone);
}

/* The picture has an end, and no call tells more than one step's worth of it. */
void test_pool_caps_of_many_end(void)
{
    enum {
        MANY = CAP_ENTRIES_MAX + 10
    };
    static handle_t made[MANY];
    static struct cap_entry tree[CAP_ENTRIES_READ_MAX + 1];
    handle_t pool = kit_pool(10);
    handle_t vas = sys_vas_create(NAME("famous"), pool);
    for (size_t i = 0; i < MANY; i++)
        require((made[i] = sys_cap_derive(i == 0 ? vas : made[i - 1], RIGHT_GRANT, 0)) > 0);
    uint64_t first = 0;
    tree[CAP_ENTRIES_READ_MAX].depth = 12345;
    for (int64_t n; first < CAP_ENTRIES_MAX; first += (uint64_t)n) {
        n = sys_pool_caps(pool, vas, first, (uintptr_t)tree, CAP_ENTRIES_READ_MAX + 1);
        require(n > 0);
        for (int64_t i = 0; i < n; i++)
            check_eq(tree[i].depth, first + (uint64_t)i);
    }
    check_eq(tree[CAP_ENTRIES_READ_MAX].depth, 12345);
    check_eq(first, CAP_ENTRIES_MAX);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    for (size_t i = 0; i < MANY; i++)
        kit_drop(made[i]);
    kit_drop_all(vas, pool);
}
