/* The batch: what is dropped from the TLB when something is removed, and when frames are freed. */
#include <arch/features.h>
#include <arch/mmu.h>
#include <arch/phys.h>

#include "machine.h"
#include "mem/frame.h"
#include "mmu/ask.h"

static uint64_t here;      /* the generation of a space that the loaded view shows, */
static uint64_t elsewhere; /* and of one that it does not */
static struct mmu_view loaded;
static struct mmu_view other;

static int setup(void **state)
{
    machine_setup(state);
    mmu_view_init(&loaded, PADDR(0x5000), &mmu_no_generation, &here);
    mmu_view_init(&other, PADDR(0x6000), &mmu_no_generation, &elsewhere);
    mmu_view_load(&other);
    mmu_view_load(&loaded);
    machine_forget_tlb();
    return 0;
}

static int teardown(void **state)
{
    mmu_view_leave();
    mmu_view_fini(&loaded);
    mmu_view_fini(&other);
    return machine_teardown(state);
}

static struct vrange pages(uint64_t base, uint64_t npages)
{
    return (struct vrange){VADDR(base), npages};
}

static unsigned nflushes(void)
{
    return machine.ninvlpg + machine.ninvpcid + machine.nflushed;
}

static void remove_pages(uint64_t *generation, struct vrange range)
{
    struct tlb_batch batch TLB_BATCH;
    tlb_batch_begin(&batch);
    tlb_batch_removed(&batch, generation, range);
    tlb_batch_finish(&batch);
}

