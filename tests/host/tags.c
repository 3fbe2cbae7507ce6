/* Tags (PCIDs): when a load of CR3 may keep the TLB's entries, and how tags are shared. */
#include <arch/features.h>
#include <arch/mmu.h>

#include "machine.h"

#define NVIEWS 5000

static uint64_t home_generation;
static uint64_t vas_generation;

static void view_make(struct mmu_view *v, uint64_t root)
{
    mmu_view_init(v, PADDR(root), &home_generation, &vas_generation);
}

static uint32_t tag_of(const struct mmu_view *v)
{
    return v->tag_offset / (uint32_t)sizeof(struct tlb_tag);
}

/* Does loading the view keep the TLB's entries? */
static bool load_keeps(struct mmu_view *v)
{
    machine_forget_tlb();
    mmu_view_load(v);
    assert_ptr_equal(cpu_this()->view, v);
    assert_int_equal(machine.cr3, v->cr3_flush);
    assert_int_equal(machine.nkept + machine.nflushed, 1);
    return machine.nkept == 1;
}

static void drop(struct mmu_view *v)
{
    mmu_view_leave();
    mmu_view_fini(v);
}

static void test_tag_is_part_of_cr3_and_never_the_kernels(void **state)
{
    (void)state;
    struct mmu_view v;
    view_make(&v, 0x5000);
    assert_true(tag_of(&v) > 0 && tag_of(&v) < TLB_TAGS);
    assert_int_equal(v.cr3_flush, 0x5000 | tag_of(&v));
    assert_int_equal(v.cr3_keep, v.cr3_flush | (uint64_t)1 << 63);
    drop(&v);
}

static void test_tag_first_load_flushes_and_the_next_keeps(void **state)
{
    (void)state;
    struct mmu_view a;
    struct mmu_view b;
    view_make(&a, 0x5000);
    view_make(&b, 0x6000);
    assert_int_not_equal(tag_of(&a), tag_of(&b));
    assert_false(load_keeps(&a));
    assert_false(load_keeps(&b));
    assert_true(load_keeps(&a));
    assert_true(load_keeps(&b));
    assert_int_equal(cpu_this()->counters[COUNTER_TAG_MISSES], 2);
    drop(&a);
    drop(&b);
}

static void test_tag_of_an_older_generation_flushes_once(void **state)
{
    (void)state;
    struct mmu_view v;
    view_make(&v, 0x5000);
    load_keeps(&v);
    mmu_view_leave();
    vas_generation++;
    assert_false(load_keeps(&v));
    assert_true(load_keeps(&v));
    mmu_view_leave();
    home_generation++;
    assert_false(load_keeps(&v));
    assert_true(load_keeps(&v));
    drop(&v);
}

static void test_tag_of_a_view_that_is_gone_flushes_for_the_next(void **state)
{
    (void)state;
    struct mmu_view old;
    struct mmu_view new;
    view_make(&old, 0x5000);
    load_keeps(&old);
    uint64_t id = old.id;
    uint32_t tag = tag_of(&old);
    drop(&old);
    view_make(&new, 0x5000);
    assert_int_equal(tag_of(&new), tag);
    assert_int_not_equal(new.id, id);
    assert_false(load_keeps(&new));
    assert_true(load_keeps(&new));
    drop(&new);
}

static struct mmu_view views[NVIEWS];

static void test_tags_are_shared_evenly_by_more_views_than_tags(void **state)
{
    (void)state;
    uint8_t users[TLB_TAGS] = {0};
    struct mmu_view *last[TLB_TAGS] = {NULL};
    for (size_t i = 0; i < NVIEWS; i++) {
        view_make(&views[i], 0x1000 * (i + 1));
        users[tag_of(&views[i])]++;
    }
    assert_int_equal(users[0], 0);
    for (uint32_t tag = 1; tag < TLB_TAGS; tag++)
        assert_true(users[tag] == 1 || users[tag] == 2);
    for (size_t i = 0; i < NVIEWS; i++) {
        uint32_t tag = tag_of(&views[i]);
        assert_false(load_keeps(&views[i]));
        assert_true(load_keeps(&views[i]));
        if (last[tag] != NULL) {
            assert_false(load_keeps(last[tag]));
            assert_false(load_keeps(&views[i]));
        }
        last[tag] = &views[i];
    }
    mmu_view_leave();
    for (size_t i = 0; i < NVIEWS; i++)
        mmu_view_fini(&views[(i * 7) % NVIEWS]);
}

static void test_tags_of_few_views_are_never_shared(void **state)
{
    (void)state;
    bool used[TLB_TAGS] = {false};
    random_seed(3);
    for (size_t i = 0; i < TLB_TAGS - 1; i++)
        view_make(&views[i], 0x1000);
    for (int step = 0; step < 3000; step++) {
        size_t i = random_below(TLB_TAGS - 1);
        size_t j = random_below(TLB_TAGS - 1);
        mmu_view_fini(&views[i]);
        if (i != j)
            mmu_view_fini(&views[j]);
        view_make(&views[i], 0x1000);
        if (i != j)
            view_make(&views[j], 0x1000);
    }
    for (size_t i = 0; i < TLB_TAGS - 1; i++) {
        assert_false(used[tag_of(&views[i])]);
        used[tag_of(&views[i])] = true;
        mmu_view_fini(&views[i]);
    }
}

static void test_tag_without_pcid_no_load_names_one_or_keeps(void **state)
{
    (void)state;
    struct mmu_view v;
    machine_start(MACHINE_RAM, MACHINE_FEATURES & ~FEATURE_BIT(PCID));
    view_make(&v, 0x5000);
    for (int i = 0; i < 3; i++)
        assert_false(load_keeps(&v));
    assert_int_equal(machine.cr3, 0x5000);
    drop(&v);
    assert_int_equal(machine.nkept, 0);
}

static void test_tag_kernel_root_is_loaded_with_tag_zero(void **state)
{
    (void)state;
    struct mmu_view v;
    view_make(&v, 0x5000);
    mmu_view_load(&v);
    mmu_view_leave();
    assert_int_equal(machine.cr3 & 0xfff, 0);
    assert_int_not_equal(machine.cr3, 0x5000);
    assert_ptr_not_equal(cpu_this()->view, &v);
    mmu_view_fini(&v);
}

static void test_view_that_is_loaded_cannot_end(void **state)
{
    (void)state;
    struct mmu_view v;
    view_make(&v, 0x5000);
    mmu_view_load(&v);
    assert_panics("view != v", mmu_view_fini(&v));
    drop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_tag_is_part_of_cr3_and_never_the_kernels),
        MACHINE_TEST(test_tag_first_load_flushes_and_the_next_keeps),
        MACHINE_TEST(test_tag_of_an_older_generation_flushes_once),
        MACHINE_TEST(test_tag_of_a_view_that_is_gone_flushes_for_the_next),
        MACHINE_TEST(test_tags_are_shared_evenly_by_more_views_than_tags),
        MACHINE_TEST(test_tags_of_few_views_are_never_shared),
        MACHINE_TEST(test_tag_without_pcid_no_load_names_one_or_keeps),
        MACHINE_TEST(test_tag_kernel_root_is_loaded_with_tag_zero),
        MACHINE_TEST(test_view_that_is_loaded_cannot_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
