/* Notifications: bits that are signalled, waited for and taken. */
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

/* What a poll takes of a mask; 0 if there is nothing. */
static uint64_t take(uint64_t mask)
{
    uint64_t bits;
    int64_t status = notification_poll(notification, mask, &bits);
    check(status == STATUS_OK ? (bits & ~mask) == 0 && bits != 0 : status == STATUS_NO_DATA);
    return bits;
}

/* Waits for the bits of its argument; ends with those that it got, or the status. */
static uint64_t body_wait(struct worker *worker)
{
    uint64_t bits;
    int64_t status = notification_wait(notification, worker->argument, NOTIFICATION_FOREVER, &bits);
    return status == STATUS_OK ? bits : (uint64_t)status;
}

void test_notification_bits_stay_until_they_are_taken(void)
{
    begin();
    check_eq(take(UINT64_MAX), 0);
    check_eq(notification_signal(notification, 0x5), STATUS_OK);
    check_eq(notification_signal(notification, 0x4), STATUS_OK);
    check_eq(notification_signal(notification, (uint64_t)1 << 63), STATUS_OK);
    check_eq(take(0x2), 0);
    check_eq(take(0x6), 0x4);
    check_eq(take(UINT64_MAX), (uint64_t)1 << 63 | 1);
    check_eq(take(UINT64_MAX), 0);
    check_eq(notification_signal(notification, UINT64_MAX), STATUS_OK);
    check_eq(take(UINT64_MAX), UINT64_MAX);
    check_eq(notification_signal(notification, 0), STATUS_OK);
    check_eq(take(UINT64_MAX), 0);
    kit_drop(notification);
}

void test_notification_wakes_a_waiter_of_its_bits_only(void)
{
    static struct worker worker;
    begin();
    require(waiter_start(&worker, 0, body_wait, 0x6));
    check_eq(notification_signal(notification, 0x9), STATUS_OK);
    check_eq(kit_thread_info(worker.thread).reason, END_RUNNING);
    check_eq(notification_signal(notification, 0x7), STATUS_OK);
    check_eq(kit_thread_info(worker.thread).reason, END_EXIT);
    check_eq(worker_end(&worker), 0x6);
    check_eq(take(UINT64_MAX), 0x9);
    kit_drop(notification);
}

/* Who is more urgent takes first, of one priority who came first; all that its mask has. */
void test_notification_most_urgent_waiter_takes_first(void)
{
    static struct worker first, second, urgent;
    begin();
    require(waiter_start(&first, 0, body_wait, 0x3));
    require(waiter_start(&second, 1, body_wait, 0x6));
    urgent = (struct worker){.argument = 0x1};
    require(worker_start(&urgent, 2, body_wait, PRIORITY_HIGH + 1));
    check_eq(notification_signal(notification, 0x7), STATUS_OK);
    check_eq(worker_end(&urgent), 0x1);
    check_eq(worker_end(&first), 0x2);
    check_eq(worker_end(&second), 0x4);
    kit_drop(notification);
}

/* A priority that changes while it waits counts. */
void test_notification_waiter_is_moved_by_its_new_priority(void)
{
    static struct worker first, second;
    begin();
    require(waiter_start(&first, 0, body_wait, 0x1));
    require(waiter_start(&second, 1, body_wait, 0x1));
    check_eq(sys_thread_set_priority(second.thread, PRIORITY_HIGH + 1), STATUS_OK);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    check_eq(notification_signal(notification, 0x1), STATUS_OK);
    check_eq(worker_end(&second), 0x1);
    check_eq(kit_thread_info(first.thread).reason, END_RUNNING);
    check_eq(notification_signal(notification, 0x1), STATUS_OK);
    check_eq(worker_end(&first), 0x1);
    kit_drop(notification);
}

