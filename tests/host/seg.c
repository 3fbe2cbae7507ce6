/* Segments: shapes, bases, memory. */
#include "obj/seg.h"

#include <arch/features.h>
#include <arch/phys.h>

#include "mem/frame.h"
#include "world.h"

#define TIB ((uint64_t)1 << 40)

static struct seg *create(uint64_t base, uint64_t nbytes, uint64_t flags)
{
    return WORLD_OBJECT(world_seg(base, nbytes, flags), seg);
}

static int64_t try_create(uint64_t base, uint64_t nbytes, uint64_t flags)
{
    return sys_seg_create('s', 0, base, nbytes, flags, 0);
}

/* The machine's memory does not limit what may be promised. */
static int setup_boundless(void **state)
{
    world_setup(state);
    pool_root.pool.limit = UINT64_MAX / 2;
    return 0;
}

static void test_seg_shape_has_at_most_16_granules_at_every_size(void **state)
{
    (void)state;
    const struct {
        uint64_t nbytes, flags;
        int link_level;
        uint32_t ngranules;
    } shapes[] = {
        {1, 0, 2, 1},           {PAGE_SIZE + 1, 0, 2, 1}, {2 * MIB, 0, 2, 1},
        {2 * MIB + 1, 0, 2, 2}, {32 * MIB, 0, 2, 16},     {32 * MIB + 1, 0, 3, 1},
        {GIB + 1, 0, 3, 2},     {16 * GIB, 0, 3, 16},     {16 * GIB + 1, 0, 4, 1},
        {8 * TIB, 0, 4, 16},    {1, SEG_PAGES_2M, 3, 1},
    };
    for (size_t i = 0; i < array_count(shapes); i++) {
        const struct seg *seg = create(0, shapes[i].nbytes, shapes[i].flags);
        assert_int_equal(seg->link_level, shapes[i].link_level);
        assert_int_equal(seg->ngranules, shapes[i].ngranules);
        assert_int_equal(seg_extent(seg), shapes[i].ngranules * level_bytes(seg->link_level));
        assert_true(is_aligned(seg->range.base.v, level_bytes(seg->link_level)));
        assert_true(seg_extent(seg) >= shapes[i].nbytes);
        assert_int_equal(seg->range.npages << PAGE_SHIFT,
                         align_up(shapes[i].nbytes, level_bytes(seg->page_level)));
        assert_true(seg->link_level > seg->page_level);
    }
    assert_int_equal(try_create(0, 8 * TIB + 1, 0), STATUS_TOO_LARGE);
    assert_int_equal(try_create(0, UINT64_MAX, 0), STATUS_TOO_LARGE);
    assert_int_equal(try_create(0, 0, 0), STATUS_BAD_ARGUMENT);
}

static void test_seg_chosen_bases_never_overlap_also_after_destroying(void **state)
{
    (void)state;
    uint64_t end = 0;
    random_seed(2);
    for (int i = 0; i < 200; i++) {
        uint64_t nbytes = (uint64_t)1 << random_below(i % 20 == 0 ? 41 : 33);
        handle_t handle = world_seg(0, nbytes, 0);
        const struct seg *seg = WORLD_OBJECT(handle, seg);
        assert_true(seg->range.base.v >= VAS_CHOSEN_BASE && seg->range.base.v >= end);
        end = seg->range.base.v + seg_extent(seg);
        assert_true(end < VAS_END);
        must(sys_object_destroy(handle));
        must(sys_cap_delete(handle));
    }
}

