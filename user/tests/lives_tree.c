/* Lives: deep and wide trees of capabilities end in one call, of which each step is short. */
#include <inttypes.h>

#include "child.h"
#include "test.h"
#include "tree.h"
#include "worker.h"

#define WIDE 100000
#define DEEP 1000

static uint64_t step_before;

static void note_steps(const char *what, size_t n)
{
    test_note("%zu %s; the longest step: %" PRIu64 " cycles before, %" PRIu64 " now", n, what,
              step_before, longest_step());
}

static void check_gone(handle_t cap)
{
    struct cap_info info;
    check_eq(sys_cap_info(cap, (uintptr_t)&info), STATUS_BAD_HANDLE);
}

/* --- wide ----------------------------------------------------------------------------------- */

void test_lives_tree_100000_wide_is_revoked_at_once(void)
{
    struct tree tree;
    step_before = longest_step();
    require(tree_make(&tree, test_scaled(WIDE)));
    check_eq(kit_cap_info(tree.trunk).nchildren, CAP_CHILDREN_MAX);
    check_eq(sys_cap_revoke(tree.trunk), STATUS_OK);
    check_eq(tree_count(&tree), 0);
    check_eq(kit_cap_info(tree.trunk).nchildren, 0);
    check_eq(kit_cap_info(tree.seg).nchildren, 1);
    check_eq(kit_cap_info(tree.seg).refs, 2);
    note_steps("leaves revoked", tree.nleaves);
    tree_drop(&tree);
}

/* Of a capability in the middle: its children become its parent's, all of them. */
void test_lives_tree_100000_wide_outlives_its_trunk(void)
{
    struct tree tree;
    step_before = longest_step();
    require(tree_make(&tree, test_scaled(WIDE)));
    kit_drop(tree.trunk);
    tree.trunk = 0;
    check_eq(tree_count(&tree), tree.nleaves);
    check_eq(kit_cap_info(tree.seg).nchildren, CAP_CHILDREN_MAX);
    check_eq(kit_cap_info(tree.seg).refs, tree.nleaves + 1);
    check_eq(sys_cap_revoke(tree.seg), STATUS_OK);
    check_eq(tree_count(&tree), 0);
    note_steps("leaves without their trunk, revoked", tree.nleaves);
    tree_drop(&tree);
}

/* Dead capabilities stay until their holders drop them, or end. */
void test_lives_tree_100000_wide_goes_dead_with_its_object(void)
{
    struct tree tree;
    struct cap_info info;
    step_before = longest_step();
    require(tree_make(&tree, test_scaled(WIDE)));
    check_eq(sys_object_destroy(tree.trunk), STATUS_OK);
    check_eq(tree_count(&tree), tree.nleaves);
    check_eq(sys_cap_info(tree.seg, (uintptr_t)&info), STATUS_DESTROYED);
    note_steps("capabilities gone dead", tree.nleaves);
    step_before = longest_step();
    tree_drop(&tree);
    note_steps("dead capabilities dropped with their processes", tree.nleaves);
}

/* --- deep ----------------------------------------------------------------------------------- */

static handle_t chain[DEEP];

/* Each is the child of the last, the first that of a segment. */
static size_t chain_make(handle_t seg)
{
    const size_t depth = test_scaled(DEEP);
    const uint64_t rights = kit_cap_info(seg).rights;
    for (size_t i = 0; i < depth; i++) {
        chain[i] = sys_cap_derive(i == 0 ? seg : chain[i - 1], rights, 0);
        check(chain[i] > 0);
    }
    return depth;
}

void test_lives_tree_1000_deep_is_revoked_at_once(void)
{
    step_before = longest_step();
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    const size_t depth = chain_make(seg);
    check_eq(kit_cap_info(seg).refs, depth + 1);
    check_eq(sys_cap_revoke(chain[depth / 2]), STATUS_OK);
    check_eq(kit_cap_info(seg).refs, depth / 2 + 2);
    for (size_t i = 0; i < depth; i++) {
        if (i <= depth / 2)
            check_eq(kit_cap_info(chain[i]).nchildren, i < depth / 2);
        else
            check_gone(chain[i]);
    }
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    for (size_t i = 0; i <= depth / 2; i++)
        check_gone(chain[i]);
    check_eq(kit_cap_info(seg).refs, 1);
    note_steps("levels revoked", depth);
    kit_drop(seg);
}

