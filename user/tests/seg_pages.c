/* Large pages. */
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
    handle_t seg = kit_seg(6 * MIB, SEG_PAGES_2M);
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
    handle_t seg = kit_seg(2 * MIB + 1, SEG_PAGES_2M);
    require(seg > 0);
    check_eq(kit_seg_info(seg).nbytes, 2 * MIB + 1);
    check_eq(kit_seg_info(seg).resident, 4 * MIB);
    kit_drop(seg);
}

void test_seg_pages_of_1_gib_hold_data(void)
{
    handle_t seg = kit_seg(GIB, SEG_PAGES_1G);
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
