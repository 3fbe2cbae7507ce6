/* Changing what is mapped: rights of a link, holes in a segment. And telling what is. */
#include "child.h"
#include "kit.h"
#include "test.h"
#include "worker.h"

void test_link_narrowed_refuses_and_widened_allows(void)
{
    handle_t vas = sys_vas_create(NAME("shelf"), 0), seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_DATA);
    const struct child_task store = {.address = PLACE_A, .value = 6};
    check_eq(child_run(&code_store, vas, ACCESS_DATA, store).reason, END_EXIT);
    require_eq(sys_vas_switch(view), STATUS_OK);
    *kit_word(PLACE_A) = 7; /* the CPU remembers that it may */
    check_eq(sys_seg_set_access(vas, seg, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_read(seg, 0, PLACE_A, 8), STATUS_BAD_ADDRESS);
    check_eq(*kit_word(PLACE_A), 7);
    test_expect_log("write to 0x[0-9a-f]+ refused: segment 'test' .* is read-only in VAS 'shelf'");
    check_eq(child_run(&code_store, vas, ACCESS_DATA, store).reason, END_FAULT);
    check_eq(sys_seg_set_access(vas, seg, ACCESS_DATA), STATUS_OK);
    *kit_word(PLACE_A) = 8;
    check_eq(child_run(&code_store, vas, ACCESS_DATA, store).reason, END_EXIT);
    check_eq(*kit_word(PLACE_A), 6);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* A thread that writes on and on is stopped by the narrowing, not at its next switch. */
static uint64_t body_write(struct worker *worker)
{
    sys_vas_switch((handle_t)worker->argument);
    while (!worker->stop) {
        *kit_word(PLACE_A) = ++worker->result;
        for (volatile int i = 0; i < 100; i++)
            ;
    }
    return 0;
}

static volatile uint64_t refused_at;

static void on_refusal(struct fault_report *report)
{
    refused_at = report->address;
    sys_thread_exit(3);
}

static uint64_t body_write_until_refused(struct worker *worker)
{
    static _Alignas(16) char stack[PAGE_BYTES];
    sys_thread_set_handler((uintptr_t)on_refusal, (uintptr_t)stack + sizeof(stack));
    return body_write(worker);
}

void test_link_narrowed_stops_a_thread_that_writes(void)
{
    static struct worker worker;
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 5), view = kit_view(vas, ACCESS_DATA);
    worker = (struct worker){.argument = (uint64_t)view};
    refused_at = 0;
    require(worker_start(&worker, 0, body_write_until_refused, PRIORITY_DEFAULT));
    sys_thread_sleep(2 * MILLISECOND);
    check(kit_peek(seg, 0) > 5);
    check_eq(sys_seg_set_access(vas, seg, ACCESS_READ), STATUS_OK);
    uint64_t last = kit_peek(seg, 0);
    check_eq(worker_end(&worker), 3);
    check_eq(refused_at, PLACE_A);
    check_eq(kit_peek(seg, 0), last);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

void test_link_set_access_moves_it_to_another_capability(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t reader = kit_without(seg, RIGHT_SEG_WRITE);
    check_eq(sys_seg_set_access(vas, reader, ACCESS_DATA), STATUS_NO_RIGHT);
    check_eq(sys_seg_set_access(vas, reader, ACCESS_WRITE), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_set_access(vas, reader, ACCESS_READ), STATUS_OK);
    check_eq(kit_cap_info(reader).nchildren, 1);
    check_eq(sys_cap_revoke(reader), STATUS_OK);
    check_eq(kit_vas_info(vas).nlinks, 0);
    check_eq(sys_seg_set_access(vas, seg, ACCESS_READ), STATUS_NOT_ATTACHED);
    kit_drop_all(reader, seg, vas);
}

/* --- holes ------------------------------------------------------------------------------------ */

void test_seg_discarded_pages_are_zero_in_every_space(void)
{
    handle_t seg = kit_seg_at(PLACE_A, 4 * MIB), a = kit_vas(), b = kit_vas();
    handle_t view_a = kit_view(a, ACCESS_DATA), view_b = kit_view(b, ACCESS_READ);
    check_eq(sys_seg_attach(a, seg, ACCESS_DATA), STATUS_OK);
    check_eq(sys_seg_attach(b, seg, ACCESS_READ), STATUS_OK);
    for (uint64_t at = 0; at < 4 * MIB; at += PAGE_BYTES)
        kit_poke(seg, at, at + 1);
    require_eq(sys_vas_switch(view_b), STATUS_OK);
    check_eq(*kit_word(PLACE_A + MIB), MIB + 1);
    require_eq(sys_vas_switch(view_a), STATUS_OK);
    check_eq(*kit_word(PLACE_A + MIB), MIB + 1);
    check_eq(sys_seg_discard(seg, MIB, 2 * MIB), STATUS_OK);
    check_eq(kit_seg_info(seg).resident, 2 * MIB);
    for (int turn = 0; turn < 2; turn++) {
        check_eq(*kit_word(PLACE_A + MIB - PAGE_BYTES), MIB - PAGE_BYTES + 1);
        check_eq(*kit_word(PLACE_A + MIB), 0);
        check_eq(*kit_word(PLACE_A + 3 * MIB - PAGE_BYTES), 0);
        check_eq(*kit_word(PLACE_A + 3 * MIB), 3 * MIB + 1);
        require_eq(sys_vas_switch(view_b), STATUS_OK);
    }
    check_eq(kit_seg_info(seg).resident, 2 * MIB + 2 * PAGE_BYTES);
    check_eq(sys_vas_detach(view_a), STATUS_OK);
    check_eq(sys_vas_detach(view_b), STATUS_OK);
    kit_drop_all(seg, a, b);
}

void test_seg_discard_of_a_large_page_in_part_zeroes_it(void)
{
    handle_t seg = kit_seg(4 * MIB, SEG_PAGES_2M | SEG_EAGER);
    for (uint64_t at = 0; at < 4 * MIB; at += PAGE_BYTES)
        kit_poke(seg, at, at + 1);
    check_eq(sys_seg_discard(seg, MIB, 2 * MIB), STATUS_OK);
    check_eq(kit_seg_info(seg).resident, 4 * MIB);
    for (uint64_t at = 0; at < 4 * MIB; at += PAGE_BYTES)
        check_eq(kit_peek(seg, at), at >= MIB && at < 3 * MIB ? 0 : at + 1);
    check_eq(sys_seg_discard(seg, 0, 4 * MIB), STATUS_OK);
    check_eq(kit_seg_info(seg).resident, 0);
    check_eq(kit_peek(seg, 5 * PAGE_BYTES), 0);
    kit_drop(seg);
}

void test_seg_discard_of_a_sparse_one_gives_memory_back(void)
{
    handle_t pool = kit_pool(64),
             seg = sys_seg_create(NAME("sparse"), 0, 16 * GIB, SEG_SPARSE, pool);
    uint64_t before = kit_pool_info(pool).used_frames;
    for (int turn = 0; turn < 20; turn++) {
        for (uint64_t at = 0; at < 20 * PAGE_BYTES; at += PAGE_BYTES)
            kit_poke(seg, at, 1);
        check(kit_pool_info(pool).used_frames >= before + 20);
        check_eq(sys_seg_discard(seg, 0, 16 * GIB), STATUS_OK);
        check(kit_pool_info(pool).used_frames <= before + 2); /* tables stay */
    }
    check_eq(kit_peek(seg, 0), 0);
    kit_drop_all(seg, pool);
}

void test_seg_discard_refuses_what_is_no_range_of_pages(void)
{
    handle_t seg = kit_seg(2 * PAGE_BYTES, 0);
    kit_poke(seg, 0, 1);
    check_eq(sys_seg_discard(seg, 1, PAGE_BYTES), STATUS_UNALIGNED);
    check_eq(sys_seg_discard(seg, 0, PAGE_BYTES + 8), STATUS_UNALIGNED);
    check_eq(sys_seg_discard(seg, PAGE_BYTES, 2 * PAGE_BYTES), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_discard(seg, 0, 0 - PAGE_BYTES), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_discard(seg, 2 * PAGE_BYTES, 0), STATUS_OK);
    check_eq(kit_peek(seg, 0), 1);
    kit_drop(seg);
}

/* --- what is linked where --------------------------------------------------------------------- */

void test_link_info_lists_both_ways(void)
{
    struct link_info info = {0};
    handle_t a = kit_vas(), b = kit_vas();
    handle_t first = kit_seg_in(a, PLACE_A, 1), second = kit_seg_at(PLACE_B, 3 * MIB);
    check_eq(sys_seg_attach(a, second, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_attach(b, second, ACCESS_DATA), STATUS_OK);
    check_eq(sys_link_info(a, 0, (uintptr_t)&info), STATUS_OK);
    check_eq(info.seg, kit_seg_info(first).id);
    check_eq(info.space, kit_vas_info(a).id);
    check_eq(info.space_type, OBJECT_VAS);
    check_eq(info.base, PLACE_A);
    check_eq(info.access, ACCESS_DATA);
    check_eq(info.resident, PAGE_BYTES);
    check_eq(sys_link_info(a, 1, (uintptr_t)&info), STATUS_OK);
    check_eq(info.seg, kit_seg_info(second).id);
    check_eq(info.nbytes, 3 * MIB);
    check_eq(info.access, ACCESS_READ);
    check_eq(sys_link_info(a, 2, (uintptr_t)&info), STATUS_NOT_FOUND);
    check_eq(sys_link_info(second, 1, (uintptr_t)&info), STATUS_OK);
    check_eq(info.space, kit_vas_info(b).id);
    check_eq(sys_link_info(second, UINT64_MAX, (uintptr_t)&info), STATUS_NOT_FOUND);
    check_eq(sys_link_info(HANDLE_SELF, 0, (uintptr_t)&info), STATUS_OK);
    check_eq(info.space_type, OBJECT_PROCESS);
    kit_drop_all(first, second, a, b);
}
