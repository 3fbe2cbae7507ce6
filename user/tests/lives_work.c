/*
 * Lives: the kernel checks itself in the middle of a destruction that takes many steps, at the priority of
 * another thread.
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

static void check_in_the_middle(handle_t cap)
{
    static struct worker worker;
    size_t nchecks = 0;
    worker = (struct worker){.argument = (uint64_t)cap};
    require(worker_start(&worker, 0, body_destroy, PRIORITY_LOW));
    while (kit_thread_info(worker.thread).reason == END_RUNNING) {
        sys_thread_sleep(2 * MILLISECOND);
        check_eq(sys_debug_check(kit_system()), STATUS_OK);
        nchecks++;
    }
    check_eq(worker_end(&worker), STATUS_OK);
    test_note("%zu checks in the middle", nchecks - 1);
}

/* In the table of a process, so that this one's does not grow. */
static void give(handle_t holder, handle_t cap)
{
    check(sys_cap_place(holder, cap, 0, 0) > 0);
    kit_drop(cap);
}

void test_lives_middle_of_destroying_a_large_segment(void)
{
    handle_t seg = kit_seg(test_scaled(64) * MIB, SEG_EAGER);
    check_in_the_middle(seg);
    kit_drop(seg);
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
