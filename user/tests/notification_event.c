/* What the kernel itself signals: timers, and the ends of processes. */
#include <vasco/notification.h>

#include "callers.h"
#include "child.h"
#include "test.h"

static handle_t notification;

static void begin(void)
{
    notification = sys_notification_create(NAME("test"), 0);
    check(notification > 0);
}

static uint64_t now(void)
{
    return (uint64_t)sys_clock_read();
}

static uint64_t take(void)
{
    uint64_t bits;
    (void)notification_poll(notification, UINT64_MAX, &bits);
    return bits;
}

/* What comes within a second. */
static uint64_t await(void)
{
    uint64_t bits;
    uint64_t deadline = now() + 1000 * MILLISECOND;
    check_eq(notification_wait(notification, UINT64_MAX, deadline, &bits), STATUS_OK);
    return bits;
}

/* --- timers --------------------------------------------------------------------------------- */

void test_notification_timer_signals_at_its_time(void)
{
    begin();
    uint64_t start = now();
    check_eq(notification_set_timer(notification, 0x8, start + 5 * MILLISECOND, 0), STATUS_OK);
    check_eq(take(), 0);
    check_eq(await(), 0x8);
    check(now() >= start + 5 * MILLISECOND);
    sys_thread_sleep(5 * MILLISECOND);
    check_eq(take(), 0);
    kit_drop(notification);
}

void test_notification_timer_with_a_period_keeps_step(void)
{
    begin();
    uint64_t start = now() + 2 * MILLISECOND;
    check_eq(notification_set_timer(notification, 1, start, 3 * MILLISECOND), STATUS_OK);
    for (uint64_t i = 0; i < 5; i++) {
        check_eq(await(), 1);
        check(now() >= start + 3 * i * MILLISECOND);
    }
    check_eq(notification_set_timer(notification, 0, 0, 0), STATUS_OK);
    take();
    sys_thread_sleep(8 * MILLISECOND);
    check_eq(take(), 0);
    kit_drop(notification);
}

/* What was missed is one signal, and the next comes when it would have. */
void test_notification_timer_missed_does_not_pile_up(void)
{
    uint64_t bits;
    begin();
    uint64_t start = now();
    check_eq(notification_set_timer(notification, 1, start, 20 * MILLISECOND), STATUS_OK);
    sys_thread_sleep(50 * MILLISECOND);
    check_eq(take(), 1);
    check_eq(notification_poll(notification, 1, &bits), STATUS_NO_DATA);
    check_eq(notification_set_timer(notification, 1, 0, 100000 * MILLISECOND), STATUS_OK);
    check_eq(await(), 1);
    sys_thread_sleep(5 * MILLISECOND);
    check_eq(take(), 0);
    kit_drop(notification);
}

/* The shortest period is a tick: this thread still runs. */
void test_notification_timer_of_a_nanosecond_does_not_stop_anybody(void)
{
    uint64_t n = 0;
    begin();
    uint64_t start = now();
    check_eq(notification_set_timer(notification, 1, 0, 1), STATUS_OK);
    while (now() < start + 20 * MILLISECOND)
        n += take();
    check(n >= 2 && n <= 25);
    check_eq(notification_set_timer(notification, 1, UINT64_MAX, 1), STATUS_OK);
    kit_drop(notification);
}

void test_notification_timer_is_replaced_and_taken_away(void)
{
    begin();
    uint64_t start = now();
    check_eq(notification_set_timer(notification, 1, start + 4 * MILLISECOND, 0), STATUS_OK);
    check_eq(notification_set_timer(notification, 2, start + 2 * MILLISECOND, 0), STATUS_OK);
    sys_thread_sleep(8 * MILLISECOND);
    check_eq(take(), 2);
    check_eq(notification_set_timer(notification, 1, now() + 2 * MILLISECOND, 0), STATUS_OK);
    check_eq(notification_set_timer(notification, 1, UINT64_MAX, 5), STATUS_OK);
    sys_thread_sleep(6 * MILLISECOND);
    check_eq(take(), 0);
    check_eq(notification_set_timer(notification, 1, now() + 2 * MILLISECOND, 0), STATUS_OK);
    check_eq(sys_object_destroy(notification), STATUS_OK);
    sys_thread_sleep(4 * MILLISECOND);
    kit_drop(notification);
}

/* --- ends of processes ---------------------------------------------------------------------- */

#define FOR_A_YEAR ((uint64_t)365 * 86400 * 1000 * MILLISECOND)

static bool sleeper_start(struct child *child)
{
    struct child_task task = {.value = FOR_A_YEAR};
    return child_make(child, "sleeper", &code_sleep) && child_start(child, &task);
}

void test_process_watch_signals_the_end(void)
{
    static struct child children[3];
    begin();
    for (size_t i = 0; i < 3; i++) {
        require(sleeper_start(&children[i]));
        check_eq(process_watch(children[i].process, notification, 1 << i), STATUS_OK);
        check_eq(process_watch(children[i].process, notification, 0x100), STATUS_OK);
    }
    check_eq(take(), 0);
    child_kill(&children[1]);
    check_eq(await(), 0x102);
    child_kill(&children[2]);
    child_kill(&children[0]);
    check_eq(await(), 0x105);
    kit_drop(notification);
}

void test_process_watch_of_one_that_has_ended_signals_at_once(void)
{
    struct child child;
    begin();
    require(sleeper_start(&child));
    check_eq(sys_object_destroy(child.process), STATUS_OK);
    check_eq(process_watch(child.process, notification, 4), STATUS_OK);
    check_eq(take(), 4);
    child_kill(&child);
    kit_drop(notification);
}

/* It need not have started: the last capability to it ends it. */
void test_process_watch_of_one_that_never_ran(void)
{
    begin();
    handle_t process = sys_process_create(NAME("never"), 0);
    check_eq(process_watch(process, notification, 4), STATUS_OK);
    check_eq(take(), 0);
    kit_drop(process);
    check_eq(await(), 4);
    kit_drop(notification);
}

/* The watches of a notification go with it, whoever they watch. */
void test_process_watch_ends_with_its_notification(void)
{
    struct child child;
    require(sleeper_start(&child));
    for (int how = 0; how < 2; how++) {
        begin();
        for (int i = 0; i < 100; i++)
            check_eq(process_watch(child.process, notification, 1), STATUS_OK);
        if (how == 0)
            check_eq(sys_object_destroy(notification), STATUS_OK);
        kit_drop(notification);
        check_eq(sys_debug_check(kit_system()), STATUS_OK);
    }
    child_kill(&child);
}

/* They are charged to the pool of the notification. */
void test_process_watch_is_charged_to_the_notification(void)
{
    int64_t status;
    handle_t pool = kit_pool(4);
    handle_t small = sys_notification_create(NAME("small"), pool);
    int n = 0;
    while ((status = process_watch(HANDLE_SELF, small, 1)) == STATUS_OK && n < 1000)
        n++;
    check_eq(status, STATUS_NO_MEMORY);
    check(n > 50);
    check_eq(sys_object_destroy(pool), STATUS_OK);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    kit_drop_all(small, pool);
}
