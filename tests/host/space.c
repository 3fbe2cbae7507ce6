/* Spaces and views: what links make visible, where, and with which rights. */
#include "obj/space.h"

#include <arch/phys.h>

#include "mem/frame.h"
#include "obj/link.h"
#include "world.h"

#define FAR_BASE (VAS_BASE + 512 * GIB) /* an explicit base that starts every kind of granule */

static const struct view *view_of(handle_t view)
{
    return WORLD_OBJECT(view, view);
}

static struct mapping look(handle_t view, uint64_t va)
{
    return cpu_walk(view_of(view)->mmu.root, va);
}

static uint64_t base_of(handle_t seg)
{
    return WORLD_OBJECT(seg, seg)->range.base.v;
}

static void touch(handle_t seg, uint64_t offset)
{
    uint64_t room;
    *(char *)seg_page(WORLD_OBJECT(seg, seg), offset, &room) = 'x';
}

static handle_t attach(handle_t vas)
{
    return must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_ALL));
}

/* Words that differ between two states of a table. */
static unsigned difference(const uint64_t *now, const uint64_t *then)
{
    unsigned n = 0;
    for (int i = 0; i < PT_ENTRIES; i++)
        n += now[i] != then[i];
    return n;
}

static void test_link_stores_at_most_16_entries_at_every_size(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1,        2 * MIB,  5 * MIB,  32 * MIB, 32 * MIB + 1,
                              16 * GIB, 17 * GIB, 600 * GIB};
    pool_root.limit = UINT64_MAX / 2;
    for (size_t i = 0; i < array_count(sizes); i++) {
        handle_t vas = world_vas();
        handle_t seg = world_seg(FAR_BASE, sizes[i], 0);
        int at;
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        must(sys_seg_detach(vas, seg));
        struct seg *s = WORLD_OBJECT(seg, seg);
        const struct space *space = &WORLD_OBJECT(vas, vas)->space;
        pte_t *entry = pt_walk(space->top, PT_ROOT_LEVEL, s->range.base, s->link_level, &at);
        uint64_t then[PT_ENTRIES];
        const uint64_t *now = (const uint64_t *)align_down((uintptr_t)entry, PAGE_SIZE);
        memcpy(then, now, sizeof(then));
        uint32_t ntables = space->ntables;
        uint64_t nfree = frame_count_free();
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        assert_int_equal(at, s->link_level);
        assert_int_equal(difference(now, then), s->ngranules);
        assert_true(s->ngranules <= 16);
        assert_int_equal(space->ntables, ntables);
        assert_true(nfree - frame_count_free() <= 1);
    }
}

static void test_link_rights_are_those_of_its_entries(void **state)
{
    (void)state;
    const uint64_t accesses[] = {ACCESS_READ, ACCESS_RW, ACCESS_RX};
    handle_t seg = world_seg(0, 40 * MIB, 0);
    touch(seg, 0);
    touch(seg, 33 * MIB);
    for (size_t i = 0; i < array_count(accesses); i++) {
        handle_t vas = world_vas();
        handle_t view = attach(vas);
        must(sys_seg_attach(vas, seg, accesses[i]));
        assert_int_equal(look(view, base_of(seg)).access, accesses[i]);
        assert_int_equal(look(view, base_of(seg) + 33 * MIB).access, accesses[i]);
    }
    world_check_seg(WORLD_OBJECT(seg, seg));
}

static void test_links_of_different_rights_share_one_subtree(void **state)
{
    (void)state;
    handle_t vases[2] = {world_vas(), world_vas()};
    handle_t views[2] = {attach(vases[0]), attach(vases[1])};
    handle_t seg = world_seg(0, 5 * MIB, 0);
    must(sys_seg_attach(vases[0], seg, ACCESS_READ));
    must(sys_seg_attach(vases[1], seg, ACCESS_RW));
    uint64_t va = base_of(seg) + 3 * MIB + 5;
    assert_false(look(views[0], va).present);
    touch(seg, 3 * MIB + 5);
    assert_true(look(views[0], va).present);
    assert_int_equal(look(views[0], va).pa, look(views[1], va).pa);
    assert_int_equal(*(char *)paddr_to_ptr(PADDR(look(views[0], va).pa)), 'x');
    assert_int_equal(look(views[0], va).access, ACCESS_READ);
    assert_int_equal(look(views[1], va).access, ACCESS_RW);
}

static void test_unlink_clears_every_entry(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = attach(vas);
    const uint64_t sizes[] = {1, 20 * MIB, 3 * GIB};
    pool_root.limit = UINT64_MAX / 2;
    for (size_t i = 0; i < array_count(sizes); i++) {
        handle_t seg = world_seg(0, sizes[i], 0);
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        for (uint64_t at = 0; at < sizes[i]; at += 2 * MIB)
            touch(seg, at);
        assert_true(look(view, base_of(seg)).present);
        must(sys_seg_detach(vas, seg));
        for (uint64_t at = 0; at < sizes[i]; at += 2 * MIB)
            assert_false(look(view, base_of(seg) + at).present);
        assert_int_equal(sys_seg_detach(vas, seg), STATUS_NOT_ATTACHED);
        world_check_space(&WORLD_OBJECT(vas, vas)->space);
        must(sys_object_destroy(seg));
    }
}

