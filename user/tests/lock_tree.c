/* Locks of segments at work: processes that change a balanced tree and look at it are killed at any
 * moment, and the tree is whole at the end (garden.h). */
#include <inttypes.h>
#include <stdio.h>

#include "garden.h"
#include "test.h"

#define CHANGERS 3
#define GARDENERS (CHANGERS + 2)
#define KILLS 200
#define KILLS_MAX 2000 /* if too few of them have hit */
#define TORN 8         /* in the middle of a change */
#define PAUSE_NS 3000000
#define PRIORITY_HIGH (PRIORITY_DEFAULT + 1)

static struct {
    struct garden garden;
    handle_t view, tally;
    struct program *program;
    handle_t gardeners[GARDENERS];
    uint64_t random;
} stage;

static bool garden_make(struct garden *garden)
{
    garden->vas = kit_vas();
    garden->heap = seg_create("heap", GARDEN_HEAP, GARDEN_HEAP_BYTES, SEG_LOCKABLE);
    garden->ledger = seg_create("ledger", GARDEN_LEDGER, sizeof(struct ledger), SEG_LOCKABLE);
    check_eq(seg_attach(garden->vas, garden->ledger, ACCESS_DATA), STATUS_OK);
    check_eq(seg_attach(garden->vas, garden->heap, ACCESS_DATA), STATUS_OK);
    stage.view = kit_view(garden->vas, ACCESS_DATA);
    if (!check_eq(vas_switch(stage.view), STATUS_OK))
        return false;
    struct segheap *heap = segheap_create((void *)GARDEN_HEAP, GARDEN_HEAP_BYTES);
    check_eq(segheap_set_root(heap, "tree", avl_create(heap)), STATUS_OK);
    bool made = check(garden_open(garden)) && check(garden_is_right(garden));
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    return made;
}

static bool stage_make(void)
{
    stage.random = (uint64_t)sys_clock_read();
    printf("# seed %" PRIu64 "\n", stage.random);
    stage.tally = seg_create("tally", GARDEN_TALLY, sizeof(struct tally), 0);
    check_eq(seg_attach(HANDLE_SELF, stage.tally, ACCESS_DATA), STATUS_OK);
    return garden_make(&stage.garden) && check_eq(program_open("tests", &stage.program), STATUS_OK);
}

static void stage_drop(void)
{
    struct garden *garden = &stage.garden;
    program_close(stage.program);
    check_eq(seg_detach(HANDLE_SELF, stage.tally), STATUS_OK);
    kit_drop_all(stage.view, garden->vas, garden->heap, garden->ledger, stage.tally);
}

/* Who looks can do no more. */
static bool gardener_start(size_t i)
{
    const struct garden *garden = &stage.garden;
    const bool changes = i < CHANGERS;
    const uint64_t access = changes ? ACCESS_DATA : ACCESS_READ;
    const struct program_cap caps[] = {
        {"tally", stage.tally, ACCESS_DATA},
        {"vas", garden->vas, RIGHT_VAS_VIEW | access},
        {"heap", garden->heap, access},
        {"ledger", garden->ledger, access},
    };
    char seed[24];
    snprintf(seed, sizeof(seed), "%" PRIu64, garden_random(&stage.random));
    const char *argv[] = {"tests", "gardener", changes ? "changes" : "looks", seed, NULL};
    return check_eq(program_spawn(stage.program, argv, caps, sizeof(caps) / sizeof(caps[0]),
                                  &stage.gardeners[i]),
                    STATUS_OK);
}

/* It ends here, not by itself. */
static bool gardener_kill(size_t i)
{
    bool good = check_eq(kit_process_info(stage.gardeners[i]).reason, END_RUNNING);
    check_eq(sys_object_destroy(stage.gardeners[i]), STATUS_OK);
    kit_drop(stage.gardeners[i]);
    return good;
}

/* Kills one after the other, and starts others. Returns how many. */
static size_t kill_at_random(void)
{
    const size_t enough = test_scaled(KILLS), torn = test_scaled(TORN);
    size_t kills = 0;
    bool good = true;
    while (good && kills < KILLS_MAX && (kills < enough || garden_tally()->torn < torn)) {
        sys_thread_sleep(garden_random(&stage.random) % PAUSE_NS);
        size_t i = garden_random(&stage.random) % GARDENERS;
        good = gardener_kill(i);
        good &= gardener_start(i);
        kills++;
    }
    check(garden_tally()->torn >= torn);
    return kills;
}

/* A piece of the heap may be lost with each who was killed. */
static void check_heap(const struct avl *tree, size_t kills)
{
    const struct segheap *heap = tree->heap;
    size_t npieces = tree->top.value + kills, piece = segheap_size(heap, tree->top.left);
    check_eq(segheap_check(heap), STATUS_OK);
    check(tree->top.value > 0);
    check(segheap_used(heap) <= npieces * piece + segheap_size(heap, tree));
}

/* Under the locks, which are free when all others have ended. */
static void check_garden(size_t kills)
{
    const struct garden *garden = &stage.garden;
    int64_t status = vas_switch_try(stage.view);
    require(status == STATUS_OK || status == VAS_ABANDONED);
    const char *wrong = garden_enter(garden, status);
    if (!check(wrong == NULL))
        test_note("wrong: %s", wrong);
    if (check(garden_is_right(garden)))
        check_heap(garden->tree, kills);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_vas_info(garden->vas).nholders, 0);
}

void test_lock_keeps_a_tree_whole_while_gardeners_are_killed(void)
{
    require(stage_make());
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK); /* to come at any moment */
    bool started = true;
    for (size_t i = 0; i < GARDENERS; i++)
        started &= gardener_start(i);
    require(started);
    size_t kills = kill_at_random() + GARDENERS;
    for (size_t i = 0; i < GARDENERS; i++)
        gardener_kill(i);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    check_garden(kills);
    const struct tally *tally = garden_tally();
    check(tally->changes > 0 && tally->looks > 0);
    test_note("%zu killed: %" PRIu64 " left it abandoned, %" PRIu64 " of them in a change", kills,
              tally->told, tally->torn);
    test_note("visits: %" PRIu64 " to change, %" PRIu64 " to look", tally->changes, tally->looks);
    stage_drop();
}
