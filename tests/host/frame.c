/* The frame allocator: orders, exhaustion, accounting, and blocks becoming whole again. */
#include "mem/frame.h"
#include "machine.h"

#include <arch/phys.h>

#define BLOCK ((uint64_t)512)
#define OWNER ((void *)0x1234)

static paddr_t alloc(enum frame_order order)
{
    paddr_t pa;
    assert_ok(frame_alloc(order, FRAME_SEG_PAGE, OWNER, &pa));
    return pa;
}

static int setup(void **state)
{
    (void)state;
    machine_start_bare(MACHINE_RAM);
    machine.may_leak = true;
    return 0;
}

/* A machine with exactly these whole blocks of memory. */
static void with_blocks(uint64_t first, uint64_t n)
{
    frame_add_range(PADDR(first * 2 * MIB), n * BLOCK);
}

static void test_frame_has_an_owner_and_an_aligned_address(void **state)
{
    (void)state;
    with_blocks(4, 4);
    paddr_t small = alloc(FRAME_4K);
    paddr_t large = alloc(FRAME_2M);
    assert_true(is_aligned(small.v, PAGE_SIZE) && is_aligned(large.v, 2 * MIB));
    assert_ptr_equal(frame_of(small)->owner, OWNER);
    assert_int_equal(frame_of(large)->kind, FRAME_SEG_PAGE);
    assert_int_equal(frame_of(large)->order, FRAME_2M);
    assert_int_equal(frame_paddr(frame_of(PADDR(large.v + 1))).v, large.v);
    assert_int_equal(frame_count_free(), 3 * BLOCK - 1);
    assert_null(frame_of(PADDR(GIB)));
    frame_check();
}

