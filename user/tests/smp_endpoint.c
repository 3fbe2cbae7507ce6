/* Several CPUs: calls with deadlines across them, servers that are moved and that end. */
#include <vasco/endpoint.h>

#include "smp.h"

#define CALLERS 4

static struct worker workers[WORKERS];
static handle_t endpoint;
static volatile uint64_t nanswered, nlate, nended;

/* Answers each call with one more; now and then too late. */
static uint64_t body_serve(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive(endpoint, &m);
    for (uint64_t i = 0; status == STATUS_OK; i++) {
        worker->result = i;
        m.words[0]++;
        m.words[MESSAGE_WORDS - 1]++;
        if (i % 7 == 6)
            sys_thread_sleep(2 * MILLISECOND);
        status = endpoint_reply_receive(endpoint, &m);
    }
    return (uint64_t)status;
}

/* The answer to a call is its own, the server may be late, or end. Anything else is counted. */
static bool is_wrong(int64_t status, const struct message *m, uint64_t word)
{
    if (status == STATUS_TIMED_OUT) {
        __atomic_fetch_add(&nlate, 1, __ATOMIC_RELAXED);
        return false;
    }
    if (status == STATUS_ENDED) {
        __atomic_fetch_add(&nended, 1, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_fetch_add(&nanswered, 1, __ATOMIC_RELAXED);
    return status != STATUS_OK || m->words[0] != word + 1 ||
           (m->nwords == MESSAGE_WORDS && m->words[MESSAGE_WORDS - 1] != word + 2);
}

/* Calls until told, by turns with one word and with forty. */
static uint64_t body_call(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = worker->argument << 32; !worker->stop; i++) {
        struct message m = {.nwords = i % 2 ? 1 : MESSAGE_WORDS};
        m.words[0] = i;
        m.words[MESSAGE_WORDS - 1] = i + 1;
        uint64_t deadline = (uint64_t)sys_clock_read() + (i % 3) * MILLISECOND;
        wrong += is_wrong(endpoint_call_until(endpoint, &m, deadline), &m, i);
        worker->result++;
    }
    return wrong;
}

static bool start_callers(void)
{
    endpoint = sys_endpoint_create(NAME("smp"), 0);
    nanswered = nlate = nended = 0;
    for (size_t i = 1; i <= CALLERS; i++) {
        workers[i] = (struct worker){.argument = i};
        if (!smp_start(&workers[i], i, body_call, i % smp_cpus()))
            return false;
    }
    return check(endpoint > 0);
}

static void end_callers(void)
{
    for (size_t i = 1; i <= CALLERS; i++)
        workers[i].stop = true;
    for (size_t i = 1; i <= CALLERS; i++)
        check_eq(worker_end(&workers[i]), 0);
}

static bool start_server(size_t cpu)
{
    workers[0] = (struct worker){0};
    return smp_start(&workers[0], 0, body_serve, cpu);
}

/* Server and callers move all the time. */
void test_smp_calls_with_deadlines_are_answered_or_late(void)
{
    needs_cpus(2);
    require(start_callers());
    require(start_server(1));
    size_t nmoves = test_scaled(200);
    for (size_t move = 0; move < nmoves; move++) {
        size_t who = move % 3 == 0 ? 1 + move % CALLERS : 0;
        check_eq(sys_thread_set_cpu(workers[who].thread, move % smp_cpus()), STATUS_OK);
        check_eq(sys_thread_set_priority(workers[who].thread, PRIORITY_DEFAULT + move % 3),
                 STATUS_OK);
        sys_thread_sleep(0);
    }
    check_comes(nanswered > 10 && nlate > 0);
    end_callers();
    check_eq(nended, 0);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&workers[0]), STATUS_DESTROYED);
    kit_drop(endpoint);
}

/* One server after the other is destroyed, whatever it does just then. */
void test_smp_calls_survive_servers_that_are_destroyed(void)
{
    needs_cpus(2);
    require(start_callers());
    size_t nservers = test_scaled(64);
    for (size_t server = 0; server < nservers || nended == 0; server++) {
        require(start_server(server % smp_cpus()));
        sys_thread_sleep(server % 4 * MILLISECOND);
        smp_linger(server % 16 * 200);
        check_eq(sys_object_destroy(workers[0].thread), STATUS_OK);
        check_eq(kit_thread_info(workers[0].thread).reason, END_DESTROYED);
        kit_drop(workers[0].thread);
        if (!check(server < 20 * nservers))
            break;
    }
    check(nanswered > 0);
    end_callers();
    kit_drop(endpoint);
}