static void test_link_that_overlaps_collides_and_changes_nothing(void **state)
{
    (void)state;
    const struct {
        uint64_t base, nbytes;
    } others[] = {{FAR_BASE, 1},
                  {FAR_BASE + 2 * MIB, 2 * MIB},
                  {FAR_BASE - 2 * MIB, 4 * MIB},
                  {FAR_BASE, 3 * GIB},
                  {FAR_BASE, 20 * GIB}};
    handle_t vas = world_vas();
    handle_t seg = world_seg(FAR_BASE, 4 * MIB, 0);
    pool_root.limit = UINT64_MAX / 2;
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    for (size_t i = 0; i < array_count(others); i++) {
        handle_t other = world_seg(others[i].base, others[i].nbytes, 0);
        struct usage before = usage_now();
        assert_int_equal(sys_seg_attach(vas, other, ACCESS_READ), STATUS_COLLISION);
        assert_usage(before);
        must(sys_seg_detach(vas, seg));
        must(sys_seg_attach(vas, other, ACCESS_READ));
        assert_int_equal(sys_seg_attach(vas, seg, ACCESS_RW), STATUS_COLLISION);
        must(sys_seg_detach(vas, other));
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        world_check_space(&WORLD_OBJECT(vas, vas)->space);
    }
}

static void test_link_in_the_wrong_space_or_twice_is_refused(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t home = world_seg(GIB, PAGE_SIZE, 0);
    handle_t shared = world_seg(0, PAGE_SIZE, 0);
    assert_int_equal(sys_seg_attach(vas, home, ACCESS_READ), STATUS_WRONG_SPACE);
    assert_int_equal(sys_seg_attach(HANDLE_SELF, shared, ACCESS_READ), STATUS_WRONG_SPACE);
    must(sys_seg_attach(vas, shared, ACCESS_READ));
    assert_int_equal(sys_seg_attach(vas, shared, ACCESS_RW), STATUS_ALREADY_ATTACHED);
}

static void test_larger_segment_takes_the_place_of_empty_tables(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = attach(vas);
    struct space *space = &WORLD_OBJECT(vas, vas)->space;
    pool_root.limit = UINT64_MAX / 2;
    handle_t small = world_seg(FAR_BASE + 5 * GIB, 2 * MIB, 0);
    handle_t medium = world_seg(FAR_BASE + 4 * GIB, 3 * GIB, 0);
    handle_t large = world_seg(FAR_BASE, 20 * GIB, 0);
    for (int round = 0; round < 3; round++) {
        must(sys_vas_switch(view));
        must(sys_seg_attach(vas, small, ACCESS_RW));
        assert_int_equal(space->ntables, 2);
        must(sys_seg_detach(vas, small));
        must(sys_seg_attach(vas, medium, ACCESS_RW));
        assert_int_equal(space->ntables, 1);
        touch(medium, GIB + 5);
        assert_true(look(view, FAR_BASE + 5 * GIB + 5).present);
        assert_int_equal(sys_seg_attach(vas, small, ACCESS_RW), STATUS_COLLISION);
        must(sys_seg_detach(vas, medium));
        must(sys_seg_attach(vas, large, ACCESS_READ));
        assert_int_equal(space->ntables, 0);
        assert_false(look(view, FAR_BASE + 5 * GIB + 5).present);
        must(sys_seg_detach(vas, large));
        world_check_space(space);
    }
}

static void test_empty_tables_that_are_removed_are_flushed_before_they_are_freed(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    pool_root.limit = UINT64_MAX / 2;
    handle_t small = world_seg(FAR_BASE, 2 * MIB, 0);
    handle_t large = world_seg(FAR_BASE, 3 * GIB, 0);
    must(sys_vas_switch(attach(vas)));
    must(sys_seg_attach(vas, small, ACCESS_RW));
    must(sys_seg_detach(vas, small));
    machine_forget_tlb();
    uint64_t nfree = frame_count_free();
    must(sys_seg_attach(vas, large, ACCESS_RW));
    assert_int_equal(machine.ninvpcid + machine.nflushed, 1);
    assert_true(machine.free_at_flush <= nfree);
}