/* Whichever goes: what is below becomes that which is above's. */
void test_lives_tree_1000_deep_loses_its_middle(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    const size_t depth = chain_make(seg);
    for (size_t i = depth / 4; i < 3 * depth / 4; i++) {
        kit_drop(chain[i]);
        check_eq(kit_cap_info(chain[depth / 4 - 1]).nchildren, 1);
    }
    for (size_t i = 1; i < depth / 4; i += 2)
        kit_drop(chain[i]);
    check_eq(kit_cap_info(chain[0]).nchildren, 1);
    check_eq(kit_cap_info(chain[depth - 1]).object, kit_seg_info(seg).id);
    check_eq(sys_cap_revoke(chain[0]), STATUS_OK);
    check_gone(chain[2]);
    check_gone(chain[3 * depth / 4]);
    check_gone(chain[depth - 1]);
    check_eq(kit_cap_info(chain[0]).nchildren, 0);
    check_eq(kit_cap_info(seg).refs, 2);
    kit_drop_all(chain[0], seg);
}

/* --- both ----------------------------------------------------------------------------------- */

/* Leaves at every level of a chain: those below where it is revoked go, the others stay. */
void test_lives_tree_deep_and_wide_is_revoked_from_its_middle(void)
{
    struct tree tree;
    step_before = longest_step();
    require(tree_make(&tree, 0));
    const size_t depth = chain_make(tree.trunk), each = 20;
    for (size_t i = 0; i < depth; i++)
        tree_add(&tree, chain[i], each);
    check_eq(tree_count(&tree), depth * each);
    check_eq(kit_cap_info(chain[depth / 2]).nchildren, each + 1);
    check_eq(sys_cap_revoke(chain[depth / 2]), STATUS_OK);
    check_eq(tree_count(&tree), depth / 2 * each);
    check_eq(kit_cap_info(chain[depth / 2]).nchildren, 0);
    check_eq(sys_cap_revoke(tree.seg), STATUS_OK);
    check_eq(tree_count(&tree), 0);
    tree.trunk = 0;
    note_steps("leaves at all levels, revoked", tree.nleaves);
    tree_drop(&tree);
}

/* --- while it grows ------------------------------------------------------------------------- */

static struct tree growing;

/* At each tick, also in the middle of the revocation, a few more leaves of the trunk. */
static uint64_t body_grow(struct worker *worker)
{
    int64_t placed = 0;
    while (!worker->stop) {
        for (size_t i = 0; i < 8; i++) {
            placed = sys_cap_place(growing.processes[i % 2], growing.trunk, RIGHT_INFO, 0);
            worker->result += placed > 0;
        }
        sys_thread_sleep(0);
    }
    return (uint64_t)placed;
}

static void revoke_while_it_grows(handle_t *cap, bool keeps_trunk)
{
    static struct worker worker;
    require(tree_make(&growing, test_scaled(WIDE / 2)));
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_grow, PRIORITY_DEFAULT + 1));
    sys_thread_sleep(2 * MILLISECOND);
    check(worker.result > 0);
    check_eq(sys_cap_revoke(*cap), STATUS_OK);
    check(kit_cap_info(*cap).nchildren <= 8);
    sys_thread_sleep(2 * MILLISECOND);
    worker.stop = true;
    int64_t last = (int64_t)worker_end(&worker);
    if (keeps_trunk)
        check(last > 0);
    else
        check_eq(last, STATUS_BAD_HANDLE);
    check_eq(tree_count(&growing) > 0, keeps_trunk);
    check_eq(sys_cap_revoke(*cap), STATUS_OK);
    check_eq(tree_count(&growing), 0);
    if (!keeps_trunk)
        growing.trunk = 0;
    test_note("%zu leaves revoked, %" PRIu64 " made meanwhile", growing.nleaves, worker.result);
    tree_drop(&growing);
}

void test_lives_tree_is_revoked_while_another_thread_derives(void)
{
    revoke_while_it_grows(&growing.trunk, true);
    revoke_while_it_grows(&growing.seg, false);
}