static void test_seg_explicit_base_is_checked(void **state)
{
    (void)state;
    const struct {
        uint64_t base, nbytes;
        status_t status;
    } cases[] = {
        {HOME_FIRST_SEG, 2 * MIB, STATUS_OK},
        {HOME_END - 2 * MIB, 2 * MIB, STATUS_OK},
        {VAS_BASE, 2 * MIB, STATUS_OK},
        {VAS_CHOSEN_BASE - 2 * MIB, 2 * MIB, STATUS_OK},
        {VAS_BASE, 16 * GIB + 1, STATUS_OK},
        {PAGE_SIZE, PAGE_SIZE, STATUS_UNALIGNED},
        {HOME_FIRST_SEG + PAGE_SIZE, PAGE_SIZE, STATUS_UNALIGNED},
        {HOME_FIRST_SEG, 32 * MIB + 1, STATUS_UNALIGNED},
        {HOME_END - 2 * MIB, 2 * MIB + 1, STATUS_BAD_ARGUMENT},
        {HOME_END - GIB, GIB + 1, STATUS_BAD_ARGUMENT},
        {VAS_CHOSEN_BASE - 2 * MIB, 2 * MIB + 1, STATUS_BAD_ARGUMENT},
        {VAS_CHOSEN_BASE, PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {USER_END - 2 * MIB, PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {USER_END, PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {0xffffffff80000000, PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {0xffffffffffe00000, 2 * MIB, STATUS_BAD_ARGUMENT},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        int64_t result = try_create(cases[i].base, cases[i].nbytes, 0);
        assert_int_equal(result < 0 ? result : STATUS_OK, cases[i].status);
    }
}

static void test_seg_flags_are_checked(void **state)
{
    (void)state;
    assert_int_equal(try_create(0, 1, SEG_PAGES_2M | SEG_PAGES_1G), STATUS_BAD_ARGUMENT);
    assert_int_equal(try_create(0, 1, SEG_FLAGS + 1), STATUS_BAD_ARGUMENT);
    assert_int_equal(try_create(0, 1, SEG_PAGES_2M | SEG_PAGES_BY_SIZE), STATUS_BAD_ARGUMENT);
    assert_int_equal(try_create(0, 1, SEG_SPARSE | SEG_EAGER), STATUS_BAD_ARGUMENT);
    assert_int_equal(try_create(0, 1, (uint64_t)1 << 32), STATUS_BAD_ARGUMENT);
    features_in_use &= ~FEATURE_BIT(PAGES_1G);
    assert_int_equal(try_create(0, 1, SEG_PAGES_1G), STATUS_UNSUPPORTED);
}

static void test_seg_bases_run_out_without_wrapping(void **state)
{
    (void)state;
    uint64_t end = 0;
    int64_t result = 0;
    for (int i = 0; i < 200; i++) {
        result = try_create(0, 8 * TIB, 0);
        if (result < 0)
            break;
        const struct seg *seg = WORLD_OBJECT(result, seg);
        assert_true(seg->range.base.v >= end);
        end = seg->range.base.v + seg_extent(seg);
        assert_true(end <= USER_END - 512 * GIB);
    }
    assert_int_equal(result, STATUS_NO_MEMORY);
}

/* 512 GiB each. One stays; the others' bases come again, the kept one's never. */
static void test_seg_bases_come_again_only_after_all_others(void **state)
{
    (void)state;
    const struct seg *kept = create(0, 16 * GIB + 1, 0);
    uint64_t first = kept->range.base.v;
    uint64_t last = first;
    unsigned nwraps = 0;
    for (int i = 0; i < 600; i++) {
        handle_t handle = world_seg(0, 16 * GIB + 1, 0);
        uint64_t base = WORLD_OBJECT(handle, seg)->range.base.v;
        assert_int_not_equal(base, first);
        nwraps += base < last;
        last = base;
        must(sys_cap_delete(handle));
    }
    unsigned others = (VAS_END - VAS_CHOSEN_BASE) / (512 * GIB) - 1;
    assert_int_equal(nwraps, 599 / others);
}

/* The same with segments all over: a new one finds the gap, and there is no second. */
static void test_seg_bases_come_again_where_there_is_a_gap(void **state)
{
    (void)state;
    handle_t handles[16];
    size_t n = 0;
    for (int64_t made; (made = try_create(0, 2 * TIB, 0)) > 0; n++)
        handles[n] = made;
    assert_true(n > 3 && n < array_count(handles));
    while (try_create(0, 16 * GIB + 1, 0) > 0)
        continue;
    uint64_t gap = WORLD_OBJECT(handles[2], seg)->range.base.v;
    must(sys_object_destroy(handles[2]));
    assert_int_equal(create(0, 2 * TIB, 0)->range.base.v, gap);
    assert_int_equal(try_create(0, 2 * TIB, 0), STATUS_NO_MEMORY);
}

static void test_seg_page_is_zeroed_once_and_then_stays(void **state)
{
    (void)state;
    struct seg *seg = create(0, 40 * MIB, 0);
    uint64_t room;
    char *p = seg_page(seg, 33 * MIB + 100, &room);
    assert_int_equal(room, PAGE_SIZE - 100);
    assert_int_equal(*p, 0);
    *p = 'x';
    assert_ptr_equal(seg_page(seg, 33 * MIB + 100, &room), p);
    assert_int_equal(*p, 'x');
    assert_int_equal(seg_resident(seg), 1);
    check_seg(seg);
}

static void test_seg_charge_covers_everything_it_can_ever_take(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, 2 * MIB + 1, 5 * MIB, 32 * MIB + 1};
    for (size_t i = 0; i < array_count(sizes); i++) {
        struct usage before = usage_now();
        struct seg *seg = create(0, sizes[i], SEG_EAGER);
        assert_int_equal(seg_resident(seg), seg->range.npages);
        assert_int_equal(pool_root.pool.charged - before.charged,
                         before.free_frames - frame_count_free());
        check_seg(seg);
    }
}

static void test_seg_large_pages_are_one_block_each(void **state)
{
    (void)state;
    struct seg *seg = create(0, 5 * MIB, SEG_PAGES_2M);
    uint64_t room;
    seg_page(seg, 2 * MIB + 5, &room);
    assert_int_equal(room, 2 * MIB - 5);
    assert_int_equal(seg->npages[1], 1);
    assert_int_equal(seg_resident(seg), 512);
    assert_int_equal(seg->range.npages, 3 * 512);
    check_seg(seg);
}

static void test_seg_gigabyte_page_is_one_block(void **state)
{
    (void)state;
    machine_stop();
    machine_start(3 * GIB, MACHINE_FEATURES);
    world_start();
    struct seg *seg = create(0, 1, SEG_PAGES_1G);
    uint64_t room;
    seg_page(seg, 5, &room);
    assert_int_equal(room, GIB - 5);
    assert_int_equal(seg->link_level, 4);
    check_seg(seg);
}

static paddr_t scattered[MACHINE_RAM / PAGE_SIZE];
static uint64_t nscattered;

/* All blocks have been opened: there is memory, but none of it is in one piece. */
static void scatter_memory(void)
{
    nscattered = 0;
    world_seg(0, 1, 0);
    while (frame_alloc(FRAME_4K, FRAME_KERNEL + 1, NULL, &scattered[nscattered]) == STATUS_OK)
        nscattered++;
    for (uint64_t i = 0; i < nscattered; i++) {
        if (i % 100 != 0)
            frame_free(scattered[i]);
    }
    pool_root.pool.limit -= nscattered / 100 + 1;
}

static void gather_memory(void)
{
    for (uint64_t i = 0; i < nscattered; i += 100)
        frame_free(scattered[i]);
    pool_root.pool.limit += nscattered / 100 + 1;
}

static void test_seg_in_scattered_memory_has_small_pages(void **state)
{
    (void)state;
    scatter_memory();
    struct usage before = usage_now();
    handle_t handle = world_seg(0, 4 * MIB, SEG_PAGES_2M);
    struct seg *seg = WORLD_OBJECT(handle, seg);
    for (uint64_t offset = 0; offset < 4 * MIB; offset += PAGE_SIZE) {
        uint64_t room;
        *(char *)seg_page(seg, offset + 3, &room) = 'x';
        assert_int_equal(room, PAGE_SIZE - 3);
    }
    assert_int_equal(seg->npages[0], 1024);
    assert_int_equal(seg->npages[1], 0);
    check_seg(seg);
    must(sys_object_destroy(handle));
    must(sys_cap_delete(handle));
    struct usage after = usage_now();
    assert_memory_equal(&before, &after, sizeof(before));
    gather_memory();
    assert_int_equal(create(0, 4 * MIB, SEG_PAGES_2M | SEG_EAGER)->npages[1], 2);
}

static void test_seg_chooses_pages_by_size(void **state)
{
    (void)state;
    assert_int_equal(create(0, 32 * MIB - 1, SEG_PAGES_BY_SIZE | SEG_SPARSE)->page_level, 1);
    assert_int_equal(create(0, 32 * MIB, SEG_PAGES_BY_SIZE | SEG_SPARSE)->page_level, 2);
    assert_int_equal(create(0, 16 * GIB, SEG_PAGES_BY_SIZE | SEG_SPARSE)->page_level, 3);
    features_in_use &= ~FEATURE_BIT(PAGES_1G);
    assert_int_equal(create(0, 16 * GIB, SEG_PAGES_BY_SIZE | SEG_SPARSE)->page_level, 2);
}

/* Far larger than memory: charged page by page, tables included, until the pool has no more. */
static void test_seg_sparse_is_charged_as_it_is_touched(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t handle = world_seg(0, 8 * TIB, SEG_SPARSE);
    struct seg *seg = WORLD_OBJECT(handle, seg);
    uint64_t room;
    assert_int_equal(seg->charged, 16);
    uint64_t limit = pool_root.pool.limit;
    pool_root.pool.limit = pool_root.pool.charged + 12;
    assert_non_null(seg_page(seg, 0, &room));
    assert_int_equal(seg->charged, 16 + 3);
    assert_non_null(seg_page(seg, PAGE_SIZE, &room));
    assert_int_equal(seg->charged, 16 + 4);
    assert_non_null(seg_page(seg, 5 * TIB, &room));
    assert_non_null(seg_page(seg, 8 * TIB - 1, &room));
    assert_int_equal(seg->charged, 16 + 10);
    struct usage full = usage_now();
    assert_null(seg_page(seg, 3 * TIB, &room));
    struct usage still = usage_now();
    assert_memory_equal(&full, &still, sizeof(full));
    check_seg(seg);
    pool_root.pool.limit = limit;
    must(sys_object_destroy(handle));
    must(sys_cap_delete(handle));
    struct usage after = usage_now();
    assert_memory_equal(&before, &after, sizeof(before));
}

static void test_seg_sparse_copies_or_says_that_there_is_no_memory(void **state)
{
    (void)state;
    handle_t handle = world_seg(0, 8 * TIB, SEG_SPARSE);
    assert_int_equal(sys_seg_write(handle, 7 * TIB, WORLD_BUFFER, 100), 100);
    uint64_t limit = pool_root.pool.limit;
    pool_root.pool.limit = pool_root.pool.charged;
    assert_int_equal(sys_seg_write(handle, 7 * TIB + 50, WORLD_BUFFER, 100), 100);
    assert_int_equal(sys_seg_write(handle, 1 * TIB, WORLD_BUFFER, 100), STATUS_NO_MEMORY);
    assert_int_equal(sys_seg_read(handle, 1 * TIB, WORLD_BUFFER, 100), STATUS_NO_MEMORY);
    pool_root.pool.limit = limit;
}

static void test_seg_find_by_address_knows_live_ones(void **state)
{
    (void)state;
    handle_t handle = world_seg(0, 3 * PAGE_SIZE, 0);
    struct seg *seg = WORLD_OBJECT(handle, seg);
    uint64_t base = seg->range.base.v;
    assert_ptr_equal(seg_find_by_address(VADDR(base + 3 * PAGE_SIZE - 1)), seg);
    assert_null(seg_find_by_address(VADDR(base + 3 * PAGE_SIZE)));
    assert_null(seg_find_by_address(VADDR(base - 1)));
    must(sys_object_destroy(handle));
    assert_null(seg_find_by_address(VADDR(base)));
    assert_int_equal(sys_seg_read(handle, 0, WORLD_BUFFER, 1), STATUS_DESTROYED);
}

#define BOUNDLESS_TEST(f) cmocka_unit_test_setup_teardown(f, setup_boundless, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOUNDLESS_TEST(test_seg_shape_has_at_most_16_granules_at_every_size),
        BOUNDLESS_TEST(test_seg_chosen_bases_never_overlap_also_after_destroying),
        BOUNDLESS_TEST(test_seg_explicit_base_is_checked),
        WORLD_TEST(test_seg_flags_are_checked),
        WORLD_TEST(test_seg_page_is_zeroed_once_and_then_stays),
        WORLD_TEST(test_seg_charge_covers_everything_it_can_ever_take),
        WORLD_TEST(test_seg_large_pages_are_one_block_each),
        WORLD_TEST(test_seg_gigabyte_page_is_one_block),
        WORLD_TEST(test_seg_in_scattered_memory_has_small_pages),
        WORLD_TEST(test_seg_chooses_pages_by_size),
        WORLD_TEST(test_seg_sparse_is_charged_as_it_is_touched),
        WORLD_TEST(test_seg_sparse_copies_or_says_that_there_is_no_memory),
        WORLD_TEST(test_seg_find_by_address_knows_live_ones),
        BOUNDLESS_TEST(test_seg_bases_run_out_without_wrapping),
        BOUNDLESS_TEST(test_seg_bases_come_again_only_after_all_others),
        BOUNDLESS_TEST(test_seg_bases_come_again_where_there_is_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
