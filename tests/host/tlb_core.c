/* The model of a core's TLBs (tests/tlb): what it keeps, and what it counts as a miss. */
#include "machine.h"
#include "tests/tlb/core.h"

#define SMALL 0x1000ull
#define LARGE 0x200000ull
#define HUGE 0x40000000ull
#define FIRST_SETS 16 /* for loads from small pages, with */
#define FIRST_WAYS 6  /* so many ways; */
#define LARGE_SETS 8  /* from large pages, */
#define LARGE_WAYS 4  /* and their ways */
#define STORE_WAYS 16 /* in the only set for stores */
#define SECOND_SETS 128
#define SECOND_WAYS 16

static struct core *core;

static int begin(enum core_tags tags)
{
    core = core_create(tags);
    return core == NULL;
}

static int setup_none(void **state)
{
    (void)state;
    return begin(CORE_TAGS_NONE);
}

static int setup_four(void **state)
{
    (void)state;
    return begin(CORE_TAGS_FOUR);
}

static int setup_all(void **state)
{
    (void)state;
    return begin(CORE_TAGS_ALL);
}

static int teardown(void **state)
{
    (void)state;
    core_destroy(core);
    return 0;
}

/* --- what one access finds -------------------------------------------------------------------- */

/* In which level: 1, 2, or 0 if in none. */
static int use(enum core_use use, uint64_t va, int level, bool global)
{
    const struct core_counts before = *core_counts(core);
    core_access(core, use, (struct core_page){va, level, global});
    const struct core_counts *after = core_counts(core);
    if (after->first_misses[use] == before.first_misses[use])
        return 1;
    return after->second_misses[use] == before.second_misses[use] ? 2 : 0;
}

static int load(uint64_t va)
{
    return use(CORE_LOAD, va, 1, false);
}

static int load_large(uint64_t va)
{
    return use(CORE_LOAD, va, 2, false);
}

static int load_global(uint64_t va)
{
    return use(CORE_LOAD, va, 1, true);
}

/* Pages with other addresses than the tests', so many that the first level has nothing else. */
static void fill_first_level(void)
{
    for (uint64_t i = 0; i < FIRST_SETS * FIRST_WAYS; i++)
        load((0x100000 + i) * SMALL);
}

/* --- places and ages -------------------------------------------------------------------------- */

static void test_page_misses_once_whatever_its_address_inside(void **state)
{
    (void)state;
    assert_int_equal(load(0x5000), 0);
    assert_int_equal(load(0x5ff8), 1);
    assert_int_equal(load(0x6000), 0);
}

static void test_set_has_as_many_pages_as_ways(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < FIRST_WAYS; i++)
        load(i * FIRST_SETS * SMALL);
    for (uint64_t i = 0; i < FIRST_WAYS; i++)
        assert_int_equal(load(i * FIRST_SETS * SMALL), 1);
    load(FIRST_WAYS * FIRST_SETS * SMALL);
    assert_int_equal(load(0), 2);
}

static void test_neighbours_are_in_other_sets(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < FIRST_WAYS; i++)
        load(i * FIRST_SETS * SMALL);
    for (uint64_t i = 1; i < FIRST_SETS; i++)
        load(i * SMALL);
    assert_int_equal(load(0), 1);
}

static void test_page_used_longest_ago_goes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < FIRST_WAYS; i++)
        load(i * FIRST_SETS * SMALL);
    load(0);
    load(FIRST_WAYS * FIRST_SETS * SMALL);
    assert_int_equal(load(0), 1);
    assert_int_equal(load(1 * FIRST_SETS * SMALL), 2);
}

static void test_second_level_has_what_the_first_dropped(void **state)
{
    (void)state;
    load(0x5000);
    fill_first_level();
    assert_int_equal(load(0x5000), 2);
    assert_int_equal(load(0x5000), 1);
}

