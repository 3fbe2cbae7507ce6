/* The key-value store under many clients at once, who end or are killed at any moment. */
#include <string.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/seg.h>
#include <vasco/segheap.h>
#include <vasco/vas.h>

#include "kv_kit.h"
#include "smp.h"
#include "test.h"

#define WORKERS_AT_ONCE 4
#define PRIORITY_HIGH (PRIORITY_DEFAULT + 1)

static struct {
    struct kv_server server;
    struct kv kv; /* our own, by switching */
    handle_t tally;
    handle_t workers[WORKERS_AT_ONCE];
    uint64_t random;
} stage;

static bool stage_make(void)
{
    stage.tally = seg_create("tally", KV_TALLY, sizeof(struct kv_tally), 0);
    check_eq(seg_attach(HANDLE_SELF, stage.tally, ACCESS_DATA), STATUS_OK);
    return kv_server_start(&stage.server, NULL) &&
           check_eq(kv_open_switch(&stage.kv, stage.server.writer), STATUS_OK);
}

static void stage_drop(void)
{
    kv_close(&stage.kv);
    kv_server_end(&stage.server);
    check_eq(seg_detach(HANDLE_SELF, stage.tally), STATUS_OK);
    kit_drop(stage.tally);
}

static uint64_t random_number(void)
{
    stage.random = stage.random * 6364136223846793005u + 1442695040888963407u;
    return stage.random >> 33;
}

static void check_ended_well(handle_t worker)
{
    struct process_info info = {0};
    check_eq(process_wait(worker, &info), STATUS_OK);
    check(process_ended_well(&info));
    kit_drop(worker);
}

/* --- growing ---------------------------------------------------------------------------------- */

/* One adds keys, by one way or the other, and three look at those that are there. */
static void grow_under_readers(enum kv_way way, uint64_t nkeys)
{
    require(stage_make());
    stage.workers[0] = kv_worker_start("grows", way, stage.server.writer, 1, stage.tally);
    for (size_t i = 1; i < WORKERS_AT_ONCE; i++)
        stage.workers[i] =
            kv_worker_start("looks", (enum kv_way)i % KV_WAYS, stage.server.reader, i, stage.tally);
    check_comes(kv_tally()->nkeys >= nkeys && kv_tally()->looks > 0);
    kv_tally()->stop = 1;
    for (size_t i = 0; i < WORKERS_AT_ONCE; i++)
        check_ended_well(stage.workers[i]);
    check_eq(kv_count(&stage.kv), kv_tally()->nkeys);
    check_eq(kv_store_check(&stage.kv.store), STATUS_OK);
    test_note("%d keys, %d looks", (int)kv_tally()->nkeys, (int)kv_tally()->looks);
    stage_drop();
}

void test_kv_grows_while_others_read(void)
{
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        grow_under_readers(way, test_scaled(2000));
}

/* The same, each on a CPU of its own: workers go where their seed says. */
void test_smp_kv_grows_while_others_read(void)
{
    needs_cpus(2);
    for (enum kv_way way = 0; way < KV_WAYS; way++)
        grow_under_readers(way, test_scaled(1000));
}

/* --- killing ---------------------------------------------------------------------------------- */

#define KILLS 100
#define KILLS_MAX 4000 /* if too few of them have hit */
#define HITS 10        /* in the middle of what is done under the lock */

static handle_t start_changer(size_t i)
{
    return kv_worker_start("changes", (enum kv_way)i % KV_WAYS, stage.server.writer,
                           random_number(), stage.tally);
}

static bool kill(handle_t worker)
{
    bool good = check_eq(kit_process_info(worker).reason, END_RUNNING); /* not by itself */
    check_eq(object_destroy(worker), STATUS_OK);
    kit_drop(worker);
    return good;
}

/* Kills one after the other, and starts others; after each the store is whole, for those who can
 * only read too. */
static size_t kill_at_random(void)
{
    const size_t enough = test_scaled(KILLS), wanted = test_scaled(HITS);
    size_t kills = 0, hits = 0;
    bool good = true;
    for (; good && kills < KILLS_MAX && (kills < enough || hits < wanted); kills++) {
        size_t i = random_number() % WORKERS_AT_ONCE;
        sys_thread_sleep(random_number() % (3 * MILLISECOND));
        good = kill(stage.workers[i]);
        hits += kit_seg_info(stage.kv.store.seg).abandoned;
        good &= check_eq(kv_store_check(&stage.kv.store), STATUS_OK);
        stage.workers[i] = start_changer(i);
    }
    check(hits >= wanted);
    test_note("%d killed, %d of them under the lock", (int)kills, (int)hits);
    return kills;
}

