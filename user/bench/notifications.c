/* Notifications: from a signal to the one who waits for it, and to nobody. */
#include <vasco/cap.h>
#include <vasco/notification.h>
#include <vasco/thread.h>

#include "bench.h"

#define PARTNER_BIT 1
#define OWN_BIT 2

static handle_t notification;

/* When the partner is to say so, `woken` is what the clock showed when it came to. */
static volatile uint64_t woken;

static _Noreturn void wake_in_turn(void *unused)
{
    uint64_t bits;
    (void)unused;
    for (;;) {
        notification_wait(notification, PARTNER_BIT, NOTIFICATION_FOREVER, &bits);
        notification_signal(notification, OWN_BIT);
    }
}

static _Noreturn void tell_when_woken(void *unused)
{
    uint64_t bits;
    (void)unused;
    for (;;) {
        notification_wait(notification, PARTNER_BIT, NOTIFICATION_FOREVER, &bits);
        woken = clock_tsc();
    }
}

static handle_t begin(void (*partner)(void *), uint32_t priority)
{
    notification = must(notification_create("bench"), "create a notification");
    handle_t thread = must(thread_start(partner, NULL, priority), "start a thread");
    must(thread_yield(), "yield");
    return thread;
}

static void end(handle_t thread)
{
    must(object_destroy(thread), "end a thread");
    must(thread_join(thread), "join a thread");
    cap_delete(notification);
}

/* There and back: each of two threads signals the other and waits for its own bit. */
static void measure_turns(void)
{
    uint64_t bits;
    handle_t thread = begin(wake_in_turn, PRIORITY_DEFAULT);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        notification_signal(notification, PARTNER_BIT);
        notification_wait(notification, OWN_BIT, NOTIFICATION_FOREVER, &bits);
        samples_add(clock_tsc() - start, 2);
    }
    end(thread);
    report("notification_wake", "{\"waiter\":\"equal\"}", ", in turn");
}

/* A waiter that is more urgent runs at once: from before the signal to when it has come to. */
static void measure_urgent(void)
{
    handle_t thread = begin(tell_when_woken, PRIORITY_DEFAULT + 1);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        notification_signal(notification, PARTNER_BIT);
        samples_add(woken - start, 1);
    }
    end(thread);
    report("notification_wake", "{\"waiter\":\"urgent\"}", ", a more urgent thread");
}

void bench_notification_wake(void)
{
    measure_turns();
    measure_urgent();
}

void bench_notification_signal(void)
{
    notification = must(notification_create("bench"), "create a notification");
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        notification_signal(notification, PARTNER_BIT);
        samples_add(clock_tsc() - start, 1);
    }
    cap_delete(notification);
    report("notification_signal", "{}", "");
}
