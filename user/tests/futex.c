/* Futexes: waiting, waking, moving, in every view and process. */
#include <vasco/seg.h>

#include "child.h"
#include "sleepers.h"

static volatile uint64_t words[4];

void test_futex_wait_compares_the_word(void)
{
    words[0] = 7;
    check_eq(futex_wait(&words[0], 8, FUTEX_FOREVER), STATUS_CHANGED);
    check_eq(futex_wait(&words[0], 7 + ((uint64_t)1 << 40), FUTEX_FOREVER), STATUS_CHANGED);
    check_eq(futex_wait(&words[0], 7, 0), STATUS_TIMED_OUT);
    check_eq(futex_wake(&words[0], 1), 0);
}

void test_futex_calls_refuse_bad_arguments(void)
{
    const uint64_t good = (uintptr_t)&words[0];
    const struct {
        uint64_t address;
        int64_t status;
    } bad[] = {{good + 1, STATUS_UNALIGNED},
               {good + 4, STATUS_UNALIGNED},
               {0, STATUS_BAD_ADDRESS},
               {PLACE_A, STATUS_BAD_ADDRESS},
               {HOME_END - 8, STATUS_BAD_ADDRESS},
               {VAS_END, STATUS_BAD_ADDRESS},
               {0xffff800000000000, STATUS_BAD_ADDRESS},
               {UINT64_MAX - 7, STATUS_BAD_ADDRESS}};
    words[0] = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t a = bad[i].address;
        check_eq(sys_futex_wait(a, 0, 0, 0), bad[i].status);
        check_eq(sys_futex_wake(a, 1, 0), bad[i].status);
        check_eq(sys_futex_requeue(a, good, 0, 1, 1, 0), bad[i].status);
        check_eq(sys_futex_requeue(good, a, 0, 1, 1, 0), bad[i].status);
    }
    check_eq(sys_futex_wait(good, 0, 0, 2), STATUS_BAD_ARGUMENT);
    check_eq(sys_futex_wake(good, UINT64_MAX, 0), STATUS_BAD_ARGUMENT);
    check_eq(sys_futex_wake(good, 1, INT64_MAX), STATUS_BAD_ARGUMENT);
    check_eq(sys_futex_requeue(good, good, 0, 1, 1, 0), STATUS_BAD_ARGUMENT);
    check_eq(sys_futex_requeue(good, good + 8, 0, 1, 1, 2), STATUS_BAD_ARGUMENT);
    check_eq(sys_futex_requeue(good, good + 8, 0, 1, FUTEX_REQUEUE_MAX, 0), STATUS_TOO_LARGE);
}

void test_futex_wake_goes_in_the_order_of_coming(void)
{
    words[0] = words[1] = 0;
    for (size_t i = 0; i < 4; i++)
        require(sleeper_start(i, &words[0], 0));
    require(sleeper_start(4, &words[1], 0));
    check_eq(futex_wake(&words[0], 1), 1);
    check(!sleeper_waits(0) && sleeper_waits(1));
    check_eq(futex_wake(&words[0], 2), 2);
    check(!sleeper_waits(2) && sleeper_waits(3) && sleeper_waits(4));
    check_eq(futex_wake(&words[0], 10), 1);
    check_eq(futex_wake(&words[1], 10), 1);
    for (size_t i = 0; i < 5; i++)
        sleeper_check_end(i, STATUS_OK);
}

void test_futex_wait_ends_at_its_deadline(void)
{
    words[0] = 3;
    uint64_t deadline = (uint64_t)sys_clock_read() + 5 * MILLISECOND;
    check_eq(futex_wait(&words[0], 3, deadline), STATUS_TIMED_OUT);
    check((uint64_t)sys_clock_read() >= deadline);
    check_eq(futex_wake(&words[0], 1), 0);
}

