/* Paged segments: the kernel fills none of their pages, and shows none before its content. */
#include <arch/vectors.h>

#include "mem/frame.h"
#include "obj/fault.h"
#include "obj/seg_memory.h"
#include "obj/user_mem.h"
#include "world.h"

#define SIZE (4 * MIB)
#define FAULT_STACK (WORLD_BUFFER + MIB)
#define HANDLER 0x700000

static handle_t paged; /* at GIB, in init's home */

static int setup(void **state)
{
    world_setup(state);
    paged = world_seg(GIB, SIZE, SEG_PAGED);
    must(sys_seg_attach(HANDLE_SELF, paged, ACCESS_RW));
    return 0;
}

static uint64_t resident(void)
{
    return seg_resident(WORLD_OBJECT(paged, seg));
}

/* Fills pages of init's buffer with a word each, from `first` on. */
static void write_words(uint64_t first, uint64_t npages)
{
    for (uint64_t i = 0; i < npages; i++) {
        uint64_t words[2] = {first + i, ~(first + i)};
        assert_ok(user_write(UPTR(WORLD_BUFFER + (i << PAGE_SHIFT)), &words[0], 8));
        assert_ok(user_write(UPTR(WORLD_BUFFER + (i << PAGE_SHIFT) + PAGE_SIZE - 8), &words[1], 8));
    }
}

/* The first word of a page of the segment, which is there. */
static uint64_t word_at(uint64_t offset)
{
    uint64_t word;
    assert_ok(user_read(&word, UPTR(GIB + offset), sizeof(word)));
    return word;
}

static bool present(uint64_t offset)
{
    return cpu_walk(world.init->home.top, GIB + offset).present;
}

/* init's report of its last fault; the handler is set anew. */
static struct fault_report fault_at(uint64_t address, uint64_t access)
{
    struct fault_report report;
    fault_handler_set(HANDLER, FAULT_STACK);
    fault_page(address, access, WORLD_ENTRY);
    assert_ok(user_read(&report, UPTR(FAULT_STACK - sizeof(report)), sizeof(report)));
    return report;
}

static void test_paged_page_is_not_filled_by_a_touch(void **state)
{
    (void)state;
    struct fault_report report = fault_at(GIB + 5 * PAGE_SIZE + 8, ACCESS_WRITE);
    assert_int_equal(report.kind, FAULT_MISSING);
    assert_int_equal(report.vector, VECTOR_PAGE_FAULT);
    assert_int_equal(report.address, GIB + 5 * PAGE_SIZE + 8);
    assert_int_equal(report.access, ACCESS_WRITE);
    assert_int_equal(report.view, HANDLE_HOME);
    assert_int_equal(resident(), 0);
    write_words(7, 1);
    assert_int_equal(sys_seg_supply(paged, 5 * PAGE_SIZE, WORLD_BUFFER, PAGE_SIZE), PAGE_SIZE);
    assert_int_equal(word_at(5 * PAGE_SIZE), 7);
}

/* The rights come first: what is refused anyway is not asked of a pager. */
static void test_paged_page_that_may_not_be_touched_is_an_ordinary_fault(void **state)
{
    (void)state;
    must(sys_seg_set_access(HANDLE_SELF, paged, ACCESS_READ));
    assert_int_equal(fault_at(GIB, ACCESS_WRITE).kind, FAULT_PAGE);
    assert_int_equal(fault_at(GIB, ACCESS_READ).kind, FAULT_MISSING);
    assert_int_equal(fault_at(GIB + SIZE, ACCESS_READ).kind, FAULT_PAGE);
}

/* Another CPU was faster: the page is there when the kernel looks. */
static void test_paged_page_that_has_come_meanwhile_is_no_fault(void **state)
{
    (void)state;
    must(sys_seg_fill(paged, 0, PAGE_SIZE));
    fault_handler_set(HANDLER, FAULT_STACK);
    fault_page(GIB, ACCESS_WRITE, WORLD_ENTRY);
    assert_int_equal(world.thread->handler.entry, HANDLER);
    fault_handler_set(0, 0);
}

static void test_paged_page_that_nobody_supplies_ends_the_process(void **state)
{
    (void)state;
    handle_t handle;
    struct process *process = world_enter(&handle);
    must(sys_seg_attach(HANDLE_SELF, world_seg(GIB, PAGE_SIZE, SEG_PAGED), ACCESS_READ));
    machine.noutput = 0;
    fault_page(GIB, ACCESS_READ, WORLD_ENTRY);
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(process->ending.reason, END_FAULT);
    assert_int_equal(process->ending.address, GIB);
    assert_non_null(
        strstr(machine.output, "nobody has supplied the page of the paged segment 's'"));
}

