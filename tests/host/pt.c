/* Page-table entries and the walk. Expected bits are those of SDM 3A tables 4-15 to 4-20. */
#include <arch/features.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "mem/frame.h"
#include "mmu/pte.h"
#include "world.h"

#define PA ((uint64_t)0x0000123440000000)

static uint64_t bits_of(uint64_t access, bool is_page, int level)
{
    uint64_t bits = PA | 1 << 2 | 1 << 5;
    bits |= access != 0 ? 1 << 0 : 0;
    bits |= access & ACCESS_WRITE ? 1 << 1 : 0;
    bits |= access & ACCESS_EXECUTE ? 0 : (uint64_t)1 << 63;
    if (is_page)
        bits |= 1 << 6 | (level > 1 ? 1 << 7 : 0);
    return bits;
}

static void test_pte_bits_are_the_manuals_for_each_access_and_level(void **state)
{
    (void)state;
    for (uint64_t access = 0; access <= ACCESS_ALL; access++) {
        for (int level = 1; level <= 4; level++) {
            if (access != 0 && !(access & ACCESS_READ))
                continue;
            pte_t page = pte_user_page(PADDR(PA), level, access);
            pte_t table = pte_user_table(PADDR(PA), level, access);
            assert_int_equal(page.v, bits_of(access, true, level));
            assert_int_equal(table.v, bits_of(access, false, level));
            assert_int_equal(pte_access(page), access);
            assert_int_equal(pte_access(table), access);
            assert_int_equal(pte_is_present(page), access != 0);
            assert_int_equal(pte_paddr(page).v, PA);
            assert_true(pte_is_page(page, level) || level > 1);
            assert_int_equal(pte_is_page(table, level), level == 1);
        }
    }
    assert_true(pte_is_page(pte_user_page(PADDR(PA), 3, ACCESS_READ), 3));
}

static void test_pte_without_nx_feature_never_sets_the_bit(void **state)
{
    (void)state;
    features_in_use &= ~FEATURE_BIT(NX);
    assert_int_equal(pte_user_page(PADDR(PA), 1, ACCESS_READ).v >> 63, 0);
    assert_int_equal(pte_narrow(pte_user_page(PADDR(PA), 1, ACCESS_ALL), ACCESS_READ).v >> 63, 0);
    assert_int_equal(pte_kernel_page(PADDR(PA), 1, (struct pte_attr){0}).v >> 63, 0);
}

static void test_pte_both_allows_what_each_of_two_levels_does(void **state)
{
    (void)state;
    for (uint64_t above = ACCESS_READ; above <= ACCESS_ALL; above += 2) {
        for (uint64_t below = ACCESS_READ; below <= ACCESS_ALL; below += 2) {
            pte_t both =
                pte_both(pte_user_table(PADDR(PA), 2, above), pte_user_page(PADDR(PA), 1, below));
            assert_int_equal(pte_access(both), above & below);
        }
    }
}

static void test_pte_narrow_gives_what_both_allow(void **state)
{
    (void)state;
    for (uint64_t has = 0; has <= ACCESS_ALL; has++) {
        for (uint64_t allowed = 0; allowed <= ACCESS_ALL; allowed++) {
            if (has != 0 && !(has & ACCESS_READ))
                continue;
            pte_t pte = pte_user_page(PADDR(PA), 2, has);
            pte_t narrow = pte_narrow(pte, allowed);
            uint64_t expected = has & allowed;
            assert_int_equal(pte_is_present(narrow), expected != 0);
            if (expected & ACCESS_READ)
                assert_int_equal(narrow.v, pte_user_page(PADDR(PA), 2, expected).v);
            assert_int_equal(narrow.v & PTE_ADDRESS, expected != 0 ? PA : 0);
        }
    }
}

