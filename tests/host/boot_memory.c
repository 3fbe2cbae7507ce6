/* Memory at boot: sets of ranges against a bitmap, and what is usable of the loader's map. */
#include "boot/memory.h"
#include "machine.h"

#define SPAN 200

static void assert_sound(const struct range_set *set, const bool model[SPAN])
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        assert_true(set->at[i].base < set->at[i].end);
        assert_true(i == 0 || set->at[i - 1].end < set->at[i].base);
    }
    for (uint64_t address = 0; address < SPAN; address++) {
        bool in = false;
        for (uint32_t i = 0; i < set->n; i++)
            in |= address >= set->at[i].base && address < set->at[i].end;
        assert_int_equal(in, model[address]);
        sum += in;
    }
    assert_int_equal(range_set_bytes(set), sum);
}

static void test_ranges_are_what_was_added_less_what_was_removed(void **state)
{
    (void)state;
    random_seed(5);
    for (int round = 0; round < 30; round++) {
        struct range_set set = {0};
        bool model[SPAN] = {false};
        for (int step = 0; step < 60; step++) {
            uint64_t base = random_below(SPAN);
            uint64_t end = base + random_below(min_u64(SPAN - base, 40) + 1);
            bool add = random_below(2) == 0;
            (add ? range_set_add : range_set_remove)(&set, base, end);
            for (uint64_t i = base; i < end; i++)
                model[i] = add;
            assert_sound(&set, model);
        }
    }
}

static void test_ranges_full_set_never_claims_what_was_removed(void **state)
{
    (void)state;
    static struct range_set set;
    for (uint64_t i = 0; i < RANGES_MAX + 10; i++)
        range_set_add(&set, i * 100, i * 100 + 50);
    assert_int_equal(set.n, RANGES_MAX);
    range_set_remove(&set, 110, 120);
    assert_int_equal(set.n, RANGES_MAX);
    assert_int_equal(set.at[1].base, 120);
    range_set_add(&set, 0, RANGES_MAX * 100);
    assert_int_equal(set.n, 1);
}

static void test_ranges_longest_is_below_the_limit(void **state)
{
    (void)state;
    struct range_set set = {0};
    range_set_add(&set, 10, 20);
    range_set_add(&set, 30, 100);
    assert_int_equal(range_set_longest(&set, 1000).base, 30);
    assert_int_equal(range_set_longest(&set, 35).base, 10);
    assert_int_equal(range_bytes(range_set_longest(&set, 5)), 0);
    assert_int_equal(range_set_longest(&set, 50).end, 50);
}

static bool contains(const struct range_set *set, uint64_t address)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (address >= set->at[i].base && address < set->at[i].end)
            return true;
    }
    return false;
}

static void test_memory_usable_leaves_out_firmware_image_archive_and_overlaps(void **state)
{
    (void)state;
    static struct range_set ram;
    static struct range_set usable;
    static const struct boot_info boot = {
        .archive = {8 * MIB},
        .archive_bytes = 5000,
        .nranges = 4,
        .ranges =
            {
                {{0}, 640 * KIB, MEMORY_AVAILABLE},
                {{16 * MIB + 100}, 3000, MEMORY_RESERVED},
                {{MIB}, 63 * MIB + 123, MEMORY_AVAILABLE},
                {{32 * MIB}, 64 * KIB, MEMORY_ACPI},
            },
    };
    memory_sort(&boot, (struct range){MIB, 3 * MIB}, &ram, &usable);
    const uint64_t good[] = {3 * MIB, 8 * MIB + 2 * PAGE_SIZE, 16 * MIB + PAGE_SIZE,
                             64 * MIB - PAGE_SIZE};
    const uint64_t bad[] = {0,        MIB,      3 * MIB - 1, 8 * MIB, 8 * MIB + 5000,
                            16 * MIB, 32 * MIB, 64 * MIB};
    for (size_t i = 0; i < array_count(good); i++)
        assert_true(contains(&usable, good[i]) && contains(&ram, good[i]));
    for (size_t i = 0; i < array_count(bad); i++)
        assert_false(contains(&usable, bad[i]));
    for (uint32_t i = 0; i < usable.n; i++)
        assert_true(is_aligned(usable.at[i].base | usable.at[i].end, PAGE_SIZE));
    assert_true(contains(&ram, 8 * MIB) && contains(&ram, 32 * MIB) && contains(&ram, MIB));
    assert_false(contains(&ram, 16 * MIB));
}

static void test_memory_start_page_is_low_and_nobody_s(void **state)
{
    (void)state;
    struct boot_info boot = {
        .nranges = 3,
        .ranges =
            {
                {{0}, 639 * KIB, MEMORY_AVAILABLE},
                {{600 * KIB}, 40 * KIB, MEMORY_RESERVED},
                {{MIB}, 63 * MIB, MEMORY_AVAILABLE},
            },
    };
    assert_int_equal(memory_start_page(&boot).v, 508 * KIB);
    boot.ranges[1].base = PADDR(100 * KIB + 1);
    boot.ranges[1].nbytes = 500 * KIB;
    assert_int_equal(memory_start_page(&boot).v, 96 * KIB);
    boot.archive = PADDR(64 * KIB);
    boot.archive_bytes = 32 * KIB + 1;
    assert_int_equal(memory_start_page(&boot).v, 60 * KIB);
    boot.ranges[0].nbytes = 2 * PAGE_SIZE - 1;
    assert_int_equal(memory_start_page(&boot).v, 0);
    boot.ranges[0].nbytes = 2 * PAGE_SIZE;
    assert_int_equal(memory_start_page(&boot).v, PAGE_SIZE);
    boot.nranges = 0;
    assert_int_equal(memory_start_page(&boot).v, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_what_was_added_less_what_was_removed),
        cmocka_unit_test(test_ranges_full_set_never_claims_what_was_removed),
        cmocka_unit_test(test_ranges_longest_is_below_the_limit),
        cmocka_unit_test(test_memory_usable_leaves_out_firmware_image_archive_and_overlaps),
        cmocka_unit_test(test_memory_start_page_is_low_and_nobody_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