static void test_paged_flag_goes_with_small_pages_that_are_not_eager(void **state)
{
    (void)state;
    const uint64_t bad[] = {SEG_EAGER, SEG_PAGES_2M, SEG_PAGES_1G, SEG_PAGES_BY_SIZE};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(sys_seg_create('s', 0, 0, GIB, SEG_PAGED | bad[i], 0),
                         STATUS_BAD_ARGUMENT);
    handle_t all = world_seg(0, 20 * GIB, SEG_PAGED | SEG_SPARSE | SEG_LOCKABLE);
    assert_int_equal(WORLD_OBJECT(all, seg)->charged, 1);
    struct seg *reserved = WORLD_OBJECT(paged, seg);
    assert_int_equal(reserved->charged, seg_tables_needed(reserved) + reserved->range.npages);
}

/* --- supplying ------------------------------------------------------------------------------- */

static void test_paged_supply_gives_whole_pages_of_the_buffer(void **state)
{
    (void)state;
    write_words(100, 16);
    assert_int_equal(sys_seg_supply(paged, 2 * MIB - 8 * PAGE_SIZE, WORLD_BUFFER, 16 * PAGE_SIZE),
                     16 * PAGE_SIZE);
    for (uint64_t i = 0; i < 16; i++) {
        uint64_t offset = 2 * MIB + (i << PAGE_SHIFT) - 8 * PAGE_SIZE;
        assert_int_equal(word_at(offset), 100 + i);
        assert_int_equal(word_at(offset + PAGE_SIZE - 8), ~(100 + i));
    }
    assert_int_equal(resident(), 16);
    check_seg(WORLD_OBJECT(paged, seg));
}

static void test_paged_supply_takes_a_buffer_that_lies_anywhere(void **state)
{
    (void)state;
    char text[PAGE_SIZE], back[PAGE_SIZE];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 13 + 5);
    assert_ok(user_write(UPTR(WORLD_BUFFER + 1001), text, sizeof(text)));
    assert_int_equal(sys_seg_supply(paged, 0, WORLD_BUFFER + 1001, PAGE_SIZE), PAGE_SIZE);
    assert_ok(user_read(back, UPTR(GIB), sizeof(back)));
    assert_memory_equal(text, back, sizeof(text));
}

static void test_paged_supply_leaves_what_is_there(void **state)
{
    (void)state;
    write_words(1, 1);
    assert_int_equal(sys_seg_supply(paged, PAGE_SIZE, WORLD_BUFFER, PAGE_SIZE), PAGE_SIZE);
    write_words(10, 3);
    assert_int_equal(sys_seg_supply(paged, 0, WORLD_BUFFER, 3 * PAGE_SIZE), 2 * PAGE_SIZE);
    assert_int_equal(word_at(0), 10);
    assert_int_equal(word_at(PAGE_SIZE), 1);
    assert_int_equal(word_at(2 * PAGE_SIZE), 12);
    assert_int_equal(sys_seg_supply(paged, 0, WORLD_BUFFER, 3 * PAGE_SIZE), 0);
    assert_int_equal(resident(), 3);
}

/* What is made for a place is nowhere to be seen until it is installed. */
static void test_paged_page_is_shown_when_it_is_installed(void **state)
{
    (void)state;
    paddr_t page;
    struct seg *seg = WORLD_OBJECT(paged, seg);
    assert_ok(seg_page_new(seg, 0, &page));
    assert_true(!present(0) && !seg_has_page(seg, 0) && resident() == 0);
    seg_page_install(seg, 0, page);
    assert_int_equal(cpu_walk(world.init->home.top, GIB).pa, page.v);
    assert_true(seg_has_page(seg, 0) && resident() == 1);
}

static void test_paged_supply_needs_no_flush(void **state)
{
    (void)state;
    write_words(1, 4);
    machine_forget_tlb();
    must(sys_seg_supply(paged, 0, WORLD_BUFFER, 4 * PAGE_SIZE));
    assert_int_equal(machine.ninvlpg + machine.ninvpcid + machine.nflushed, 0);
}

