/* Views: what a root shows of its home, its VAS and the kernel, and what it narrows. */
#include "obj/view.h"

#include <arch/phys.h>

#include "world.h"

static void test_view_made_before_or_after_a_link_sees_it(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t early = world_attach(vas);
    handle_t seg = world_seg(0, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    handle_t late = world_attach(vas);
    assert_true(world_look(early, world_base(seg)).present &&
                world_look(late, world_base(seg)).present);
    assert_false(world_look(HANDLE_HOME, world_base(seg)).present);
    handle_t home = world_seg(2 * GIB, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(HANDLE_SELF, home, ACCESS_RW));
    assert_true(world_look(early, 2 * GIB).present && world_look(late, 2 * GIB).present);
    assert_true(world_look(HANDLE_HOME, 2 * GIB).present);
}

static void test_view_shows_the_kernels_half_as_it_is(void **state)
{
    (void)state;
    handle_t view = world_attach(world_vas());
    const uint64_t *root = paddr_to_ptr(WORLD_OBJECT(view, view)->mmu.root);
    for (uint64_t slot = SLOT_KERNEL_FIRST; slot < SLOT_END; slot++)
        assert_int_equal(root[slot], slot << PAGE_SHIFT | 3);
}

static void test_view_narrows_what_links_allow(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t rw = world_seg(FAR_BASE, PAGE_SIZE, SEG_EAGER);
    handle_t rx = world_seg(FAR_BASE + 2 * MIB, PAGE_SIZE, SEG_EAGER);
    pool_root.pool.limit = UINT64_MAX / 2;
    handle_t large = world_seg(FAR_BASE + 512 * GIB, 20 * GIB, 0);
    must(sys_seg_attach(vas, rw, ACCESS_RW));
    const uint64_t accesses[] = {ACCESS_READ, ACCESS_RW, ACCESS_RX, ACCESS_ALL};
    handle_t views[4];
    for (size_t i = 0; i < array_count(accesses); i++)
        views[i] = must(sys_vas_attach(HANDLE_SELF, vas, accesses[i]));
    must(sys_seg_attach(vas, rx, ACCESS_RX));
    must(sys_seg_attach(vas, large, ACCESS_RW));
    world_touch(large, 0);
    for (size_t i = 0; i < array_count(accesses); i++) {
        assert_int_equal(world_look(views[i], FAR_BASE).access, ACCESS_RW & accesses[i]);
        assert_int_equal(world_look(views[i], FAR_BASE + 2 * MIB).access, ACCESS_RX & accesses[i]);
        assert_int_equal(world_look(views[i], FAR_BASE + 512 * GIB).access,
                         ACCESS_RW & accesses[i]);
        assert_int_equal(world_look(views[i], WORLD_BUFFER).access,
                         world_look(HANDLE_HOME, WORLD_BUFFER).access);
    }
    check_space(&WORLD_OBJECT(vas, vas)->space);
}

static void test_home_entries_stay_out_of_the_vas(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t process = world_process();
    handle_t there = must(sys_vas_attach(process, vas, ACCESS_ALL));
    handle_t here = world_attach(vas);
    handle_t seg = world_seg(GIB, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(process, seg, ACCESS_RW));
    struct cap *cap;
    assert_ok(cap_lookup(&WORLD_OBJECT(process, process)->caps, there, &cap));
    const struct view *view = container_of(cap->object, struct view, object);
    assert_true(cpu_walk(view->mmu.root, GIB).present);
    assert_false(world_look(here, GIB).present);
    assert_false(world_look(HANDLE_HOME, GIB).present);
}

/* So that a switch which has found a handle finds in its slot that view, or none. */
static void test_view_has_a_slot_that_never_held_anything_else(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t other = world_vas();
    handle_t view = world_attach(vas);
    uint64_t slot = handle_slot(view);
    must(sys_vas_detach(view));
    must(sys_cap_delete(other));
    assert_int_not_equal(handle_slot(world_vas()), slot);
    assert_int_not_equal(handle_slot(world_vas()), slot);
    assert_int_equal(handle_slot(world_attach(vas)), slot);
    assert_int_not_equal(handle_slot(world_attach(vas)), handle_slot(other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_view_made_before_or_after_a_link_sees_it),
        WORLD_TEST(test_view_shows_the_kernels_half_as_it_is),
        WORLD_TEST(test_view_narrows_what_links_allow),
        WORLD_TEST(test_home_entries_stay_out_of_the_vas),
        WORLD_TEST(test_view_has_a_slot_that_never_held_anything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
