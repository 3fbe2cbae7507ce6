/*
 * Lives: the kernel checks itself in the middle of a destruction that takes many steps, at the
 * priority of another thread.
 */
#include "child.h"
#include "test.h"
#include "worker.h"

#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)
#define MANY 2000

static uint64_t body_destroy(struct worker *worker)
{
    return (uint64_t)sys_object_destroy((handle_t)worker->argument);
}

/* Returns how often that was. */
static size_t check_in_the_middle(handle_t cap)
{
    static struct worker worker;
    size_t nchecks = 0;
    worker = (struct worker){.argument = (uint64_t)cap};
    if (!worker_start(&worker, 0, body_destroy, PRIORITY_LOW))
        return 0;
    while (kit_thread_info(worker.thread).reason == END_RUNNING) {
        sys_thread_sleep(0); /* until the next tick */
        check_eq(sys_debug_check(kit_system()), STATUS_OK);
        nchecks++;
    }
    check_eq(worker_end(&worker), STATUS_OK);
    test_note("%zu checks in the middle", nchecks - 1);
    return nchecks - 1;
}

/* In the table of a process, so that this one's does not grow. */
static void give(handle_t holder, handle_t cap)
{
    check(sys_cap_place(holder, cap, 0, 0) > 0);
    kit_drop(cap);
}

void test_lives_middle_of_destroying_a_large_segment(void)
{
    size_t nchecks = 0;
    for (int tries = 0; tries < 30 && nchecks == 0; tries++) {
        handle_t seg = kit_seg(test_scaled(64) * MIB, SEG_EAGER);
        nchecks = check_in_the_middle(seg);
        kit_drop(seg);
    }
    check(nchecks > 0);
}

/* Views here, and links of segments that stay. */
void test_lives_middle_of_destroying_a_vas(void)
{
    handle_t vas = kit_vas();
    handle_t holder = sys_process_create(NAME("holder"), 0);
    for (size_t i = 0; i < test_scaled(MANY); i++) {
        handle_t seg = kit_seg_at(PLACE_A + i * GIB, PAGE_BYTES);
        check(sys_vas_attach(holder, vas, ACCESS_READ) > 0);
        require_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
        kit_drop(seg);
    }
    check_in_the_middle(vas);
    kit_drop_all(vas, holder);
}

void test_lives_middle_of_destroying_a_pool(void)
{
    struct child child;
    handle_t pool = kit_pool(MANY * 5), inner = sys_pool_create(NAME("inner"), MANY * 4, pool);
    require(child_make_in(&child, pool, "holder", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = UINT64_MAX}));
    for (size_t i = 0; i < test_scaled(MANY); i++) {
        handle_t made = i % 4 == 0   ? sys_process_create(NAME("in"), inner)
                        : i % 4 == 1 ? sys_vas_create(NAME("in"), inner)
                        : i % 4 == 2
                            ? sys_seg_create(NAME("in"), 0, 3 * PAGE_BYTES, SEG_EAGER, inner)
                            : sys_endpoint_create(NAME("in"), inner);
        require(made > 0);
        give(child.process, made);
    }
    check_in_the_middle(pool);
    child_drop(&child);
    kit_drop_all(pool, inner);
}

/* Not in tests.def: the kernel's own check takes a dead segment with links for broken. */
void test_lives_middle_of_destroying_a_segment_with_links(void)
{
    handle_t holder = sys_process_create(NAME("holder"), 0), seg = kit_seg_at(PLACE_A, PAGE_BYTES);
    for (size_t i = 0; i < test_scaled(MANY); i++) {
        handle_t vas = kit_vas();
        require_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
        give(holder, vas);
    }
    check_in_the_middle(seg);
    kit_drop_all(seg, holder);
}

/* --- work of several priorities --------------------------------------------------------------- */

#define LARGE (60 * MIB)

/* Sleeps until the end of a segment has begun. */
static void await_the_beginning(handle_t seg)
{
    struct seg_info info;
    while (sys_seg_info(seg, (uintptr_t)&info) == STATUS_OK)
        sys_thread_sleep(0);
}

/* Who destroys something small does not wait for what others are destroying at a lower priority. */
void test_lives_small_work_does_not_wait_for_large(void)
{
    static struct worker worker;
    handle_t vas = kit_vas(), big = kit_seg(LARGE, SEG_EAGER);
    worker = (struct worker){.argument = (uint64_t)big};
    require(worker_start(&worker, 0, body_destroy, PRIORITY_LOW));
    await_the_beginning(big);
    uint64_t before = kit_system_info().free_frames;
    check_eq(sys_object_destroy(vas), STATUS_OK);
    check(kit_system_info().free_frames < before + LARGE / PAGE_BYTES / 8);
    check_eq(worker_end(&worker), STATUS_OK);
    kit_drop_all(vas, big);
}

/* But for what belongs to it, it does. */
void test_lives_of_a_pool_end_with_members_that_are_ending(void)
{
    static struct worker worker;
    uint64_t before = kit_system_info().free_frames;
    handle_t pool = kit_pool(17000), big = sys_seg_create(NAME("big"), 0, LARGE, SEG_EAGER, pool);
    worker = (struct worker){.argument = (uint64_t)big};
    require(worker_start(&worker, 0, body_destroy, PRIORITY_LOW));
    await_the_beginning(big);
    check_eq(sys_object_destroy(pool), STATUS_OK);
    check(kit_system_info().free_frames + 64 > before);
    check_eq(worker_end(&worker), STATUS_OK);
    kit_drop_all(big, pool);
}