/* Pages of one set of the second level: their numbers have zeroes in bits 0 to 13. */
static void test_second_level_has_as_many_pages_as_ways(void **state)
{
    (void)state;
    const uint64_t step = SECOND_SETS * SECOND_SETS * SMALL;
    for (uint64_t i = 0; i < SECOND_WAYS; i++)
        load(i * step);
    assert_int_equal(load(0), 2);
    load(SECOND_WAYS * step);
    assert_int_equal(load(2 * step), 2);
    assert_int_equal(load(1 * step), 0);
}

static void test_second_level_has_so_many_sets(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SECOND_SETS * SECOND_WAYS; i++)
        load(i * SMALL);
    for (uint64_t i = 0; i < SECOND_SETS * SECOND_WAYS; i++)
        assert_int_not_equal(load(i * SMALL), 0);
}

static void test_second_level_spreads_what_is_a_multiple_of_its_sets(void **state)
{
    (void)state;
    const uint64_t step = SECOND_SETS * SMALL;
    for (uint64_t i = 0; i <= SECOND_WAYS; i++)
        load(i * step);
    fill_first_level();
    assert_int_equal(load(0), 2);
}

/* --- uses and sizes --------------------------------------------------------------------------- */

static void test_uses_share_the_second_level_only(void **state)
{
    (void)state;
    assert_int_equal(use(CORE_FETCH, 0x5000, 1, false), 0);
    assert_int_equal(use(CORE_LOAD, 0x5000, 1, false), 2);
    assert_int_equal(use(CORE_STORE, 0x5000, 1, false), 2);
    assert_int_equal(use(CORE_FETCH, 0x5000, 1, false), 1);
}

static void test_stores_have_one_set_for_all_sizes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < STORE_WAYS; i++)
        use(CORE_STORE, i * LARGE, i % 2 == 0 ? 1 : 2, false);
    assert_int_equal(use(CORE_STORE, 0, 1, false), 1);
    use(CORE_STORE, 7 * HUGE, 3, false);
    assert_int_equal(use(CORE_STORE, 0, 1, false), 1);
    assert_int_equal(use(CORE_STORE, 1 * LARGE, 2, false), 2);
}

static void test_large_page_is_one_entry(void **state)
{
    (void)state;
    assert_int_equal(load_large(LARGE), 0);
    assert_int_equal(load_large(2 * LARGE - 8), 1);
    assert_int_equal(use(CORE_LOAD, 5 * HUGE, 3, false), 0);
    assert_int_equal(use(CORE_LOAD, 6 * HUGE - 8, 3, false), 1);
}

static void test_large_pages_have_a_place_of_their_own(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < LARGE_SETS * LARGE_WAYS; i++)
        load_large(i * LARGE);
    fill_first_level();
    for (uint64_t i = 0; i < LARGE_SETS * LARGE_WAYS; i++)
        assert_int_equal(load_large(i * LARGE), 1);
    load_large(LARGE_SETS * LARGE_WAYS * LARGE);
    assert_int_equal(load_large(0), 2);
}

static void test_large_pages_have_half_of_the_second_level(void **state)
{
    (void)state;
    const uint64_t step = SECOND_SETS * SECOND_SETS * LARGE;
    for (uint64_t i = 0; i < SECOND_WAYS / 2; i++)
        load_large(i * step);
    assert_int_equal(load_large(0), 2);
    load_large(SECOND_WAYS / 2 * step);
    assert_int_equal(load_large(1 * step), 0);
}

/* --- tags ------------------------------------------------------------------------------------- */

static void test_without_tags_a_root_load_drops_all(void **state)
{
    (void)state;
    core_load_root(core, 1, true);
    load(0x5000);
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 0);
}

static void test_global_pages_stay(void **state)
{
    (void)state;
    core_load_root(core, 1, false);
    load_global(0x5000);
    core_load_root(core, 2, false);
    assert_int_equal(load_global(0x5000), 1);
}

static void test_tags_keep_views_apart(void **state)
{
    (void)state;
    core_load_root(core, 1, true);
    load(0x5000);
    core_load_root(core, 2, true);
    assert_int_equal(load(0x5000), 0);
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 1);
}