static void test_batch_of_a_few_pages_invalidates_each(void **state)
{
    (void)state;
    remove_pages(&here, pages(0x7000000, 3));
    assert_int_equal(machine.ninvlpg, 3);
    assert_int_equal(nflushes(), 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(machine.invlpg[i], 0x7000000 + i * PAGE_SIZE);
    assert_int_equal(cpu_this()->counters[COUNTER_INVLPG], 3);
}

static void test_batch_of_many_pages_drops_the_whole_tag(void **state)
{
    (void)state;
    uint64_t tag = loaded.tag_offset / sizeof(struct tlb_tag);
    remove_pages(&here, pages(0x7000000, 10000));
    assert_int_equal(nflushes(), 1);
    assert_int_equal(machine.invpcid, tag);
    features_in_use &= ~FEATURE_BIT(INVPCID);
    remove_pages(&here, pages(0x7000000, 10000));
    assert_int_equal(machine.nflushed, 1);
    assert_int_equal(machine.cr3, loaded.cr3_flush);
}

static void test_batch_of_many_ranges_drops_the_whole_tag(void **state)
{
    (void)state;
    struct tlb_batch batch TLB_BATCH;
    tlb_batch_begin(&batch);
    for (uint64_t i = 0; i < TLB_RANGES + 1; i++)
        tlb_batch_removed(&batch, &here, pages(0x7000000 * (i + 1), 1));
    assert_int_equal(nflushes(), 0);
    tlb_batch_finish(&batch);
    assert_int_equal(machine.ninvpcid, 1);
    assert_int_equal(machine.ninvlpg, 0);
}

static void test_batch_elsewhere_flushes_nothing_now_but_at_the_next_load(void **state)
{
    (void)state;
    remove_pages(&elsewhere, pages(0x7000000, 1));
    assert_int_equal(nflushes(), 0);
    mmu_view_load(&other);
    assert_int_equal(machine.nflushed, 1);
    mmu_view_load(&loaded);
    assert_int_equal(machine.nkept, 1);
}

static void test_batch_leaves_the_loaded_view_up_to_date(void **state)
{
    (void)state;
    remove_pages(&here, pages(0x7000000, 1));
    mmu_view_load(&other);
    machine_forget_tlb();
    mmu_view_load(&loaded);
    assert_int_equal(machine.nkept, 1);
    assert_int_equal(machine.nflushed, 0);
}

static void test_batch_raises_the_generation_before_it_is_finished(void **state)
{
    (void)state;
    struct tlb_batch batch TLB_BATCH;
    uint64_t before = here;
    tlb_batch_begin(&batch);
    tlb_batch_removed(&batch, &here, pages(0x7000000, 1));
    assert_int_equal(here, before + 1);
    assert_int_equal(nflushes(), 0);
    tlb_batch_finish(&batch);
}

static void test_batch_frees_frames_only_when_it_is_finished(void **state)
{
    (void)state;
    struct tlb_batch batch TLB_BATCH;
    paddr_t small[3];
    paddr_t large;
    uint64_t nfree = frame_count_free();
    for (int i = 0; i < 3; i++)
        small[i] = frame_take(FRAME_SEG_PAGE, NULL);
    assert_ok(frame_alloc(FRAME_2M, FRAME_SEG_PAGE, NULL, &large));
    tlb_batch_begin(&batch);
    tlb_batch_removed(&batch, &here, pages(0x7000000, 3));
    for (int i = 0; i < 3; i++)
        tlb_batch_free(&batch, small[i]);
    tlb_batch_free(&batch, large);
    assert_int_equal(*(char *)paddr_to_ptr(small[0]), 0);
    tlb_batch_finish(&batch);
    assert_int_equal(machine.ninvlpg, 3);
    assert_int_equal(machine.free_at_flush, nfree - 3 - 512);
    assert_int_equal(frame_count_free(), nfree);
}

static void drop_unfinished(void)
{
    struct tlb_batch batch TLB_BATCH;
    tlb_batch_begin(&batch);
}

static void test_batch_dropped_unfinished_panics(void **state)
{
    (void)state;
    assert_panics("unfinished", drop_unfinished());
}

static void test_batch_that_is_not_open_takes_nothing(void **state)
{
    (void)state;
    struct tlb_batch batch = {0};
    assert_panics("batch->open", tlb_batch_removed(&batch, &here, pages(0x7000000, 1)));
    assert_panics("batch->open", tlb_batch_finish(&batch));
}

/* As a CPU does that a removal has overtaken in the middle of a switch: it waits for the lock in a
 * view of which it remembers more than it should. */
static void miss_a_batch(void)
{
    here++;
}

static void test_batch_after_a_missed_one_drops_the_whole_tag(void **state)
{
    (void)state;
    miss_a_batch();
    remove_pages(&here, pages(0x7000000, 1));
    assert_int_equal(machine.ninvlpg, 0);
    assert_int_equal(machine.ninvpcid, 1);
    remove_pages(&here, pages(0x7000000, 1));
    assert_int_equal(machine.ninvlpg, 1);
    assert_int_equal(machine.ninvpcid, 1);
}

static void test_answer_after_a_missed_batch_drops_the_whole_tag(void **state)
{
    (void)state;
    cpu_this()->asked = ASK_NOTHING;
    mmu_answer();
    assert_int_equal(nflushes(), 0);
    miss_a_batch();
    cpu_this()->asked = ASK_NOTHING;
    mmu_answer();
    assert_int_equal(machine.nflushed, 1);
    assert_int_equal(machine.cr3, loaded.cr3_flush);
    assert_int_equal(cpu_this()->asked, 0);
}

#define TLB_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TLB_TEST(test_batch_of_a_few_pages_invalidates_each),
        TLB_TEST(test_batch_of_many_pages_drops_the_whole_tag),
        TLB_TEST(test_batch_of_many_ranges_drops_the_whole_tag),
        TLB_TEST(test_batch_elsewhere_flushes_nothing_now_but_at_the_next_load),
        TLB_TEST(test_batch_leaves_the_loaded_view_up_to_date),
        TLB_TEST(test_batch_raises_the_generation_before_it_is_finished),
        TLB_TEST(test_batch_frees_frames_only_when_it_is_finished),
        TLB_TEST(test_batch_dropped_unfinished_panics),
        TLB_TEST(test_batch_that_is_not_open_takes_nothing),
        TLB_TEST(test_batch_after_a_missed_one_drops_the_whole_tag),
        TLB_TEST(test_answer_after_a_missed_batch_drops_the_whole_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
