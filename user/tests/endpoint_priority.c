/* Endpoints: a server runs at the priority of its callers. All of it on one CPU. */
#include "callers.h"
#include "test.h"

#define PRIORITY_LOW (PRIORITY_DEFAULT - 2)
#define PRIORITY_MIDDLE (PRIORITY_DEFAULT + 2)
#define PRIORITY_URGENT (PRIORITY_DEFAULT + 4)
#define PATIENCE (2000 * MILLISECOND) /* of a spinner, if it is not told to stop */

static uint64_t now(void)
{
    return (uint64_t)sys_clock_read();
}

static void spin_for(uint64_t time)
{
    uint64_t until = now() + time;
    while (now() < until)
        ;
}

/* --- what the kernel says -------------------------------------------------------------------- */

static uint64_t runs_at(void)
{
    return kit_thread_info(0).runs_at;
}

/* This thread is the server. */
void test_endpoint_server_runs_at_its_callers_priority(void)
{
    static struct worker caller, urgent;
    struct message m;
    const uint64_t priorities[] = {PRIORITY_URGENT, PRIORITY_LOW};
    endpoint_begin();
    for (size_t i = 0; i < 2; i++) {
        caller = (struct worker){.argument = 1};
        require(worker_start(&caller, 0, body_call, priorities[i]));
        require_eq(endpoint_receive(endpoint, &m), STATUS_OK);
        check_eq(runs_at(), priorities[i]);
        check_eq(kit_thread_info(0).priority, PRIORITY_DEFAULT);
        check_eq(sys_thread_set_priority(caller.thread, PRIORITY_MIDDLE), STATUS_OK);
        check_eq(runs_at(), PRIORITY_MIDDLE);
        urgent = (struct worker){.argument = 2};
        require(worker_start(&urgent, 1, body_call, PRIORITY_URGENT));
        check_eq(runs_at(), PRIORITY_URGENT);
        waiter_destroy(&urgent);
        check_eq(runs_at(), PRIORITY_MIDDLE);
        check_eq(endpoint_reply(&m), STATUS_OK);
        check_eq(runs_at(), PRIORITY_DEFAULT);
        check_eq(worker_end(&caller), 1);
    }
    kit_drop(endpoint);
}

/* A chain: this thread serves a worker, who serves another, whose priority counts. */
static handle_t inner;

static uint64_t body_pass_on(struct worker *worker)
{
    struct message m;
    (void)worker;
    int64_t status = endpoint_receive(endpoint, &m);
    if (status == STATUS_OK)
        status = endpoint_call(inner, &m);
    return status == STATUS_OK ? (uint64_t)endpoint_reply(&m) : (uint64_t)status;
}

void test_endpoint_priority_goes_along_a_chain(void)
{
    static struct worker middle, caller;
    struct message m;
    endpoint_begin();
    inner = sys_endpoint_create(NAME("inner"), 0);
    require(waiter_start(&middle, 0, body_pass_on, 0));
    caller = (struct worker){.argument = 6};
    require(worker_start(&caller, 1, body_call, PRIORITY_URGENT));
    require_eq(endpoint_receive(inner, &m), STATUS_OK);
    check_eq(runs_at(), PRIORITY_URGENT);
    check_eq(kit_thread_info(middle.thread).runs_at, PRIORITY_URGENT);
    check_eq(sys_thread_set_priority(caller.thread, PRIORITY_MIDDLE), STATUS_OK);
    check_eq(runs_at(), PRIORITY_MIDDLE);
    waiter_destroy(&caller);
    check_eq(kit_thread_info(middle.thread).runs_at, PRIORITY_HIGH);
    check_eq(runs_at(), PRIORITY_HIGH);
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(runs_at(), PRIORITY_DEFAULT);
    check_eq(worker_end(&middle), STATUS_ENDED);
    kit_drop_all(endpoint, inner);
}

/* --- who runs -------------------------------------------------------------------------------- */

/* Serves for ever, and needs a while for each call. */
static uint64_t body_serve_busily(struct worker *worker)
{
    struct message m;
    int64_t status = endpoint_receive(endpoint, &m);
    while (status == STATUS_OK) {
        worker->result++;
        spin_for(3 * MILLISECOND);
        status = endpoint_reply_receive(endpoint, &m);
    }
    return 0;
}

/* Sleeps until everybody else is busy, then calls. */
static struct worker urgent;

static uint64_t body_call_later(struct worker *worker)
{
    struct message m = {.nwords = (uint32_t)worker->argument};
    sys_thread_sleep(10 * MILLISECOND);
    int64_t status = endpoint_call(endpoint, &m);
    worker->result = 1;
    return (uint64_t)status;
}

/* Spins until the urgent one has its answer. Tells whether that came. */
static uint64_t body_spin(struct worker *worker)
{
    uint64_t limit = now() + PATIENCE;
    (void)worker;
    while (urgent.result == 0 && now() < limit)
        ;
    return urgent.result;
}

/* A spinner less urgent than the caller, but more than the server, keeps neither from running: the
 * server waits (a short message hands the CPU over, a long one does not), or serves somebody. */
static void check_not_kept_up(uint64_t nwords, bool busy)
{
    static struct worker server, low, spinner;
    endpoint_begin();
    server = low = spinner = (struct worker){0};
    urgent = (struct worker){.argument = nwords};
    require(worker_start(&server, 0, body_serve_busily, PRIORITY_LOW));
    sys_thread_sleep(5 * MILLISECOND);
    if (busy) {
        low = (struct worker){.argument = 4};
        require(worker_start(&low, 1, body_call, PRIORITY_LOW));
        while (server.result == 0)
            sys_thread_sleep(0);
    }
    require(worker_start(&urgent, 2, body_call_later, PRIORITY_URGENT));
    require(worker_start(&spinner, 3, body_spin, PRIORITY_MIDDLE));
    check_eq(worker_end(&spinner), 1);
    check_eq(worker_end(&urgent), STATUS_OK);
    if (busy)
        check_eq(worker_end(&low), 4);
    check_eq(sys_object_destroy(endpoint), STATUS_OK);
    check_eq(worker_end(&server), 0);
    kit_drop(endpoint);
}

void test_endpoint_server_of_an_urgent_caller_is_kept_up_by_nobody(void)
{
    check_not_kept_up(1, false);
    check_not_kept_up(MESSAGE_WORDS, false);
    check_not_kept_up(1, true);
    check_not_kept_up(MESSAGE_WORDS, true);
}