static void test_load_without_keep_drops_its_tag_only(void **state)
{
    (void)state;
    core_load_root(core, 1, true);
    load(0x5000);
    core_load_root(core, 2, true);
    load(0x6000);
    core_load_root(core, 1, false);
    assert_int_equal(load(0x5000), 0);
    core_load_root(core, 2, true);
    assert_int_equal(load(0x6000), 1);
}

/* The same page in so many views is in one set. */
static void test_views_share_the_ways_of_a_set(void **state)
{
    (void)state;
    for (uint32_t tag = 1; tag <= SECOND_WAYS; tag++) {
        core_load_root(core, tag, true);
        load(0x5000);
    }
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 2);
    core_load_root(core, SECOND_WAYS + 1, true);
    load(0x5000);
    core_load_root(core, 2, true);
    assert_int_equal(load(0x5000), 0);
}

static void test_four_tags_are_kept_in_the_second_level(void **state)
{
    (void)state;
    for (uint32_t tag = 1; tag <= 4; tag++) {
        core_load_root(core, tag, true);
        load(0x5000);
    }
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 2);
    core_load_root(core, 5, true);
    core_load_root(core, 2, true);
    assert_int_equal(load(0x5000), 0);
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 2);
}

static void test_tag_that_is_kept_drops_no_other(void **state)
{
    (void)state;
    for (uint32_t tag = 1; tag <= 4; tag++) {
        core_load_root(core, tag, true);
        load(0x5000);
    }
    core_load_root(core, 3, true);
    core_load_root(core, 2, true);
    core_load_root(core, 3, true);
    core_load_root(core, 1, true);
    assert_int_equal(load(0x5000), 2);
}

static void test_counts_can_be_forgotten_but_not_the_entries(void **state)
{
    (void)state;
    load(0x5000);
    core_forget_counts(core);
    assert_int_equal(core_counts(core)->first_misses[CORE_LOAD], 0);
    assert_int_equal(core_counts(core)->second_misses[CORE_LOAD], 0);
    assert_int_equal(load(0x5000), 1);
}

#define CORE_TEST(f, kind) cmocka_unit_test_setup_teardown(f, setup_##kind, teardown)
#define GLOBAL_TEST(kind)                                                                          \
    {                                                                                              \
        "test_global_pages_stay (" #kind ")", test_global_pages_stay, setup_##kind, teardown, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CORE_TEST(test_page_misses_once_whatever_its_address_inside, none),
        CORE_TEST(test_set_has_as_many_pages_as_ways, none),
        CORE_TEST(test_neighbours_are_in_other_sets, none),
        CORE_TEST(test_page_used_longest_ago_goes, none),
        CORE_TEST(test_second_level_has_what_the_first_dropped, none),
        CORE_TEST(test_second_level_has_as_many_pages_as_ways, none),
        CORE_TEST(test_second_level_has_so_many_sets, none),
        CORE_TEST(test_second_level_spreads_what_is_a_multiple_of_its_sets, none),
        CORE_TEST(test_uses_share_the_second_level_only, none),
        CORE_TEST(test_stores_have_one_set_for_all_sizes, none),
        CORE_TEST(test_large_page_is_one_entry, none),
        CORE_TEST(test_large_pages_have_a_place_of_their_own, none),
        CORE_TEST(test_large_pages_have_half_of_the_second_level, none),
        CORE_TEST(test_without_tags_a_root_load_drops_all, none),
        GLOBAL_TEST(none),
        GLOBAL_TEST(four),
        GLOBAL_TEST(all),
        CORE_TEST(test_tags_keep_views_apart, all),
        CORE_TEST(test_load_without_keep_drops_its_tag_only, all),
        CORE_TEST(test_views_share_the_ways_of_a_set, all),
        CORE_TEST(test_four_tags_are_kept_in_the_second_level, four),
        CORE_TEST(test_tag_that_is_kept_drops_no_other, four),
        CORE_TEST(test_counts_can_be_forgotten_but_not_the_entries, all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
