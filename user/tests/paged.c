/* Paged segments: pages that are missing, and those who supply them. */
#include <string.h>
#include <vasco/fault.h>
#include <vasco/seg.h>

#include "child.h"
#include "smp.h"

#define PAGES 8
#define SIZE (PAGES * PAGE_BYTES)
#define NOTHING_HERE 0x1000 /* an address in page 0 */

/* A paged segment in a view where this thread stands, and the thread's own handler as its pager. */
static struct {
    handle_t seg, vas, view;
    volatile unsigned nfaults, nsupplied;
    uint64_t last; /* the address of the last fault */
} room;

static _Alignas(16) char stack[2 * FAULT_STACK_BYTES];
static uint64_t page[PAGE_BYTES / 8];

/* What belongs into a word of a page, in a turn. */
static uint64_t word_of(uint64_t offset, uint64_t turn)
{
    return turn << 32 | offset;
}

static void page_write(uint64_t *words, uint64_t offset, uint64_t turn)
{
    for (size_t i = 0; i < PAGE_BYTES / 8; i++)
        words[i] = word_of(offset + 8 * i, turn);
}

static void handle_missing(struct fault_report *report)
{
    uint64_t offset = (report->address - PLACE_A) & ~(uint64_t)(PAGE_BYTES - 1);
    room.nfaults++;
    room.last = report->address;
    if (report->kind != FAULT_MISSING)
        sys_process_exit(1);
    page_write(page, offset, 0);
    int64_t missed = sys_seg_supply(room.seg, offset, (uintptr_t)page, PAGE_BYTES);
    room.nsupplied += missed == PAGE_BYTES;
}

static bool room_open(uint64_t flags)
{
    room.seg = sys_seg_create(NAME("paged"), PLACE_A, SIZE, SEG_PAGED | flags, 0);
    room.vas = kit_vas();
    room.nfaults = room.nsupplied = 0;
    if (!check(room.seg > 0) ||
        !check_eq(sys_seg_attach(room.vas, room.seg, ACCESS_DATA), STATUS_OK))
        return false;
    room.view = kit_view(room.vas, ACCESS_DATA);
    return check_eq(fault_handler_set(handle_missing, stack, sizeof(stack)), STATUS_OK) &&
           check_eq(sys_vas_switch(room.view), STATUS_OK);
}

static void room_close(void)
{
    check_eq(fault_handler_set(NULL, NULL, 0), STATUS_OK);
    check_eq(sys_vas_detach(room.view), STATUS_OK);
    kit_drop_all(room.seg, room.vas);
}

/* --- touching --------------------------------------------------------------------------------- */

static void touch_all(void)
{
    for (uint64_t at = 0; at < SIZE; at += 8)
        check_eq(*kit_word(PLACE_A + at), word_of(at, 0));
}

void test_paged_pages_are_supplied_once_each(void)
{
    const uint64_t flags[] = {0, SEG_SPARSE, SEG_LOCKABLE};
    for (size_t i = 0; i < 3; i++) {
        require(room_open(flags[i]));
        touch_all();
        check_eq(room.nfaults, PAGES);
        check_eq(room.nsupplied, PAGES);
        check_eq(kit_seg_info(room.seg).resident, SIZE);
        touch_all();
        check_eq(room.nfaults, PAGES);
        room_close();
    }
}

/* A write faults just as well, and hits the page that came. */
void test_paged_page_is_written_after_it_came(void)
{
    require(room_open(0));
    *kit_word(PLACE_A + 3 * PAGE_BYTES + 16) = 5;
    check_eq(room.last, PLACE_A + 3 * PAGE_BYTES + 16);
    check_eq(room.nfaults, 1);
    check_eq(*kit_word(PLACE_A + 3 * PAGE_BYTES + 16), 5);
    check_eq(*kit_word(PLACE_A + 3 * PAGE_BYTES + 24), word_of(3 * PAGE_BYTES + 24, 0));
    room_close();
}

void test_paged_page_discarded_is_missing_again(void)
{
    require(room_open(SEG_SPARSE));
    touch_all();
    uint64_t charged = kit_seg_info(room.seg).charged;
    *kit_word(PLACE_A + PAGE_BYTES) = 5;
    check_eq(sys_seg_discard(room.seg, PAGE_BYTES, 2 * PAGE_BYTES), STATUS_OK);
    check_eq(kit_seg_info(room.seg).charged, charged - 2 * PAGE_BYTES);
    touch_all();
    check_eq(room.nfaults, PAGES + 2);
    room_close();
}

