/* The key-value store by gate: what ends in the middle of a call, and too many callers. */
#include <vasco/gate.h>

#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/kv_protocol.h>
#include <vasco/vas.h>

#include "kv_kit.h"
#include "smp.h"
#include "test.h"
#include "worker.h"

/* A server and a client that stands in its store, so that whoever wants in has to wait; and callers
 * by gate, each with a session and a thread. */
static struct {
    struct kv_server server;
    struct kv kv;
    struct kv clients[WORKERS];
    struct worker workers[WORKERS];
} stage;

static bool stage_make(size_t nclients)
{
    bool good = kv_server_start(&stage.server, NULL) &&
                check_eq(kv_open_switch(&stage.kv, stage.server.writer), STATUS_OK) &&
                check_eq(kv_put(&stage.kv, "key", "value"), STATUS_OK);
    for (size_t i = 0; i < nclients && good; i++)
        good = check_eq(kv_open_gate(&stage.clients[i], stage.server.writer), STATUS_OK);
    return good;
}

static void stage_drop(size_t nclients)
{
    check(kv_has(&stage.kv, "key", "value"));
    check_eq(kv_store_check(&stage.kv.store), STATUS_OK);
    for (size_t i = 0; i < nclients; i++)
        kv_close(&stage.clients[i]);
    kv_close(&stage.kv);
    kv_server_end(&stage.server);
}

static void lock(void)
{
    check_eq(vas_switch(stage.kv.store.writes), STATUS_OK);
}

static void unlock(void)
{
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
}

static uint64_t body_get(struct worker *worker)
{
    return (uint64_t)kv_get((struct kv *)worker->argument, "key", 3, NULL, 0);
}

static uint64_t body_set(struct worker *worker)
{
    return (uint64_t)kv_set((struct kv *)worker->argument, "key", 3, "value", 5);
}

static uint32_t calls_in_progress(void)
{
    struct gate_info info = {0};
    check_eq(gate_info(stage.clients[0].gate, &info), STATUS_OK);
    return info.ncalls;
}

/* Has a client call, and waits until it is in the gate. */
static bool start_call(size_t i, uint64_t (*body)(struct worker *))
{
    uint32_t before = calls_in_progress();
    stage.workers[i] = (struct worker){.argument = (uintptr_t)&stage.clients[i]};
    if (!worker_start(&stage.workers[i], i, body, PRIORITY_DEFAULT))
        return false;
    check_comes(calls_in_progress() == before + 1);
    return true;
}

void test_kv_gate_server_that_ends_ends_the_call(void)
{
    require(stage_make(2));
    lock();
    require(start_call(0, body_get) && start_call(1, body_set));
    check_eq(object_destroy(stage.server.process), STATUS_OK);
    check_eq((int64_t)worker_end(&stage.workers[0]), STATUS_ENDED);
    check_eq((int64_t)worker_end(&stage.workers[1]), STATUS_ENDED);
    unlock();
    check(kv_get(&stage.clients[0], "key", 3, NULL, 0) < 0);
    check_eq(object_destroy(stage.server.endpoint), STATUS_OK);
    stage_drop(2);
}

void test_kv_gate_client_that_ends_ends_the_call(void)
{
    require(stage_make(2));
    lock();
    require(start_call(0, body_set) && start_call(1, body_get));
    check_eq(sys_object_destroy(stage.workers[0].thread), STATUS_OK);
    check_comes(calls_in_progress() == 1);
    unlock();
    check_eq(worker_end(&stage.workers[1]), 5);
    check_eq(calls_in_progress(), 0);
    check_eq(kit_process_info(stage.server.process).reason, END_RUNNING);
    check_eq(kv_count(&stage.clients[0]), 1);
    kit_drop(stage.workers[0].thread);
    stage_drop(2);
}

void test_kv_gate_session_that_ends_ends_the_call(void)
{
    uint64_t words[KV_WORDS] = {KV_END};
    require(stage_make(2));
    lock();
    require(start_call(0, body_get));
    check_eq(endpoint_call_short(stage.clients[0].session, words), STATUS_OK);
    check_eq((int64_t)words[0], STATUS_OK);
    check_eq((int64_t)worker_end(&stage.workers[0]), STATUS_BAD_HANDLE);
    unlock();
    check_eq(gate_call(stage.clients[0].gate, words), STATUS_BAD_HANDLE);
    check(kv_has(&stage.clients[1], "key", "value"));
    stage_drop(2);
}

/* Those who use all stacks, and one more. */
static bool start_calls(void)
{
    const size_t last = KV_GATE_STACKS;
    for (size_t i = 0; i < last; i++) {
        if (!start_call(i, body_get))
            return false;
    }
    stage.workers[last] = (struct worker){.argument = (uintptr_t)&stage.clients[last]};
    return worker_start(&stage.workers[last], last, body_get, PRIORITY_DEFAULT);
}

static void end_calls(size_t n)
{
    unlock();
    for (size_t i = 0; i < n; i++)
        check_eq(worker_end(&stage.workers[i]), 5);
}

/* Who finds no stack looks again for a while, and gets one or says so. */
void test_kv_gate_without_a_stack_waits_and_says_so(void)
{
    _Static_assert(KV_GATE_STACKS < WORKERS, "one more than there are stacks");
    require(stage_make(KV_GATE_STACKS + 1));
    lock();
    require(start_calls());
    sys_thread_sleep(10 * MILLISECOND);
    end_calls(KV_GATE_STACKS + 1);
    lock();
    require(start_calls());
    check_eq((int64_t)worker_end(&stage.workers[KV_GATE_STACKS]), STATUS_NO_STACK);
    end_calls(KV_GATE_STACKS);
    stage_drop(KV_GATE_STACKS + 1);
}

static int64_t ask(uint64_t request, uint64_t a, uint64_t b)
{
    uint64_t words[KV_WORDS] = {request, a, b};
    check_eq(gate_call(stage.clients[0].gate, words), STATUS_OK);
    return (int64_t)words[0];
}

void test_kv_gate_refuses_what_is_no_request(void)
{
    require(stage_make(1));
    for (uint64_t request = KV_COUNT + 1; request <= KV_REQUESTS; request++)
        check_eq(ask(request, 1, 1), STATUS_BAD_ARGUMENT);
    check_eq(ask(~0ull, ~0ull, ~0ull), STATUS_BAD_ARGUMENT);
    for (uint64_t request = KV_GET; request <= KV_DELETE; request++) {
        check_eq(ask(request, 0, 0), STATUS_TOO_LARGE);
        check_eq(ask(request, KV_KEY_BYTES_MAX + 1, 0), STATUS_TOO_LARGE);
        check_eq(ask(request, ~0ull, 0), STATUS_TOO_LARGE);
    }
    check_eq(ask(KV_SET, 1, KV_VALUE_BYTES_MAX + 1), STATUS_TOO_LARGE);
    check_eq(ask(KV_SET, 1, ~0ull), STATUS_TOO_LARGE);
    check_eq(cap_derive(stage.clients[0].gate, RIGHT_GATE_CALL, kv_session_badge(1, KV_MAY)),
             STATUS_BAD_ARGUMENT);
    check_eq(object_destroy(stage.clients[0].gate), STATUS_NO_RIGHT);
    check_eq(calls_in_progress(), 0);
    stage_drop(1);
}
