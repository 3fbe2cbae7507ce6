/* Workers at an endpoint: see callers.h. */
#include "callers.h"

#include "test.h"

handle_t endpoint;

void endpoint_begin(void)
{
    endpoint = sys_endpoint_create(NAME("test"), 0);
    check(endpoint > 0);
}

uint64_t body_call(struct worker *worker)
{
    struct message m = {.nwords = 1, .words = {worker->argument}};
    int64_t status = endpoint_call(endpoint, &m);
    return status == STATUS_OK ? m.words[0] : (uint64_t)status;
}

uint64_t body_call_longest(struct worker *worker)
{
    static struct message m;
    m = (struct message){.nwords = MESSAGE_WORDS, .words = {worker->argument}};
    int64_t status = endpoint_call(endpoint, &m);
    return status == STATUS_OK ? m.words[0] : (uint64_t)status;
}

bool waiter_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *),
                  uint64_t argument)
{
    *worker = (struct worker){.argument = argument};
    return worker_start(worker, slot, body, PRIORITY_HIGH) &&
           check_eq(kit_thread_info(worker->thread).reason, END_RUNNING);
}

void waiter_destroy(struct worker *worker)
{
    check_eq(sys_object_destroy(worker->thread), STATUS_OK);
    check_eq(kit_thread_info(worker->thread).reason, END_DESTROYED);
    kit_drop(worker->thread);
}

void caller_serve(struct worker *caller)
{
    struct message m;
    if (!check_eq(endpoint_receive(endpoint, &m), STATUS_OK))
        return;
    check_eq(m.words[0], caller->argument);
    m.words[0]++;
    check_eq(endpoint_reply(&m), STATUS_OK);
    check_eq(worker_end(caller), caller->argument + 1);
}