void test_paged_page_filled_is_zero(void)
{
    require(room_open(0));
    check_eq(sys_seg_fill(room.seg, PAGE_BYTES, PAGE_BYTES), room.seg);
    check_eq(*kit_word(PLACE_A + PAGE_BYTES), 0);
    check_eq(room.nfaults, 0);
    check_eq(sys_seg_supply(room.seg, PAGE_BYTES, (uintptr_t)page, PAGE_BYTES), 0);
    check_eq(*kit_word(PLACE_A + PAGE_BYTES), 0);
    room_close();
}

void test_paged_page_that_nobody_supplies_ends_the_process(void)
{
    require(room_open(0));
    struct child_task task = {.address = PLACE_A + PAGE_BYTES};
    test_expect_log("read of 0x[0-9a-f]+ refused.*paged segment 'paged'");
    struct process_info info = child_run(&code_load, room.vas, ACCESS_READ, task);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address, PLACE_A + PAGE_BYTES);
    room_close();
}

/* --- calls ------------------------------------------------------------------------------------ */

/* The kernel asks no pager: a buffer whose pages are missing is none, and stays as it is. */
void test_paged_pages_missing_are_no_buffer(void)
{
    require(room_open(0));
    check_eq(sys_seg_info(room.seg, PLACE_A), STATUS_BAD_ADDRESS);
    check_eq(sys_console_write(kit_console(), PLACE_A, 1), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_read(room.seg, 0, (uintptr_t)page, 8), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_write(room.seg, 8, (uintptr_t)page, 8), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_supply(room.seg, 0, PLACE_A + PAGE_BYTES, PAGE_BYTES), STATUS_BAD_ADDRESS);
    check_eq(room.nfaults, 0);
    check_eq(kit_seg_info(room.seg).resident, 0);
    check_eq(*kit_word(PLACE_A), word_of(0, 0));
    check_eq(sys_seg_info(room.seg, PLACE_A + PAGE_BYTES - 8), STATUS_BAD_ADDRESS);
    check_eq(*kit_word(PLACE_A + PAGE_BYTES - 8), word_of(PAGE_BYTES - 8, 0));
    check_eq(sys_seg_info(room.seg, PLACE_A + 8), STATUS_OK);
    check_eq(sys_seg_write(room.seg, 8, (uintptr_t)page, 8), 8);
    room_close();
}

void test_seg_supply_gives_many_pages(void)
{
    static uint64_t words[2 * SEG_SUPPLY_BYTES_MAX / 8];
    handle_t seg = kit_seg(3 * SEG_SUPPLY_BYTES_MAX, SEG_PAGED);
    for (size_t i = 0; i < sizeof(words) / 8; i++)
        words[i] = i + 1;
    check_eq(seg_fill(seg, 2 * PAGE_BYTES, PAGE_BYTES), seg);
    check_eq(seg_supply(seg, PAGE_BYTES, words, sizeof(words)), sizeof(words) - PAGE_BYTES);
    check_eq(kit_peek(seg, PAGE_BYTES), 1);
    check_eq(kit_peek(seg, 2 * PAGE_BYTES), 0);
    check_eq(kit_peek(seg, sizeof(words) + PAGE_BYTES - 8), sizeof(words) / 8);
    check_eq(seg_supply(seg, 0, words, 0), 0);
    kit_drop(seg);
}

void test_seg_supply_refuses_what_is_no_page_or_not_missing_by_nature(void)
{
    handle_t seg = kit_seg(SIZE, SEG_PAGED), plain = kit_seg(SIZE, 0);
    uintptr_t buffer = (uintptr_t)page;
    check_eq(sys_seg_supply(seg, 8, buffer, PAGE_BYTES), STATUS_UNALIGNED);
    check_eq(sys_seg_supply(seg, 0, buffer, 8), STATUS_UNALIGNED);
    check_eq(sys_seg_supply(seg, SIZE, buffer, PAGE_BYTES), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_supply(seg, PAGE_BYTES, buffer, 0 - PAGE_BYTES), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_supply(seg, 0, NOTHING_HERE, PAGE_BYTES), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_supply(seg, 0, UINT64_MAX, PAGE_BYTES), STATUS_BAD_ADDRESS);
    check_eq(sys_seg_supply(plain, 0, buffer, PAGE_BYTES), STATUS_BAD_ARGUMENT);
    check_eq(kit_seg_info(seg).resident, 0);
    kit_drop_all(seg, plain);
    seg = kit_seg(2 * SEG_SUPPLY_BYTES_MAX, SEG_PAGED);
    check_eq(sys_seg_supply(seg, 0, buffer, SEG_SUPPLY_BYTES_MAX + PAGE_BYTES), STATUS_TOO_LARGE);
    kit_drop(seg);
    check_eq(sys_seg_create(NAME("a"), 0, SIZE, SEG_PAGED | SEG_EAGER, 0), STATUS_BAD_ARGUMENT);
    check_eq(sys_seg_create(NAME("a"), 0, SIZE, SEG_PAGED | SEG_PAGES_2M, 0), STATUS_BAD_ARGUMENT);
}