static void test_paged_supply_refuses(void **state)
{
    (void)state;
    const struct {
        uint64_t offset, buffer, nbytes;
        status_t status;
    } bad[] = {
        {1, WORLD_BUFFER, PAGE_SIZE, STATUS_UNALIGNED},
        {0, WORLD_BUFFER, PAGE_SIZE + 8, STATUS_UNALIGNED},
        {SIZE, WORLD_BUFFER, PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {SIZE - PAGE_SIZE, WORLD_BUFFER, 2 * PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {PAGE_SIZE, WORLD_BUFFER, 0 - PAGE_SIZE, STATUS_BAD_ARGUMENT},
        {0, WORLD_BUFFER, SEG_SUPPLY_BYTES_MAX + PAGE_SIZE, STATUS_TOO_LARGE},
        {0, WORLD_BUFFER + MIB - 8, PAGE_SIZE, STATUS_BAD_ADDRESS},
        {0, 0x1000, PAGE_SIZE, STATUS_BAD_ADDRESS},
        {0, GIB + PAGE_SIZE, PAGE_SIZE, STATUS_BAD_ADDRESS}, /* missing itself */
    };
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(sys_seg_supply(paged, bad[i].offset, bad[i].buffer, bad[i].nbytes),
                         bad[i].status);
    assert_int_equal(sys_seg_supply(world.buffer, 0, WORLD_BUFFER, PAGE_SIZE), STATUS_BAD_ARGUMENT);
    handle_t reader = must(sys_cap_derive(paged, RIGHT_SEG_READ, 0));
    assert_int_equal(sys_seg_supply(reader, 0, WORLD_BUFFER, PAGE_SIZE), STATUS_NO_RIGHT);
    assert_int_equal(sys_seg_supply(paged, SIZE, WORLD_BUFFER, 0), 0);
    assert_int_equal(resident(), 0);
}

/* From one page of the segment to another: it looks like any buffer. */
static void test_paged_supply_copies_within_the_segment(void **state)
{
    (void)state;
    write_words(42, 1);
    must(sys_seg_supply(paged, 0, WORLD_BUFFER, PAGE_SIZE));
    assert_int_equal(sys_seg_supply(paged, PAGE_SIZE, GIB, PAGE_SIZE), PAGE_SIZE);
    assert_int_equal(word_at(PAGE_SIZE), 42);
}

/* Memory for pages, and for the tables on the way, is charged as it comes; and goes back. */
static void test_paged_sparse_is_charged_for_what_is_supplied(void **state)
{
    (void)state;
    handle_t pool = must(sys_pool_create('p', 0, 40, 0));
    handle_t seg = must(sys_seg_create('s', 0, 0, 20 * GIB, SEG_PAGED | SEG_SPARSE, pool));
    struct pool *charged = &WORLD_OBJECT(pool, pool_object)->pool;
    uint64_t before = charged->charged;
    assert_int_equal(sys_seg_supply(seg, 3 * GIB, WORLD_BUFFER, PAGE_SIZE), PAGE_SIZE);
    assert_int_equal(charged->charged, before + 3);
    check_seg(WORLD_OBJECT(seg, seg));
    uint64_t offset = 3 * GIB;
    int64_t result;
    while ((result = sys_seg_supply(seg, offset, WORLD_BUFFER, 2 * PAGE_SIZE)) >= 0)
        offset += 2 * PAGE_SIZE;
    assert_int_equal(result, STATUS_NO_MEMORY);
    assert_int_equal(charged->charged, charged->limit);
    check_seg(WORLD_OBJECT(seg, seg));
    must(sys_seg_discard(seg, 3 * GIB, offset + 2 * PAGE_SIZE - 3 * GIB));
    assert_int_equal(charged->charged, before + 2);
    assert_int_equal(sys_seg_supply(seg, 3 * GIB, WORLD_BUFFER, PAGE_SIZE), PAGE_SIZE);
}

static void test_paged_pages_are_missing_again_when_discarded(void **state)
{
    (void)state;
    write_words(1, 4);
    must(sys_seg_supply(paged, 0, WORLD_BUFFER, 4 * PAGE_SIZE));
    uint64_t charged = WORLD_OBJECT(paged, seg)->charged;
    machine_forget_tlb();
    must(sys_seg_discard(paged, PAGE_SIZE, 2 * PAGE_SIZE));
    assert_true(machine.ninvlpg + machine.ninvpcid + machine.nflushed > 0);
    assert_true(present(0) && !present(PAGE_SIZE) && !present(2 * PAGE_SIZE));
    assert_int_equal(fault_at(GIB + PAGE_SIZE, ACCESS_READ).kind, FAULT_MISSING);
    write_words(5, 4);
    assert_int_equal(sys_seg_supply(paged, 0, WORLD_BUFFER, 4 * PAGE_SIZE), 2 * PAGE_SIZE);
    assert_int_equal(word_at(PAGE_SIZE), 6);
    assert_int_equal(word_at(3 * PAGE_SIZE), 4);
    assert_int_equal(WORLD_OBJECT(paged, seg)->charged, charged);
}

/* --- copies of the kernel's ------------------------------------------------------------------ */

/* Neither fills: a page that is half written would be there for everybody. */
static void test_paged_pages_that_are_missing_are_no_address(void **state)
{
    (void)state;
    must(sys_seg_fill(paged, PAGE_SIZE, PAGE_SIZE));
    const uint64_t bad[][2] = {
        {0, 1}, {0, PAGE_SIZE + 1}, {PAGE_SIZE - 1, 2}, {2 * PAGE_SIZE - 8, 9}, {2 * MIB, 8}};
    for (size_t i = 0; i < array_count(bad); i++) {
        uint64_t offset = bad[i][0], nbytes = bad[i][1];
        char byte[PAGE_SIZE + 1] = {'x'};
        assert_int_equal(user_write(UPTR(GIB + offset), byte, nbytes), STATUS_BAD_ADDRESS);
        assert_int_equal(user_read(byte, UPTR(GIB + offset), nbytes), STATUS_BAD_ADDRESS);
        assert_int_equal(sys_seg_read(paged, offset, WORLD_BUFFER, nbytes), STATUS_BAD_ADDRESS);
        assert_int_equal(sys_seg_write(paged, offset, WORLD_BUFFER, nbytes), STATUS_BAD_ADDRESS);
        assert_int_equal(sys_seg_read(world.buffer, 0, GIB + offset, nbytes), STATUS_BAD_ADDRESS);
    }
    assert_int_equal(resident(), 1);
    assert_int_equal(word_at(PAGE_SIZE), 0);
}

static void test_paged_pages_that_are_there_are_like_others(void **state)
{
    (void)state;
    write_words(3, 2);
    must(sys_seg_supply(paged, PAGE_SIZE, WORLD_BUFFER, 2 * PAGE_SIZE));
    assert_int_equal(sys_seg_read(paged, PAGE_SIZE + 8, WORLD_BUFFER, 2 * PAGE_SIZE - 8),
                     2 * PAGE_SIZE - 8);
    assert_int_equal(sys_seg_write(paged, 2 * PAGE_SIZE - 4, WORLD_BUFFER, 8), 8);
    assert_int_equal(sys_seg_read(paged, PAGE_SIZE, WORLD_BUFFER, 0), 0);
    assert_int_equal(sys_seg_read(paged, 0, WORLD_BUFFER, 0), 0);
}

#define PAGED_TEST(f) cmocka_unit_test_setup_teardown(f, setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGED_TEST(test_paged_page_is_not_filled_by_a_touch),
        PAGED_TEST(test_paged_page_that_may_not_be_touched_is_an_ordinary_fault),
        PAGED_TEST(test_paged_page_that_has_come_meanwhile_is_no_fault),
        WORLD_TEST(test_paged_page_that_nobody_supplies_ends_the_process),
        PAGED_TEST(test_paged_flag_goes_with_small_pages_that_are_not_eager),
        PAGED_TEST(test_paged_supply_gives_whole_pages_of_the_buffer),
        PAGED_TEST(test_paged_supply_takes_a_buffer_that_lies_anywhere),
        PAGED_TEST(test_paged_supply_leaves_what_is_there),
        PAGED_TEST(test_paged_page_is_shown_when_it_is_installed),
        PAGED_TEST(test_paged_supply_needs_no_flush),
        PAGED_TEST(test_paged_supply_refuses),
        PAGED_TEST(test_paged_supply_copies_within_the_segment),
        PAGED_TEST(test_paged_sparse_is_charged_for_what_is_supplied),
        PAGED_TEST(test_paged_pages_are_missing_again_when_discarded),
        PAGED_TEST(test_paged_pages_that_are_missing_are_no_address),
        PAGED_TEST(test_paged_pages_that_are_there_are_like_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