/* One waits in a view that only reads, another at a second view; the waker stands in a third. */
void test_futex_is_the_same_in_every_view(void)
{
    handle_t vases[2] = {kit_vas(), kit_vas()};
    handle_t seg = kit_seg_in(vases[0], PLACE_A, 5);
    check_eq(sys_seg_attach(vases[1], seg, ACCESS_DATA), STATUS_OK);
    handle_t views[] = {kit_view(vases[0], ACCESS_READ), kit_view(vases[1], ACCESS_DATA),
                        kit_view(vases[0], ACCESS_DATA)};
    require(sleeper_start_in(0, views[0], kit_word(PLACE_A)));
    require(sleeper_start_in(1, views[1], kit_word(PLACE_A)));
    check_eq(sys_futex_wake(PLACE_A, 1, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_vas_switch(views[2]), STATUS_OK);
    int64_t woken = sys_futex_wake(PLACE_A, 2, 0);
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(woken, 2);
    sleeper_check_end(0, STATUS_OK);
    sleeper_check_end(1, STATUS_OK);
    for (size_t i = 0; i < 3; i++)
        check_eq(sys_vas_detach(views[i]), STATUS_OK);
    kit_drop_all(seg, vases[0], vases[1]);
}

void test_futex_is_the_same_in_every_process(void)
{
    struct child child;
    handle_t vas = kit_vas();
    handle_t seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_DATA);
    const uint64_t arguments[6] = {PLACE_A, 5, FUTEX_FOREVER, 0};
    require(child_make(&child, "waiter", &code_call_once));
    check_eq(sys_seg_write(child.task, CHILD_ARGUMENTS, (uintptr_t)arguments, sizeof(arguments)),
             sizeof(arguments));
    struct child_task task = {.view = (uint64_t)child_view(&child, vas, ACCESS_READ),
                              .value = SYSCALL_futex_wait};
    require(child_start(&child, &task));
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(kit_process_info(child.process).reason, END_RUNNING);
    check_eq(sys_vas_switch(view), STATUS_OK);
    int64_t woken = 0;
    for (int turn = 0; turn < 5000 && woken == 0; turn++) {
        woken = sys_futex_wake(PLACE_A, 1, 0);
        sys_thread_yield();
    }
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(woken, 1);
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, STATUS_OK);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

void test_futex_requeue_moves_those_that_wait(void)
{
    words[0] = words[1] = 1;
    require(sleeper_start(5, &words[1], 0));
    for (size_t i = 0; i < 5; i++)
        require(sleeper_start(i, &words[0], 0));
    check_eq(futex_requeue(&words[0], &words[1], 2, 1, 1, 0), STATUS_CHANGED);
    check_eq(futex_requeue(&words[0], &words[1], 1, 1, 2, 0), 3);
    check(!sleeper_waits(0) && sleeper_waits(1));
    check_eq(futex_wake(&words[0], 10), 2);
    check(!sleeper_waits(3) && !sleeper_waits(4) && sleeper_waits(5));
    check_eq(futex_wake(&words[1], 1), 1);
    check(!sleeper_waits(5) && sleeper_waits(1));
    check_eq(futex_wake(&words[1], 10), 2);
    for (size_t i = 0; i < 6; i++)
        sleeper_check_end(i, STATUS_OK);
}

/* --- many --------------------------------------------------------------------------------------
 */

#define NMANY 100
#define STACK_EACH 1024

static volatile uint64_t nready, nwoken;
static _Alignas(16) char stacks[NMANY][STACK_EACH];

static void wait_among_many(uint64_t word)
{
    __atomic_fetch_add(&nready, 1, __ATOMIC_SEQ_CST);
    if (sys_futex_wait(word, 0, FUTEX_FOREVER, 0) == STATUS_OK)
        __atomic_fetch_add(&nwoken, 1, __ATOMIC_SEQ_CST);
    sys_thread_exit(0);
}

/* More than one step wakes, by a call that tells of them all. */
void test_futex_wakes_many(void)
{
    handle_t threads[NMANY];
    words[0] = nready = nwoken = 0;
    for (size_t i = 0; i < NMANY; i++) {
        threads[i] = sys_thread_create(HANDLE_SELF, (uintptr_t)wait_among_many,
                                       (uintptr_t)stacks[i] + STACK_EACH - 8, (uintptr_t)&words[0],
                                       0, PRIORITY_DEFAULT + 1);
        require(threads[i] > 0);
    }
    check_eq(nready, NMANY);
    check_eq(futex_wake(&words[0], NMANY - 3), NMANY - 3);
    check_woken(nwoken == NMANY - 3);
    check_eq(futex_wake(&words[0], INT64_MAX), 3);
    for (size_t i = 0; i < NMANY; i++) {
        check_eq(sys_thread_wait(threads[i]), STATUS_OK);
        kit_drop(threads[i]);
    }
    check_eq(nwoken, NMANY);
}