/* --- several CPUs ----------------------------------------------------------------------------- */

#define TURNS 400

static volatile uint64_t turn;

static struct {
    volatile uint64_t whole, stale;
} seen[WORKERS];

static struct worker workers[WORKERS];

/* Reads both ends of the page: what is there is of this turn or a later one, at once. Whoever has
 * found nothing lingers, for a different while each time: it must not wait in the kernel, where
 * nothing can be seen, when the page comes. */
static uint64_t body_look(struct worker *worker)
{
    size_t slot = worker->argument;
    smp_survive(slot);
    sys_vas_switch(room.view);
    for (uint64_t i = 0; !worker->stop; i++) {
        uint64_t now = turn;
        uint64_t last = smp_load(PLACE_A + PAGE_BYTES - 8);
        uint64_t first = smp_load(PLACE_A);
        seen[slot].stale += last != SMP_NOTHING && last < word_of(PAGE_BYTES - 8, now);
        seen[slot].stale += first != SMP_NOTHING && first < word_of(0, now);
        seen[slot].whole += last != SMP_NOTHING;
        smp_linger(last != SMP_NOTHING ? 0 : i * 7 % 1024);
    }
    return 0;
}

void test_smp_page_supplied_is_never_seen_before_its_content(void)
{
    size_t n = smp_cpus() - 1;
    needs_cpus(2);
    turn = 0;
    require(room_open(SEG_SPARSE));
    for (size_t i = 0; i < n; i++) {
        seen[i].whole = seen[i].stale = 0;
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_look, i + 1));
    }
    for (size_t i = 1; i <= test_scaled(TURNS); i++) {
        page_write(page, 0, i);
        check_eq(sys_seg_discard(room.seg, 0, PAGE_BYTES), STATUS_OK);
        turn = i;
        smp_linger(600);
        check_eq(sys_seg_supply(room.seg, 0, (uintptr_t)page, PAGE_BYTES), PAGE_BYTES);
        for (size_t k = 0; k < n && i % 16 == 0; k++) {
            uint64_t before = seen[k].whole;
            check_comes(seen[k].whole != before);
        }
    }
    for (size_t i = 0; i < n; i++) {
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
        check_eq(seen[i].stale, 0);
    }
    room_close();
}

/* All CPUs page for themselves: each page comes once, whoever is first. */
static uint64_t body_race(struct worker *worker)
{
    static uint64_t own[WORKERS][PAGE_BYTES / 8];
    uint64_t *words = own[worker->argument];
    for (uint64_t at = 0; at < SIZE; at += PAGE_BYTES) {
        page_write(words, at, worker->argument + 1);
        worker->result += (uint64_t)sys_seg_supply(room.seg, at, (uintptr_t)words, PAGE_BYTES);
    }
    return 0;
}

void test_smp_page_is_supplied_once_by_many(void)
{
    size_t n = smp_cpus();
    uint64_t supplied = 0;
    needs_cpus(2);
    require(room_open(0));
    for (size_t i = 0; i < n; i++) {
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_race, i));
    }
    for (size_t i = 0; i < n; i++) {
        check_eq(worker_end(&workers[i]), 0);
        supplied += workers[i].result;
    }
    check_eq(supplied, SIZE);
    for (uint64_t at = 0; at < SIZE; at += PAGE_BYTES) {
        uint64_t whose = *kit_word(PLACE_A + at) >> 32;
        check(whose >= 1 && whose <= n);
        check_eq(*kit_word(PLACE_A + at + PAGE_BYTES - 8), word_of(at + PAGE_BYTES - 8, whose));
    }
    check_eq(room.nfaults, 0);
    room_close();
}