static size_t bytes_used(void)
{
    struct link_info link = {0};
    check_eq(vas_link_info(stage.kv.store.vas, 0, &link), STATUS_OK);
    check(vas_switch(stage.kv.store.reads) >= 0);
    size_t used = segheap_used(segheap_open((void *)link.base));
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    return used;
}

/* The server may be busy with the request of one who was killed. */
static void await_server(void)
{
    struct kv kv;
    require_eq(kv_open_endpoint(&kv, stage.server.reader), STATUS_OK);
    check(kv_count(&kv) >= 0);
    kv_close(&kv);
}

/* Whoever was killed in the middle of a change may have lost one piece of the heap. */
static void check_memory(size_t used, size_t kills)
{
    struct kv *kv = &stage.kv;
    for (uint64_t number = 0; number < 64; number++) {
        const struct kv_pair pair = kv_pair_of(number, 0);
        kv_delete(kv, pair.key, pair.key_bytes);
    }
    check_eq(kv_count(kv), 0);
    check_eq(kit_seg_info(kv->store.seg).abandoned, 0);
    check_eq(kv_store_check(&kv->store), STATUS_OK);
    check(bytes_used() <= used + kills * sizeof(struct kv_pair));
}

static void kill_writers(void)
{
    require(stage_make());
    const size_t used = bytes_used();
    stage.random = (uint64_t)sys_clock_read();
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK); /* to come at any moment */
    for (size_t i = 0; i < WORKERS_AT_ONCE; i++)
        stage.workers[i] = start_changer(i);
    size_t kills = kill_at_random() + WORKERS_AT_ONCE;
    for (size_t i = 0; i < WORKERS_AT_ONCE; i++)
        kill(stage.workers[i]);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    check(kv_tally()->changes > 0);
    await_server();
    check_memory(used, kills);
    stage_drop();
}

void test_kv_is_whole_while_writers_are_killed(void)
{
    kill_writers();
}

void test_smp_kv_is_whole_while_writers_are_killed(void)
{
    needs_cpus(2);
    kill_writers();
}

/* --- the server ------------------------------------------------------------------------------- */

static uint64_t body_get(struct worker *worker)
{
    struct kv *kv = (struct kv *)worker->argument;
    worker->result = 1;
    return (uint64_t)kv_get(kv, "key", 3, NULL, 0);
}

/* A call that it has received is answered by its end; one that it has not, by the end of the
 * endpoint. Who switches does not notice. */
void test_kv_server_killed_leaves_the_store(void)
{
    struct worker received = {0}, waiting = {0};
    struct kv clients[2];
    require(stage_make());
    check_eq(kv_put(&stage.kv, "key", "value"), STATUS_OK);
    for (size_t i = 0; i < 2; i++)
        require_eq(kv_open_endpoint(&clients[i], stage.server.reader), STATUS_OK);
    check_eq(vas_switch(stage.kv.store.writes), STATUS_OK); /* the server has to wait */
    received.argument = (uintptr_t)&clients[0];
    waiting.argument = (uintptr_t)&clients[1];
    require(worker_start(&received, 0, body_get, PRIORITY_DEFAULT));
    check_comes(kit_vas_info(stage.kv.store.vas).nholders == 2);
    require(worker_start(&waiting, 1, body_get, PRIORITY_HIGH));
    check_comes(waiting.result == 1);
    check_eq(object_destroy(stage.server.process), STATUS_OK);
    check_eq((int64_t)worker_end(&received), STATUS_ENDED);
    check_eq(kit_thread_info(waiting.thread).reason, END_RUNNING);
    check_eq(object_destroy(stage.server.endpoint), STATUS_OK);
    check_eq((int64_t)worker_end(&waiting), STATUS_DESTROYED);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    for (size_t i = 0; i < 2; i++) {
        check_eq(kv_get(&clients[i], "key", 3, NULL, 0), STATUS_DESTROYED);
        kv_close(&clients[i]);
    }
    check(kv_has(&stage.kv, "key", "value"));
    check_eq(kv_put(&stage.kv, "key", "other"), STATUS_OK);
    check_eq(kv_store_check(&stage.kv.store), STATUS_OK);
    stage_drop();
}