void test_notification_wait_ends_with_its_deadline(void)
{
    uint64_t bits = 7;
    begin();
    uint64_t start = now();
    check_eq(notification_wait(notification, 1, start + 3 * MILLISECOND, &bits), STATUS_TIMED_OUT);
    check_eq(bits, 0);
    check(now() >= start + 3 * MILLISECOND);
    check_eq(notification_wait(notification, 1, start, &bits), STATUS_TIMED_OUT);
    check_eq(notification_signal(notification, 1), STATUS_OK);
    check_eq(notification_wait(notification, 1, start, &bits), STATUS_OK);
    check_eq(bits, 1);
    kit_drop(notification);
}

/* The bits that a badge has, and no others, through each way of signalling. */
void test_notification_badge_narrows_what_can_be_signalled(void)
{
    begin();
    handle_t narrow = sys_cap_derive(notification, RIGHT_NOTIFICATION_SIGNAL, 0x30);
    check_eq(notification_signal(narrow, 0x10), STATUS_OK);
    check_eq(notification_signal(narrow, 0x18), STATUS_BAD_ARGUMENT);
    check_eq(notification_set_timer(narrow, 0x40, 0, 0), STATUS_BAD_ARGUMENT);
    check_eq(process_watch(HANDLE_SELF, narrow, 0x1), STATUS_BAD_ARGUMENT);
    check_eq(take(UINT64_MAX), 0x10);
    check_eq(notification_set_timer(narrow, 0x20, 0, 0), STATUS_OK);
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(take(UINT64_MAX), 0x20);
    kit_drop_all(narrow, notification);
}

static uint64_t body_wait_at(struct worker *worker)
{
    uint64_t bits;
    return (uint64_t)-notification_wait((handle_t)worker->argument, 1, NOTIFICATION_FOREVER, &bits);
}

/* The capability through which it waits is revoked, and no other one's. */
void test_notification_waiter_ends_with_its_capability(void)
{
    static struct worker gone, stays;
    begin();
    handle_t trunk = kit_without(notification, RIGHT_NOTIFICATION_SIGNAL);
    handle_t leaf = sys_cap_derive(trunk, RIGHT_NOTIFICATION_WAIT, 0);
    require(waiter_start(&gone, 0, body_wait_at, (uint64_t)leaf));
    require(waiter_start(&stays, 1, body_wait_at, (uint64_t)trunk));
    check_eq(sys_cap_revoke(trunk), STATUS_OK);
    check_eq(worker_end(&gone), -STATUS_BAD_HANDLE);
    check_eq(kit_thread_info(stays.thread).reason, END_RUNNING);
    check_eq(notification_signal(notification, 1), STATUS_OK);
    check_eq(worker_end(&stays), STATUS_OK);
    kit_drop_all(trunk, notification);
}

void test_notification_destroyed_wakes_its_waiters(void)
{
    static struct worker workers[WORKERS];
    begin();
    for (size_t i = 0; i < WORKERS; i++)
        require(waiter_start(&workers[i], i, body_wait, 1 << i));
    check_eq(sys_object_destroy(notification), STATUS_OK);
    for (size_t i = 0; i < WORKERS; i++)
        check_eq(worker_end(&workers[i]), (uint64_t)STATUS_DESTROYED);
    check_eq(notification_signal(notification, 1), STATUS_DESTROYED);
    kit_drop(notification);
}

/* A waiter that is destroyed takes nothing with it. */
void test_notification_waiter_destroyed_leaves_the_bits_to_the_next(void)
{
    static struct worker gone, stays;
    begin();
    require(waiter_start(&gone, 0, body_wait, 0x1));
    require(waiter_start(&stays, 1, body_wait, 0x1));
    waiter_destroy(&gone);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    check_eq(notification_signal(notification, 1), STATUS_OK);
    check_eq(worker_end(&stays), 0x1);
    kit_drop(notification);
}

void test_notification_wait_of_no_bits_is_refused(void)
{
    uint64_t bits;
    begin();
    check_eq(notification_wait(notification, 0, NOTIFICATION_FOREVER, &bits), STATUS_BAD_ARGUMENT);
    check_eq(process_watch(HANDLE_SELF, notification, 0), STATUS_BAD_ARGUMENT);
    kit_drop(notification);
}
