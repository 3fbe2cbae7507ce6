/* Notifications between CPUs: no signal is lost while the one who waits for it goes to sleep. */
#include <vasco/endpoint.h>
#include <vasco/notification.h>

#include "child.h"
#include "smp.h"

#define BITS_LEFT 0xff
#define BITS_RIGHT 0xff00

static struct worker workers[WORKERS];
static handle_t notification;
static handle_t endpoint;
static uint64_t rounds;

static void begin(void)
{
    rounds = test_scaled(600);
    notification = sys_notification_create(NAME("smp"), 0);
    endpoint = sys_endpoint_create(NAME("smp"), 0);
    check(notification > 0 && endpoint > 0);
}

static void end(void)
{
    kit_drop_all(notification, endpoint);
}

/* Waits for the bit that it is sent and sends the next one, in turn. */
static uint64_t body_answer(struct worker *worker)
{
    uint64_t bits;
    for (uint64_t i = 0; i < rounds; i++) {
        if (notification_wait(notification, BITS_LEFT, NOTIFICATION_FOREVER, &bits) != STATUS_OK ||
            bits != (uint64_t)1 << i % 8)
            return i + 1;
        notification_signal(notification, (uint64_t)0x100 << i % 8);
        worker->result = i;
    }
    return 0;
}

static uint64_t body_ask(struct worker *worker)
{
    uint64_t bits;
    for (uint64_t i = 0; i < rounds; i++) {
        notification_signal(notification, (uint64_t)1 << i % 8);
        if (notification_wait(notification, BITS_RIGHT, NOTIFICATION_FOREVER, &bits) != STATUS_OK ||
            bits != (uint64_t)0x100 << i % 8)
            return i + 1;
        worker->result = i;
    }
    return 0;
}

/* Each is woken exactly as often as it is signalled, while the other one moves from CPU to CPU. */
void test_smp_signals_wake_in_turn(void)
{
    needs_cpus(2);
    begin();
    workers[0] = workers[1] = (struct worker){0};
    require(smp_start(&workers[0], 0, body_answer, 1));
    require(smp_start(&workers[1], 1, body_ask, 0));
    for (uint64_t move = 0; workers[1].result + 1 < rounds; move++) {
        uint64_t before = workers[1].result;
        check_eq(sys_thread_set_cpu(workers[0].thread, move % smp_cpus()), STATUS_OK);
        check_comes(workers[1].result > before || workers[1].result + 1 == rounds);
    }
    check_eq(worker_end(&workers[0]), 0);
    check_eq(worker_end(&workers[1]), 0);
    end();
}

/* Signals its own bit again and again, each time when it has been taken. */
static uint64_t body_signal(struct worker *worker)
{
    for (uint64_t i = 1; i <= rounds; i++) {
        notification_signal(notification, (uint64_t)1 << worker->argument);
        while (worker->result < i && !worker->stop)
            sys_thread_yield();
    }
    return 0;
}

/* Gives back to three workers what it gets, until each has been heard `rounds` times. */
static uint64_t body_serve(struct worker *worker)
{
    struct message m;
    uint64_t nheard = 0;
    int64_t status = notification_bind(notification);
    while (status == STATUS_OK && nheard < 3 * rounds) {
        status = endpoint_receive(endpoint, &m);
        if (status == STATUS_OK && !message_is_events(&m))
            status = endpoint_reply(&m);
        for (size_t i = 1; i < 4 && message_is_events(&m); i++) {
            if ((m.words[0] >> i & 1) == 0)
                continue;
            workers[i].result++;
            nheard++;
        }
        worker->result = nheard;
    }
    return (uint64_t)-status;
}

/* One who receives hears all who signal from other CPUs, and is called between. */
void test_smp_signals_reach_a_receiver(void)
{
    struct message m = {.nwords = 1};
    needs_cpus(2);
    begin();
    for (size_t i = 0; i < 4; i++)
        workers[i] = (struct worker){.argument = i};
    require(smp_start(&workers[0], 0, body_serve, 1));
    for (size_t i = 1; i < 4; i++)
        require(smp_start(&workers[i], i, body_signal, (i - 1) % smp_cpus()));
    for (uint64_t i = 0; workers[0].result < 2 * rounds; i++) {
        m.words[0] = i;
        check_eq(endpoint_call(endpoint, &m), STATUS_OK);
        check_eq(m.words[0], i);
        sys_thread_sleep(0);
    }
    for (size_t i = 0; i < 4; i++)
        check_eq(worker_end(&workers[i]), 0);
    end();
}

static uint64_t body_tick(struct worker *worker)
{
    uint64_t bits;
    for (uint64_t i = 0; i < worker->argument; i++) {
        uint64_t deadline = (uint64_t)sys_clock_read() + 2000 * MILLISECOND;
        if (notification_wait(notification, 1, deadline, &bits) != STATUS_OK)
            return i + 1;
    }
    return 0;
}

/* A timer goes on where it was set, whatever its CPU and that of the waiter have to do. */
void test_smp_timer_wakes_a_waiter_elsewhere(void)
{
    needs_cpus(2);
    begin();
    for (size_t cpu = 0; cpu < smp_cpus(); cpu++) {
        workers[0] = (struct worker){.argument = 5};
        check_eq(sys_thread_set_cpu(0, cpu), STATUS_OK);
        uint64_t time = (uint64_t)sys_clock_read();
        check_eq(notification_set_timer(notification, 1, time, 2 * MILLISECOND), STATUS_OK);
        require(smp_start(&workers[0], 0, body_tick, (cpu + 1) % smp_cpus()));
        check_eq(worker_end(&workers[0]), 0);
    }
    check_eq(sys_thread_set_cpu(0, 0), STATUS_OK);
    check_eq(notification_set_timer(notification, 0, 0, 0), STATUS_OK);
    end();
}