static void test_pte_of_the_kernel_is_never_the_users(void **state)
{
    (void)state;
    pte_t page = pte_kernel_page(PADDR(PA), 2, (struct pte_attr){.write = true});
    assert_int_equal(page.v,
                     PA | 1 << 0 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | (uint64_t)1 << 63);
    pte_t text = pte_kernel_page(PADDR(PA), 1, (struct pte_attr){.execute = true});
    assert_int_equal(text.v, PA | 1 << 0 | 1 << 5 | 1 << 6 | 1 << 8);
    pte_t device = pte_kernel_page(PADDR(PA), 1, (struct pte_attr){.uncached = true});
    assert_int_equal(device.v & (1 << 3 | 1 << 4), 1 << 3 | 1 << 4);
    assert_int_equal(pte_kernel_table(PADDR(PA)).v, PA | 1 << 0 | 1 << 1 | 1 << 5);
    features_in_use &= ~FEATURE_BIT(PGE);
    assert_int_equal(pte_kernel_page(PADDR(PA), 1, (struct pte_attr){0}).v & 1 << 8, 0);
}

static void test_pt_entry_is_chosen_by_nine_bits_of_the_address(void **state)
{
    (void)state;
    paddr_t table = frame_take(FRAME_CAPS, NULL);
    const pte_t *entries = paddr_to_ptr(table);
    vaddr_t va = VADDR((uint64_t)0x1ab << 39 | (uint64_t)0x0cd << 30 | 0x1ef << 21 | 0x037 << 12);
    assert_ptr_equal(pt_entry(table, 4, va), entries + 0x1ab);
    assert_ptr_equal(pt_entry(table, 3, va), entries + 0x0cd);
    assert_ptr_equal(pt_entry(table, 2, va), entries + 0x1ef);
    assert_ptr_equal(pt_entry(table, 1, va), entries + 0x037);
    frame_free(table);
}

/* A chain of tables for va, from level 4 down to `last`, with a page there if that is asked for. */
static void chain(paddr_t tables[5], vaddr_t va, int last, bool page)
{
    for (int level = 4; level >= last; level--)
        tables[level] = frame_take(FRAME_CAPS, NULL);
    for (int level = 4; level > last; level--)
        *pt_entry(tables[level], level, va) = pte_user_table(tables[level - 1], level, ACCESS_ALL);
    if (page)
        *pt_entry(tables[last], last, va) = pte_user_page(PADDR(PA), last, ACCESS_READ);
}

static void test_pt_walk_ends_at_the_page_the_hole_or_where_it_is_told(void **state)
{
    (void)state;
    vaddr_t va = VADDR(0x0000345678901000);
    for (int last = 1; last <= 3; last++) {
        for (int page = 0; page <= 1; page++) {
            paddr_t tables[5];
            int at;
            chain(tables, va, last, page);
            assert_ptr_equal(pt_walk(tables[4], 4, va, 1, &at), pt_entry(tables[last], last, va));
            assert_int_equal(at, last);
            assert_int_equal(cpu_walk(tables[4], va.v).present, page);
            for (int stop = last; stop <= 4; stop++) {
                assert_ptr_equal(pt_walk(tables[4], 4, va, stop, &at),
                                 pt_entry(tables[stop], stop, va));
                assert_int_equal(at, stop);
            }
            pt_walk(tables[4], 4, VADDR(va.v ^ (uint64_t)1 << 39), 1, &at);
            assert_int_equal(at, 4);
            for (int level = last; level <= 4; level++)
                frame_free(tables[level]);
        }
    }
}

static void test_level_covers_512_times_the_one_below(void **state)
{
    (void)state;
    assert_int_equal(level_bytes(1), 4 * KIB);
    assert_int_equal(level_bytes(2), 2 * MIB);
    assert_int_equal(level_bytes(3), GIB);
    assert_int_equal(level_bytes(4), 512 * GIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_pte_bits_are_the_manuals_for_each_access_and_level),
        MACHINE_TEST(test_pte_without_nx_feature_never_sets_the_bit),
        MACHINE_TEST(test_pte_narrow_gives_what_both_allow),
        MACHINE_TEST(test_pte_both_allows_what_each_of_two_levels_does),
        MACHINE_TEST(test_pte_of_the_kernel_is_never_the_users),
        MACHINE_TEST(test_pt_entry_is_chosen_by_nine_bits_of_the_address),
        MACHINE_TEST(test_pt_walk_ends_at_the_page_the_hole_or_where_it_is_told),
        MACHINE_TEST(test_level_covers_512_times_the_one_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
