/* Unlinking: nothing stays in a table, and the TLB forgets before a frame is used again. */
#include "mem/frame.h"
#include "world.h"

static void test_unlink_clears_every_entry(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = world_attach(vas);
    const uint64_t sizes[] = {1, 20 * MIB, 3 * GIB};
    pool_root.pool.limit = UINT64_MAX / 2;
    for (size_t i = 0; i < array_count(sizes); i++) {
        handle_t seg = world_seg(0, sizes[i], 0);
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        for (uint64_t at = 0; at < sizes[i]; at += 2 * MIB)
            world_touch(seg, at);
        assert_true(world_look(view, world_base(seg)).present);
        must(sys_seg_detach(vas, seg));
        for (uint64_t at = 0; at < sizes[i]; at += 2 * MIB)
            assert_false(world_look(view, world_base(seg) + at).present);
        assert_int_equal(sys_seg_detach(vas, seg), STATUS_NOT_ATTACHED);
        check_space(&WORLD_OBJECT(vas, vas)->space);
        must(sys_object_destroy(seg));
    }
}

static void test_unlink_drops_the_pages_from_the_tlb_before_they_are_freed(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = world_attach(vas);
    const uint64_t sizes[] = {3 * PAGE_SIZE, 5 * MIB};
    for (size_t i = 0; i < array_count(sizes); i++) {
        handle_t seg = world_seg(0, sizes[i], SEG_EAGER);
        must(sys_seg_attach(vas, seg, ACCESS_RW));
        must(sys_vas_switch(HANDLE_HOME));
        must(sys_vas_switch(view));
        machine_forget_tlb();
        uint64_t nfree = frame_count_free();
        must(sys_object_destroy(seg));
        assert_int_equal(machine.ninvlpg, i == 0 ? 3 : 0);
        assert_int_equal(machine.ninvpcid, i == 0 ? 0 : 1);
        assert_true(machine.free_at_flush <= nfree && frame_count_free() > nfree);
    }
}

static void test_unlink_elsewhere_leaves_the_tlb_alone_until_the_view_is_loaded(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t view = world_attach(vas);
    handle_t seg = world_seg(0, PAGE_SIZE, SEG_EAGER);
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    must(sys_vas_switch(view));
    must(sys_vas_switch(HANDLE_HOME));
    machine_forget_tlb();
    must(sys_seg_detach(vas, seg));
    assert_int_equal(machine.ninvlpg + machine.ninvpcid + machine.nflushed, 0);
    must(sys_vas_switch(view));
    assert_int_equal(machine.nflushed, 1);
}

static void test_empty_tables_that_are_removed_are_flushed_before_they_are_freed(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    pool_root.pool.limit = UINT64_MAX / 2;
    handle_t small = world_seg(FAR_BASE, 2 * MIB, 0);
    handle_t large = world_seg(FAR_BASE, 3 * GIB, 0);
    must(sys_vas_switch(world_attach(vas)));
    must(sys_seg_attach(vas, small, ACCESS_RW));
    must(sys_seg_detach(vas, small));
    machine_forget_tlb();
    uint64_t nfree = frame_count_free();
    must(sys_seg_attach(vas, large, ACCESS_RW));
    assert_int_equal(machine.ninvpcid + machine.nflushed, 1);
    assert_true(machine.free_at_flush <= nfree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_unlink_clears_every_entry),
        WORLD_TEST(test_unlink_drops_the_pages_from_the_tlb_before_they_are_freed),
        WORLD_TEST(test_unlink_elsewhere_leaves_the_tlb_alone_until_the_view_is_loaded),
        WORLD_TEST(test_empty_tables_that_are_removed_are_flushed_before_they_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