static void test_segment_that_crosses_tables_is_linked_in_both(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = attach(vas);
    pool_root.limit = UINT64_MAX / 2;
    const struct {
        uint64_t base, nbytes;
    } cases[] = {{FAR_BASE + GIB - 6 * MIB, 20 * MIB},
                 {FAR_BASE + 512 * GIB - 3 * GIB, 9 * GIB},
                 {FAR_BASE + 512 * GIB - 4 * MIB, 8 * MIB}};
    for (size_t i = 0; i < array_count(cases); i++) {
        handle_t seg = world_seg(cases[i].base, cases[i].nbytes, 0);
        uint64_t charged = pool_root.charged;
        must(sys_seg_attach(vas, seg, ACCESS_RX));
        for (uint64_t at = 0; at < cases[i].nbytes; at += cases[i].nbytes / 4) {
            touch(seg, at);
            assert_int_equal(look(view, cases[i].base + at).access, ACCESS_RX);
        }
        world_check_space(&WORLD_OBJECT(vas, vas)->space);
        assert_true(pool_root.charged - charged <= 5);
        must(sys_seg_detach(vas, seg));
        assert_false(look(view, cases[i].base + cases[i].nbytes - 1).present);
        must(sys_object_destroy(seg));
    }
}

static void test_view_made_before_or_after_a_link_sees_it(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t early = attach(vas);
    handle_t seg = world_seg(0, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    handle_t late = attach(vas);
    assert_true(look(early, base_of(seg)).present && look(late, base_of(seg)).present);
    assert_false(look(HANDLE_HOME, base_of(seg)).present);
    handle_t home = world_seg(2 * GIB, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(HANDLE_SELF, home, ACCESS_RW));
    assert_true(look(early, 2 * GIB).present && look(late, 2 * GIB).present);
    assert_true(look(HANDLE_HOME, 2 * GIB).present);
}

static void test_view_shows_the_kernels_half_as_it_is(void **state)
{
    (void)state;
    handle_t view = attach(world_vas());
    const uint64_t *root = paddr_to_ptr(view_of(view)->mmu.root);
    for (uint64_t slot = SLOT_KERNEL_FIRST; slot < SLOT_END; slot++)
        assert_int_equal(root[slot], slot << PAGE_SHIFT | 3);
}

static void test_view_narrows_what_links_allow(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t rw = world_seg(FAR_BASE, PAGE_SIZE, SEG_EAGER);
    handle_t rx = world_seg(FAR_BASE + 2 * MIB, PAGE_SIZE, SEG_EAGER);
    pool_root.limit = UINT64_MAX / 2;
    handle_t large = world_seg(FAR_BASE + 512 * GIB, 20 * GIB, 0);
    must(sys_seg_attach(vas, rw, ACCESS_RW));
    const uint64_t accesses[] = {ACCESS_READ, ACCESS_RW, ACCESS_RX, ACCESS_ALL};
    handle_t views[4];
    for (size_t i = 0; i < array_count(accesses); i++)
        views[i] = must(sys_vas_attach(HANDLE_SELF, vas, accesses[i]));
    must(sys_seg_attach(vas, rx, ACCESS_RX));
    must(sys_seg_attach(vas, large, ACCESS_RW));
    touch(large, 0);
    for (size_t i = 0; i < array_count(accesses); i++) {
        assert_int_equal(look(views[i], FAR_BASE).access, ACCESS_RW & accesses[i]);
        assert_int_equal(look(views[i], FAR_BASE + 2 * MIB).access, ACCESS_RX & accesses[i]);
        assert_int_equal(look(views[i], FAR_BASE + 512 * GIB).access, ACCESS_RW & accesses[i]);
        assert_int_equal(look(views[i], WORLD_BUFFER).access,
                         look(HANDLE_HOME, WORLD_BUFFER).access);
    }
    world_check_space(&WORLD_OBJECT(vas, vas)->space);
}

static void test_home_entries_stay_out_of_the_vas(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t process = world_process();
    handle_t there = must(sys_vas_attach(process, vas, ACCESS_ALL));
    handle_t here = attach(vas);
    handle_t seg = world_seg(GIB, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(process, seg, ACCESS_RW));
    struct cap *cap;
    assert_ok(cap_lookup(&WORLD_OBJECT(process, process)->caps, there, &cap));
    const struct view *view = container_of(cap->object, struct view, object);
    assert_true(cpu_walk(view->mmu.root, GIB).present);
    assert_false(look(here, GIB).present);
    assert_false(look(HANDLE_HOME, GIB).present);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_link_stores_at_most_16_entries_at_every_size),
        WORLD_TEST(test_link_rights_are_those_of_its_entries),
        WORLD_TEST(test_links_of_different_rights_share_one_subtree),
        WORLD_TEST(test_unlink_clears_every_entry),
        WORLD_TEST(test_link_that_overlaps_collides_and_changes_nothing),
        WORLD_TEST(test_link_in_the_wrong_space_or_twice_is_refused),
        WORLD_TEST(test_larger_segment_takes_the_place_of_empty_tables),
        WORLD_TEST(test_empty_tables_that_are_removed_are_flushed_before_they_are_freed),
        WORLD_TEST(test_segment_that_crosses_tables_is_linked_in_both),
        WORLD_TEST(test_view_made_before_or_after_a_link_sees_it),
        WORLD_TEST(test_view_shows_the_kernels_half_as_it_is),
        WORLD_TEST(test_view_narrows_what_links_allow),
        WORLD_TEST(test_home_entries_stay_out_of_the_vas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
