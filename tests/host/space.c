/* Spaces: what a link makes visible, what it costs, and what stands in its way. */
#include "obj/space.h"

#include <arch/phys.h>

#include "mem/frame.h"
#include "obj/link.h"
#include "world.h"

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
    pool_root.pool.limit = UINT64_MAX / 2;
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
    world_touch(seg, 0);
    world_touch(seg, 33 * MIB);
    for (size_t i = 0; i < array_count(accesses); i++) {
        handle_t vas = world_vas();
        handle_t view = world_attach(vas);
        must(sys_seg_attach(vas, seg, accesses[i]));
        assert_int_equal(world_look(view, world_base(seg)).access, accesses[i]);
        assert_int_equal(world_look(view, world_base(seg) + 33 * MIB).access, accesses[i]);
    }
    check_seg(WORLD_OBJECT(seg, seg));
}

static void test_links_of_different_rights_share_one_subtree(void **state)
{
    (void)state;
    handle_t vases[2] = {world_vas(), world_vas()};
    handle_t views[2] = {world_attach(vases[0]), world_attach(vases[1])};
    handle_t seg = world_seg(0, 5 * MIB, 0);
    must(sys_seg_attach(vases[0], seg, ACCESS_READ));
    must(sys_seg_attach(vases[1], seg, ACCESS_RW));
    uint64_t va = world_base(seg) + 3 * MIB + 5;
    assert_false(world_look(views[0], va).present);
    world_touch(seg, 3 * MIB + 5);
    assert_true(world_look(views[0], va).present);
    assert_int_equal(world_look(views[0], va).pa, world_look(views[1], va).pa);
    assert_int_equal(*(char *)paddr_to_ptr(PADDR(world_look(views[0], va).pa)), 'x');
    assert_int_equal(world_look(views[0], va).access, ACCESS_READ);
    assert_int_equal(world_look(views[1], va).access, ACCESS_RW);
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
    pool_root.pool.limit = UINT64_MAX / 2;
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
        check_space(&WORLD_OBJECT(vas, vas)->space);
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
    handle_t view = world_attach(vas);
    struct space *space = &WORLD_OBJECT(vas, vas)->space;
    pool_root.pool.limit = UINT64_MAX / 2;
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
        world_touch(medium, GIB + 5);
        assert_true(world_look(view, FAR_BASE + 5 * GIB + 5).present);
        assert_int_equal(sys_seg_attach(vas, small, ACCESS_RW), STATUS_COLLISION);
        must(sys_seg_detach(vas, medium));
        must(sys_seg_attach(vas, large, ACCESS_READ));
        assert_int_equal(space->ntables, 0);
        assert_false(world_look(view, FAR_BASE + 5 * GIB + 5).present);
        must(sys_seg_detach(vas, large));
        check_space(space);
    }
}

static void test_segment_that_crosses_tables_is_linked_in_both(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = world_attach(vas);
    pool_root.pool.limit = UINT64_MAX / 2;
    const struct {
        uint64_t base, nbytes;
    } cases[] = {{FAR_BASE + GIB - 6 * MIB, 20 * MIB},
                 {FAR_BASE + 512 * GIB - 3 * GIB, 9 * GIB},
                 {FAR_BASE + 512 * GIB - 4 * MIB, 8 * MIB}};
    for (size_t i = 0; i < array_count(cases); i++) {
        handle_t seg = world_seg(cases[i].base, cases[i].nbytes, 0);
        uint64_t charged = pool_root.pool.charged;
        must(sys_seg_attach(vas, seg, ACCESS_RX));
        for (uint64_t at = 0; at < cases[i].nbytes; at += cases[i].nbytes / 4) {
            world_touch(seg, at);
            assert_int_equal(world_look(view, cases[i].base + at).access, ACCESS_RX);
        }
        check_space(&WORLD_OBJECT(vas, vas)->space);
        assert_true(pool_root.pool.charged - charged <= 5);
        must(sys_seg_detach(vas, seg));
        assert_false(world_look(view, cases[i].base + cases[i].nbytes - 1).present);
        must(sys_object_destroy(seg));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_link_stores_at_most_16_entries_at_every_size),
        WORLD_TEST(test_link_rights_are_those_of_its_entries),
        WORLD_TEST(test_links_of_different_rights_share_one_subtree),
        WORLD_TEST(test_link_that_overlaps_collides_and_changes_nothing),
        WORLD_TEST(test_link_in_the_wrong_space_or_twice_is_refused),
        WORLD_TEST(test_larger_segment_takes_the_place_of_empty_tables),
        WORLD_TEST(test_segment_that_crosses_tables_is_linked_in_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
