/* Lives: ends under threads that travel between views, and under threads that fault. */
#include <vasco/vas.h>

#include "child.h"
#include "test.h"
#include "worker.h"

#define VIEWS 2
#define NOTHING 0xdead /* what a thread reads where there is nothing */
#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)

/* The traveller: each VAS has its number in it, counted from 1. */
static struct {
    volatile handle_t views[VIEWS];
    volatile uint64_t turns, lost, faults, wrong;
    handle_t vases[VIEWS], segs[VIEWS];
} trip;

/* An instruction of 3 bytes. */
static uint64_t read_word(uint64_t address)
{
    uint64_t word;
    __asm__ volatile("movq (%1), %0" : "=a"(word) : "c"(address) : "memory");
    return word;
}

static _Alignas(16) char fault_stack[PAGE_BYTES];
#define FAULT_STACK_TOP ((uintptr_t)fault_stack + PAGE_BYTES)

/* A lost view is no reason to stop; who reads nothing goes on behind it. */
static void handle_trip(struct fault_report *report)
{
    if (report->kind == FAULT_VIEW_LOST) {
        trip.lost++;
    } else {
        trip.faults++;
        report->rax = NOTHING;
        report->rip += 3;
    }
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle_trip, FAULT_STACK_TOP);
}

static uint64_t body_travel(struct worker *worker)
{
    sys_thread_set_handler((uintptr_t)handle_trip, FAULT_STACK_TOP);
    while (!worker->stop) {
        for (size_t i = 0; i < VIEWS; i++) {
            if (vas_switch(trip.views[i]) != STATUS_OK)
                continue;
            uint64_t word = read_word(PLACE_A);
            trip.wrong += word != i + 1 && word != NOTHING;
        }
        vas_switch(HANDLE_HOME);
        trip.turns++;
    }
    return 0;
}

static uint64_t body_fault(struct worker *worker)
{
    sys_thread_set_handler((uintptr_t)handle_trip, FAULT_STACK_TOP);
    while (!worker->stop) {
        trip.wrong += read_word(PAGE_BYTES) != NOTHING;
        trip.turns++;
    }
    return 0;
}

static void trip_make(size_t i)
{
    trip.vases[i] = kit_vas();
    trip.segs[i] = kit_seg_in(trip.vases[i], PLACE_A, i + 1);
    trip.views[i] = kit_view(trip.vases[i], ACCESS_READ);
}

static void trip_drop(size_t i)
{
    kit_drop_all(trip.vases[i], trip.segs[i]);
}

static struct worker traveller;

static bool trip_start(uint64_t (*body)(struct worker *))
{
    trip.turns = trip.lost = trip.faults = trip.wrong = 0;
    traveller = (struct worker){0};
    return worker_start(&traveller, 0, body, PRIORITY_LOW);
}

/* --- views ---------------------------------------------------------------------------------- */

enum view_end {
    BY_DETACH,
    BY_REVOKE,
    BY_DESTROY,
    BY_DELETE,
    BY_SEG_DESTROY,
    BY_SEG_REVOKE,
    VIEW_ENDS
};

static void view_end(size_t i, enum view_end how)
{
    handle_t view = trip.views[i];
    if (how == BY_DETACH)
        check_eq(sys_vas_detach(view), STATUS_OK);
    else if (how == BY_REVOKE)
        check_eq(sys_cap_revoke(trip.vases[i]), STATUS_OK);
    else if (how == BY_DESTROY)
        check_eq(sys_object_destroy(trip.vases[i]), STATUS_OK);
    else
        kit_drop(view);
    check_eq(sys_vas_switch(view), STATUS_BAD_HANDLE);
    trip_drop(i);
    trip_make(i);
}

/* The view stays, and is not taken away before the traveller is out of its handler: one that stands
 * in a handler has none. */
static void seg_end(size_t i, enum view_end how)
{
    handle_t seg = trip.segs[i];
    check_eq(how == BY_SEG_DESTROY ? sys_object_destroy(seg) : sys_cap_revoke(seg), STATUS_OK);
    sys_thread_sleep(0);
    check_eq(kit_vas_info(trip.vases[i]).nlinks, 0);
    kit_drop(seg);
    trip.segs[i] = kit_seg_in(trip.vases[i], PLACE_A, i + 1);
    sys_thread_sleep(0);
}

/* The tick that wakes this thread stops the traveller wherever it is. */
void test_lives_of_views_end_under_a_thread_that_travels(void)
{
    const size_t rounds = 20 * VIEW_ENDS + test_scaled(200);
    for (size_t i = 0; i < VIEWS; i++)
        trip_make(i);
    require(trip_start(body_travel));
    for (size_t round = 0; round < rounds; round++) {
        sys_thread_sleep(0);
        enum view_end how = (enum view_end)(round / VIEWS % VIEW_ENDS);
        if (how == BY_SEG_DESTROY || how == BY_SEG_REVOKE)
            seg_end(round % VIEWS, how);
        else
            view_end(round % VIEWS, how);
    }
    traveller.stop = true;
    worker_end(&traveller);
    check_eq(trip.wrong, 0);
    check(trip.turns > 0);
    check(trip.lost > 0);
    check(trip.faults > 0);
    for (size_t i = 0; i < VIEWS; i++) {
        check_eq(sys_vas_detach(trip.views[i]), STATUS_OK);
        trip_drop(i);
    }
}

/* --- threads -------------------------------------------------------------------------------- */

static void destroy_threads(uint64_t (*body)(struct worker *))
{
    for (size_t round = 0; round < 8 + test_scaled(80); round++) {
        require(trip_start(body));
        do
            sys_thread_sleep(MILLISECOND);
        while (trip.turns == 0);
        check_eq(trip.wrong, 0);
        check_eq(sys_object_destroy(traveller.thread), STATUS_OK);
        uint64_t turns = trip.turns;
        check_eq(sys_thread_wait(traveller.thread), STATUS_OK);
        kit_drop(traveller.thread);
        sys_thread_sleep(0);
        check_eq(trip.turns, turns);
    }
}

void test_lives_of_threads_end_while_they_travel(void)
{
    for (size_t i = 0; i < VIEWS; i++)
        trip_make(i);
    destroy_threads(body_travel);
    for (size_t i = 0; i < VIEWS; i++) {
        check_eq(kit_vas_info(trip.vases[i]).nviews, 1);
        check_eq(sys_vas_detach(trip.views[i]), STATUS_OK);
        trip_drop(i);
    }
}

void test_lives_of_threads_end_while_they_fault(void)
{
    destroy_threads(body_fault);
    check(trip.faults > 0);
}

/* The handler's stack goes: there is nowhere to put the report, so the process ends. */
void test_lives_of_handlers_end_with_their_stack(void)
{
    struct child child;
    for (size_t round = 0; round < 4 + test_scaled(40); round++) {
        require(child_make(&child, "faults", &code_faults));
        require(child_start(&child, &(struct child_task){0}));
        sys_thread_sleep(0);
        sys_thread_sleep(round % 2 ? 0 : MILLISECOND);
        check(child_task_now(&child).result > 0);
        check_eq(round % 4 < 2 ? sys_cap_revoke(child.task) : sys_object_destroy(child.task),
                 STATUS_OK);
        struct process_info info = child_end(&child);
        check_eq(info.reason, END_FAULT);
    }
}
