/* Large pages, and sparse segments. */
#include "child.h"
#include "kit.h"
#include "test.h"

/* Links the segment, writes and reads through a view at both ends, takes everything away. */
static void large_check(handle_t seg, uint64_t page_bytes)
{
    struct seg_info info = kit_seg_info(seg);
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA);
    check_eq(info.page_bytes, page_bytes);
    check_eq(info.resident, info.nbytes);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(info.base), 0);
    check_eq(*kit_word(info.base + info.nbytes - 8), 0);
    *kit_word(info.base + info.nbytes - 8) = 5;
    *kit_word(info.base + info.nbytes / 2) = 6;
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_peek(seg, info.nbytes - 8), 5);
    check_eq(kit_peek(seg, info.nbytes / 2), 6);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

void test_seg_pages_of_2_mib_hold_data(void)
{
    handle_t seg = kit_seg(6 * MIB, SEG_PAGES_2M | SEG_EAGER);
    require(seg > 0);
    check_eq(kit_seg_info(seg).extent, GIB);
    large_check(seg, 2 * MIB);
    kit_drop(seg);
}

void test_seg_pages_of_2_mib_are_zero_when_reused(void)
{
    handle_t dirty = kit_seg(4 * MIB, SEG_PAGES_2M);
    require(dirty > 0);
    for (uint64_t at = 0; at < 4 * MIB; at += 64 * KIB)
        kit_poke(dirty, at, UINT64_MAX);
    kit_drop(dirty);
    handle_t fresh = kit_seg(4 * MIB, SEG_PAGES_2M);
    for (uint64_t at = 0; at < 4 * MIB; at += 64 * KIB)
        check_eq(kit_peek(fresh, at), 0);
    kit_drop(fresh);
}

void test_seg_pages_of_2_mib_round_the_size_up(void)
{
    handle_t seg = kit_seg(2 * MIB + 1, SEG_PAGES_2M | SEG_EAGER);
    require(seg > 0);
    check_eq(kit_seg_info(seg).nbytes, 2 * MIB + 1);
    check_eq(kit_seg_info(seg).resident, 4 * MIB);
    kit_drop(seg);
}

void test_seg_pages_of_1_gib_hold_data(void)
{
    handle_t seg = kit_seg(GIB, SEG_PAGES_1G | SEG_EAGER);
    if (seg == STATUS_NO_MEMORY || seg == STATUS_UNSUPPORTED)
        skip(seg == STATUS_NO_MEMORY ? "no free 1 GiB block" : "the CPU has no 1 GiB pages");
    require(seg > 0);
    large_check(seg, GIB);
    kit_drop(seg);
}

void test_seg_pages_of_1_gib_are_a_feature(void)
{
    handle_t seg = kit_seg(GIB, SEG_PAGES_1G);
    check_eq(seg == STATUS_UNSUPPORTED, !kit_has_feature(FEATURE_PAGES_1G));
    if (seg > 0)
        kit_drop(seg);
}

void test_seg_pages_of_2_mib_come_at_first_touch(void)
{
    handle_t seg = kit_seg(8 * MIB, SEG_PAGES_2M);
    check_eq(kit_seg_info(seg).resident, 0);
    kit_poke(seg, 3 * MIB, 1);
    check_eq(kit_seg_info(seg).resident, 2 * MIB);
    check_eq(kit_seg_info(seg).resident_2m, 2 * MIB);
    check_eq(kit_peek(seg, 4 * MIB - 8), 0);
    check_eq(kit_seg_info(seg).resident, 2 * MIB);
    kit_drop(seg);
}

void test_seg_pages_by_size_are_as_large_as_it_is_worth(void)
{
    handle_t small = kit_seg(4 * MIB, SEG_PAGES_BY_SIZE);
    handle_t large = kit_seg(64 * GIB, SEG_PAGES_BY_SIZE | SEG_SPARSE);
    bool giant = kit_has_feature(FEATURE_PAGES_1G);
    check_eq(kit_seg_info(small).page_bytes, PAGE_BYTES);
    check_eq(kit_seg_info(large).page_bytes, giant ? GIB : 2 * MIB);
    check_eq(sys_seg_create(NAME("a"), 0, MIB, SEG_PAGES_BY_SIZE | SEG_PAGES_2M, 0),
             STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_create(NAME("a"), 0, MIB, SEG_SPARSE | SEG_EAGER, 0), STATUS_BAD_ARGUMENT);
    kit_drop_all(small, large);
}

/* --- sparse segments -------------------------------------------------------------------------- */

#define TIB (1024 * GIB)

void test_seg_sparse_is_larger_than_memory(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_DATA), seg = kit_seg(4 * TIB, SEG_SPARSE);
    require(seg > 0);
    uint64_t base = kit_seg_info(seg).base;
    uint64_t before = kit_seg_info(seg).charged;
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    for (uint64_t at = 0; at < 4 * TIB; at += TIB / 2)
        *kit_word(base + at) = at + 1;
    for (uint64_t at = 0; at < 4 * TIB; at += TIB / 2)
        check_eq(*kit_word(base + at), at + 1);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(kit_seg_info(seg).resident, 8 * PAGE_BYTES);
    check_eq(kit_seg_info(seg).charged, before + 8 * 3 * PAGE_BYTES);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

void test_seg_sparse_of_a_pool_without_memory_faults(void)
{
    handle_t pool = kit_pool(40), vas = sys_vas_create(NAME("thin"), 0);
    handle_t seg = sys_seg_create(NAME("sparse"), PLACE_A, 20 * MIB, SEG_SPARSE, pool);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    uint64_t used = 0;
    while (sys_seg_write(seg, used * PAGE_BYTES, (uintptr_t)&used, 8) == 8)
        used++;
    check(used > 8);
    check_eq(kit_pool_info(pool).left_frames, 0);
    test_expect_log(
        "write to 0x[0-9a-f]+ refused: pool '[^']*' \\([0-9]+\\) has no memory left for "
        "segment 'sparse'");
    struct process_info end =
        child_run(&code_store, vas, ACCESS_DATA,
                  (struct child_task){.address = PLACE_A + used * PAGE_BYTES, .value = 1});
    check_eq(end.reason, END_FAULT);
    check_eq(end.address, PLACE_A + used * PAGE_BYTES);
    end = child_run(&code_store, vas, ACCESS_DATA,
                    (struct child_task){.address = PLACE_A + (used - 1) * PAGE_BYTES, .value = 1});
    check_eq(end.reason, END_EXIT);
    kit_drop_all(seg, vas, pool);
}
