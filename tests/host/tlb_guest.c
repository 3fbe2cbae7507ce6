/* What the plugin of the TLB simulation reads in the guest's memory (tests/tlb). */
#include <stddef.h>

#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "machine.h"
#include "mmu/pte.h"
#include "poison.h"
#include "tests/tlb/guest.h"

#define RAM_BYTES (4ull << 20)
#define ROOT_PADDR 0x100000ull
#define VIEW_PADDR 0x200100ull
#define LARGE 0x200000ull
#define TAG 7

static const paddr_t root = {ROOT_PADDR};
static struct core_page page;
static paddr_t pa;

static int setup(void **state)
{
    (void)state;
    machine_start_bare(RAM_BYTES);
    memory_unpoison(machine_ram, RAM_BYTES);
    guest_ram_bytes = RAM_BYTES;
    return 0;
}

/* Tables from the root on, one behind the other, down to an entry of this level for va. */
static void map(uint64_t va, int level, pte_t leaf)
{
    paddr_t table = root;
    for (int at = PT_ROOT_LEVEL; at > level; at--) {
        paddr_t below = PADDR(table.v + PAGE_SIZE);
        pt_write(pt_entry(table, at, VADDR(va)), pte_user_table(below, at, ACCESS_READ));
        table = below;
    }
    pt_write(pt_entry(table, level, VADDR(va)), leaf);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void test_walk_finds_pages_of_each_size(void **state)
{
    (void)state;
    for (int level = 1; level <= 3; level++) {
        const uint64_t base = 5 * level_bytes(3), inside = level_bytes(level) - 8;
        setup(state);
        map(base, level, pte_user_page(PADDR(level_bytes(level)), level, ACCESS_READ));
        assert_true(guest_walk(root, base + inside, &page, &pa));
        assert_int_equal(page.level, level);
        assert_int_equal(page.va, base + inside);
        assert_int_equal(pa.v, level_bytes(level) + inside);
        assert_false(page.global);
        assert_false(guest_walk(root, base + level_bytes(level), &page, &pa));
    }
}

/* Bit 12 of a large page's entry is none of its address (SDM 3A table 4-17). */
static void test_walk_takes_the_address_alone(void **state)
{
    (void)state;
    pte_t leaf = pte_user_page(PADDR(LARGE), 2, ACCESS_READ);
    map(LARGE, 2, (pte_t){leaf.v | 1 << 12});
    assert_true(guest_walk(root, LARGE + 8, &page, &pa));
    assert_int_equal(pa.v, LARGE + 8);
}

static void test_walk_sees_what_is_global(void **state)
{
    (void)state;
    pte_t leaf = pte_user_page(PADDR(0x7000), 1, ACCESS_READ);
    map(0x5000, 1, (pte_t){leaf.v | PTE_GLOBAL});
    assert_true(guest_walk(root, 0x5000, &page, &pa));
    assert_true(page.global);
}

static void test_walk_reads_nothing_behind_the_memory(void **state)
{
    (void)state;
    map(0x5000, 1, pte_user_page(PADDR(0x7000), 1, ACCESS_READ));
    guest_ram_bytes = ROOT_PADDR + 4 * PAGE_SIZE;
    assert_true(guest_walk(root, 0x5000, &page, &pa));
    guest_ram_bytes = ROOT_PADDR + 4 * PAGE_SIZE - 1;
    assert_false(guest_walk(root, 0x5000, &page, &pa));
    assert_false(guest_walk(PADDR(RAM_BYTES), 0x5000, &page, &pa));
}

/* --- views ------------------------------------------------------------------------------------ */

static const struct mmu_view a_view = {
    .id = 3,
    .cr3_keep = ROOT_PADDR,
    .cr3_flush = ROOT_PADDR,
    .tag_offset = TAG * sizeof(struct tlb_tag),
    .root = {ROOT_PADDR},
};

static struct guest_load load;

static bool load_from(uint64_t window, size_t member)
{
    return guest_load_of(window + VIEW_PADDR + member, &load);
}

static void put_view(struct mmu_view view)
{
    *(struct mmu_view *)paddr_to_ptr(PADDR(VIEW_PADDR)) = view;
}

static void test_view_is_found_by_what_was_loaded(void **state)
{
    (void)state;
    put_view(a_view);
    assert_true(load_from(PHYS_WINDOW, offsetof(struct mmu_view, cr3_keep)));
    assert_int_equal(load.root.v, ROOT_PADDR);
    assert_int_equal(load.tag, TAG);
    assert_true(load.keep);
    assert_true(load_from(PHYS_WINDOW, offsetof(struct mmu_view, cr3_flush)));
    assert_int_equal(load.root.v, ROOT_PADDR);
    assert_int_equal(load.tag, TAG);
    assert_false(load.keep);
}

static void test_view_may_be_in_the_image(void **state)
{
    (void)state;
    put_view(a_view);
    assert_true(load_from(IMAGE_WINDOW, offsetof(struct mmu_view, cr3_keep)));
    assert_int_equal(load.tag, TAG);
}

static void test_what_is_no_view_is_none(void **state)
{
    (void)state;
    assert_false(load_from(PHYS_WINDOW, offsetof(struct mmu_view, cr3_keep)));
    put_view(a_view);
    assert_false(load_from(PHYS_WINDOW, offsetof(struct mmu_view, id)));
    assert_false(load_from(PHYS_WINDOW, offsetof(struct mmu_view, cr3_keep) + 1));
    assert_false(load_from(PHYS_WINDOW + RAM_BYTES, 0));
    assert_false(load_from(0, offsetof(struct mmu_view, cr3_keep)));
    struct mmu_view outside = a_view;
    outside.root.v = outside.cr3_keep = outside.cr3_flush = RAM_BYTES;
    put_view(outside);
    assert_false(load_from(PHYS_WINDOW, offsetof(struct mmu_view, cr3_keep)));
}

#define GUEST_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUEST_TEST(test_walk_finds_pages_of_each_size),
        GUEST_TEST(test_walk_takes_the_address_alone),
        GUEST_TEST(test_walk_sees_what_is_global),
        GUEST_TEST(test_walk_reads_nothing_behind_the_memory),
        GUEST_TEST(test_view_is_found_by_what_was_loaded),
        GUEST_TEST(test_view_may_be_in_the_image),
        GUEST_TEST(test_what_is_no_view_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