static void test_frame_alloc_gives_each_frame_once(void **state)
{
    (void)state;
    static bool seen[4 * 512];
    paddr_t pa;
    with_blocks(4, 4);
    memset(seen, 0, sizeof(seen));
    for (uint64_t i = 0; i < 4 * BLOCK; i++) {
        uint64_t number = alloc(FRAME_4K).v / PAGE_SIZE - 4 * BLOCK;
        assert_true(number < 4 * BLOCK && !seen[number]);
        seen[number] = true;
    }
    assert_int_equal(frame_alloc(FRAME_4K, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    assert_int_equal(frame_alloc(FRAME_2M, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    assert_int_equal(frame_count_free(), 0);
    assert_int_equal(frame_count_total(), 4 * BLOCK);
    frame_check();
}

static void test_frame_block_is_whole_again_when_its_last_frame_is_freed(void **state)
{
    (void)state;
    paddr_t frames[512];
    paddr_t pa;
    with_blocks(4, 1);
    for (uint64_t i = 0; i < BLOCK; i++)
        frames[i] = alloc(FRAME_4K);
    for (uint64_t i = 0; i < BLOCK; i++) {
        assert_int_equal(frame_alloc(FRAME_2M, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
        frame_free(frames[(i * 7) % BLOCK]);
        frame_check();
    }
    frame_free(alloc(FRAME_2M));
    assert_int_equal(frame_count_free(), BLOCK);
    frame_check();
}

static void test_frame_small_ones_come_from_partial_blocks_first(void **state)
{
    (void)state;
    with_blocks(4, 3);
    alloc(FRAME_4K);
    for (uint64_t i = 1; i < BLOCK; i++)
        alloc(FRAME_4K);
    alloc(FRAME_2M);
    alloc(FRAME_2M);
    assert_int_equal(frame_count_free(), 0);
}

static void test_frame_partial_edges_never_make_a_whole_block(void **state)
{
    (void)state;
    paddr_t pa;
    frame_add_range(PADDR(8 * MIB + PAGE_SIZE), 2 * BLOCK - 2);
    frame_check();
    assert_int_equal(frame_alloc(FRAME_2M, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    for (uint64_t i = 0; i < 2 * BLOCK - 2; i++)
        alloc(FRAME_4K);
    assert_int_equal(frame_alloc(FRAME_4K, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    frame_check();
}

static void test_frame_ranges_added_piece_by_piece_make_whole_blocks(void **state)
{
    (void)state;
    frame_add_range(PADDR(8 * MIB + 100 * PAGE_SIZE), BLOCK - 100);
    frame_add_range(PADDR(8 * MIB), 100);
    assert_int_equal(alloc(FRAME_2M).v, 8 * MIB);
    frame_check();
}

static void test_frame_alloc_zeroed_clears_what_was_there(void **state)
{
    (void)state;
    with_blocks(4, 1);
    paddr_t pa = alloc(FRAME_4K);
    memset(paddr_to_ptr(pa), 1, PAGE_SIZE);
    frame_free(pa);
    assert_ok(frame_alloc_zeroed(FRAME_4K, FRAME_CAPS, OWNER, &pa));
    for (uint64_t i = 0; i < PAGE_SIZE; i++)
        assert_int_equal(((const char *)paddr_to_ptr(pa))[i], 0);
}

static void test_frame_gigabyte_blocks_are_found_and_given_back(void **state)
{
    (void)state;
    paddr_t pa;
    machine_start_bare(5 * GIB);
    machine.may_leak = true;
    frame_add_range(PADDR(GIB - 4 * MIB), (3 * GIB + 4 * MIB) / PAGE_SIZE);
    uint64_t nfree = frame_count_free();
    paddr_t a = alloc(FRAME_1G);
    paddr_t b = alloc(FRAME_1G);
    assert_true(is_aligned(a.v, GIB) && is_aligned(b.v, GIB) && a.v != b.v);
    assert_int_equal(frame_count_free(), nfree - 2 * GIB / PAGE_SIZE);
    frame_check();
    paddr_t c = alloc(FRAME_1G);
    assert_int_equal(frame_alloc(FRAME_1G, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    frame_free(c);
    frame_free(a);
    frame_free(b);
    frame_check();
    assert_int_equal(frame_count_free(), nfree);
    for (uint64_t i = 0; i < 2 + 3 * 512; i++)
        alloc(FRAME_2M);
    assert_int_equal(frame_count_free(), 0);
    frame_check();
}

static void test_frame_gigabyte_block_needs_all_its_blocks(void **state)
{
    (void)state;
    paddr_t pa;
    machine_start_bare(2 * GIB);
    machine.may_leak = true;
    frame_add_range(PADDR(GIB), GIB / PAGE_SIZE);
    paddr_t small = alloc(FRAME_4K);
    assert_int_equal(frame_alloc(FRAME_1G, FRAME_SEG_PAGE, OWNER, &pa), STATUS_NO_MEMORY);
    frame_free(small);
    assert_int_equal(alloc(FRAME_1G).v, GIB);
    frame_check();
}

static void test_frame_freed_twice_or_never_given_out_panics(void **state)
{
    (void)state;
    with_blocks(4, 3);
    paddr_t small = alloc(FRAME_4K);
    paddr_t large = alloc(FRAME_2M);
    assert_panics("kind > FRAME_KERNEL", frame_free(PADDR(large.v + PAGE_SIZE)));
    frame_free(small);
    frame_free(large);
    assert_panics("kind > FRAME_KERNEL", frame_free(small));
    assert_panics("kind > FRAME_KERNEL", frame_free(large));
    assert_panics("kind > FRAME_KERNEL", frame_free(PADDR(0)));
    assert_panics("f != NULL", frame_free(PADDR(8 * GIB)));
    frame_check();
}

static void test_frame_added_twice_or_beyond_memory_panics(void **state)
{
    (void)state;
    with_blocks(4, 1);
    assert_panics("kind == FRAME_NONE", frame_add_range(PADDR(8 * MIB + PAGE_SIZE), 1));
    assert_panics("is_aligned", frame_add_range(PADDR(12 * MIB + 1), 1));
    assert_panics("broken", frame_add_range(PADDR(GIB), 1));
}

/* Random allocations and frees of both orders; the counts are checked after each. */
static void test_frame_counts_hold_in_any_sequence(void **state)
{
    (void)state;
    paddr_t held[600];
    uint64_t nheld = 0;
    uint64_t used = 0;
    random_seed(7);
    frame_add_range(PADDR(8 * MIB - 5 * PAGE_SIZE), 6 * BLOCK + 20);
    uint64_t total = frame_count_free();
    for (int step = 0; step < 4000; step++) {
        enum frame_order order = random_below(20) == 0 ? FRAME_2M : FRAME_4K;
        bool grow = random_below(step / 500 % 2 == 0 ? 3 : 5) < 2;
        if (grow && nheld < array_count(held) &&
            frame_alloc(order, FRAME_SEG_PAGE, OWNER, &held[nheld]) == STATUS_OK) {
            used += (uint64_t)1 << order;
            nheld++;
        } else if (nheld > 0) {
            uint64_t i = random_below(nheld);
            used -= (uint64_t)1 << frame_of(held[i])->order;
            frame_free(held[i]);
            held[i] = held[--nheld];
        }
        assert_int_equal(frame_count_free(), total - used);
        frame_check();
    }
}

#define FRAME_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRAME_TEST(test_frame_has_an_owner_and_an_aligned_address),
        FRAME_TEST(test_frame_alloc_gives_each_frame_once),
        FRAME_TEST(test_frame_block_is_whole_again_when_its_last_frame_is_freed),
        FRAME_TEST(test_frame_small_ones_come_from_partial_blocks_first),
        FRAME_TEST(test_frame_partial_edges_never_make_a_whole_block),
        FRAME_TEST(test_frame_ranges_added_piece_by_piece_make_whole_blocks),
        FRAME_TEST(test_frame_alloc_zeroed_clears_what_was_there),
        FRAME_TEST(test_frame_gigabyte_blocks_are_found_and_given_back),
        FRAME_TEST(test_frame_gigabyte_block_needs_all_its_blocks),
        FRAME_TEST(test_frame_freed_twice_or_never_given_out_panics),
        FRAME_TEST(test_frame_added_twice_or_beyond_memory_panics),
        FRAME_TEST(test_frame_counts_hold_in_any_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
