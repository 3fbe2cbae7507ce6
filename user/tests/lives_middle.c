/*
 * Lives: long work, and what happens in the middle of it. A worker of a low priority does something
 * that takes many steps; this thread wakes meanwhile, has the kernel check itself, and interferes.
 */
#include "child.h"
#include "test.h"
#include "tree.h"
#include "worker.h"

#define LEAVES 12000
#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)

static struct tree tree;
static struct worker worker;

/* --- what takes long ------------------------------------------------------------------------ */

static uint64_t body_revoke(struct worker *w)
{
    return (uint64_t)sys_cap_revoke((handle_t)w->argument);
}

static uint64_t body_delete(struct worker *w)
{
    return (uint64_t)sys_cap_delete((handle_t)w->argument);
}

static uint64_t body_destroy(struct worker *w)
{
    return (uint64_t)sys_object_destroy((handle_t)w->argument);
}

/* --- what comes between --------------------------------------------------------------------- */

enum between {
    NOTHING,
    DERIVE,
    PLACE,
    REVOKE_TRUNK,
    REVOKE_SEG,
    DELETE_TRUNK,
    DELETE_SEG,
    DESTROY_SEG,
    DESTROY_WORKER,
    DESTROY_PROCESS,
    DROP_PROCESS,
    BETWEENS
};

/* What a call may say of a capability that is going, or has gone. */
static bool is_going(int64_t status)
{
    return status == STATUS_BAD_HANDLE || status == STATUS_NO_RIGHT || status == STATUS_DESTROYED ||
           status == STATUS_ENDED;
}

static void check_done_or_going(int64_t status)
{
    check(status >= 0 || is_going(status));
}

static void drop_if_there(handle_t *cap)
{
    check_done_or_going(sys_cap_delete(*cap));
    *cap = 0;
}

/* Those that are kept go with the tree; or stay, if the segment was still to be destroyed. */
#define KEPT 10
static handle_t kept[KEPT];

static void derive(void)
{
    for (int i = 0; i < 2 * KEPT; i++) {
        handle_t cap = sys_cap_derive(tree.trunk, RIGHT_INFO, 0);
        check_done_or_going(cap);
        if (cap > 0 && i % 2 == 0)
            kit_drop(cap);
        else if (cap > 0)
            kept[i / 2] = cap;
    }
}

static void place(void)
{
    for (int i = 0; i < 200; i++)
        check_done_or_going(sys_cap_place(tree.processes[i % 2], tree.trunk, RIGHT_INFO, 0));
}

static void come_between(enum between what)
{
    if (what == DERIVE)
        derive();
    else if (what == PLACE)
        place();
    else if (what == REVOKE_TRUNK)
        check_done_or_going(sys_cap_revoke(tree.trunk));
    else if (what == REVOKE_SEG)
        check_done_or_going(sys_cap_revoke(tree.seg));
    else if (what == DELETE_TRUNK)
        drop_if_there(&tree.trunk);
    else if (what == DELETE_SEG)
        drop_if_there(&tree.seg);
    else if (what == DESTROY_SEG)
        check_done_or_going(sys_object_destroy(tree.seg));
    else if (what == DESTROY_WORKER)
        check_done_or_going(sys_object_destroy(worker.thread));
    else if (what == DESTROY_PROCESS)
        check_done_or_going(sys_object_destroy(tree.processes[1]));
    else if (what == DROP_PROCESS)
        drop_if_there(&tree.processes[1]);
}

/* --- both ----------------------------------------------------------------------------------- */

static size_t nmiddle, nrounds;

static void worker_finish(enum between what)
{
    check_eq(sys_thread_wait(worker.thread), STATUS_OK);
    struct thread_info info = kit_thread_info(worker.thread);
    check(info.reason == END_EXIT || what == DESTROY_WORKER);
    check_done_or_going(info.status);
    kit_drop(worker.thread);
}

/* Nothing of the tree is left but what a deleted trunk has handed up, and that goes with the
 * segment. */
static void tree_finish(void)
{
    if (tree.seg > 0)
        check_done_or_going(sys_cap_revoke(tree.seg));
    else if (tree.trunk > 0)
        check_done_or_going(sys_cap_revoke(tree.trunk));
    for (size_t i = 0; i < TREE_PROCESSES; i++)
        if (tree.processes[i] > 0)
            drop_if_there(&tree.processes[i]);
    for (size_t i = 0; i < KEPT; i++)
        if (kept[i] > 0)
            drop_if_there(&kept[i]);
    if (tree.trunk > 0)
        drop_if_there(&tree.trunk);
    if (tree.seg > 0)
        drop_if_there(&tree.seg);
}

static bool is_in_the_middle(void)
{
    return kit_thread_info(worker.thread).reason == END_RUNNING;
}

static void interfere(uint64_t (*body)(struct worker *), handle_t *cap, enum between what)
{
    worker = (struct worker){.argument = (uint64_t)*cap};
    require(worker_start(&worker, 0, body, PRIORITY_LOW));
    sys_thread_sleep(0);
    nrounds++;
    nmiddle += is_in_the_middle();
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    come_between(what);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    worker_finish(what);
    tree_finish();
}

static void interfere_with_all(uint64_t (*body)(struct worker *), handle_t *cap)
{
    nmiddle = nrounds = 0;
    for (enum between what = NOTHING; what < BETWEENS; what++) {
        require(tree_make(&tree, test_scaled(LEAVES)));
        interfere(body, cap, what);
    }
    test_note("%zu of %zu times in the middle", nmiddle, nrounds);
}

void test_lives_middle_of_revoking_a_parent(void)
{
    interfere_with_all(body_revoke, &tree.seg);
}

void test_lives_middle_of_revoking_a_trunk(void)
{
    interfere_with_all(body_revoke, &tree.trunk);
}

void test_lives_middle_of_deleting_a_trunk(void)
{
    interfere_with_all(body_delete, &tree.trunk);
}

void test_lives_middle_of_destroying_an_object(void)
{
    interfere_with_all(body_destroy, &tree.seg);
}

void test_lives_middle_of_destroying_a_process(void)
{
    interfere_with_all(body_destroy, &tree.processes[0]);
}
