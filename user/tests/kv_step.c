/*
 * The key-value store when a writer ends: not at some moment, but behind any instruction of a
 * change, one after the other. The writer is a thread that runs in single steps (SDM 3B 17.3.1.4:
 * with RFLAGS.TF set there is a debug exception behind each instruction) and whose handler ends it.
 */
#include <string.h>
#include <vasco/segheap.h>
#include <vasco/vas.h>

#include "kv_kit.h"
#include "test.h"
#include "worker.h"

#define RFLAGS_TF 0x100
#define VECTOR_DEBUG 1
#define ITEM_BYTES_MAX 256 /* of the heap, for one of this test's items */
#define STEPS_MAX 20000
#define STRIDE 3 /* one run tries every third instruction, the next others */

/* What the writer does: adds a key for whose size the heap has to be divided anew; adds one, gives
 * it another value, takes it away. */
enum change {
    CHANGE_DIVIDE,
    CHANGE_ADD,
    CHANGE_REPLACE,
    CHANGE_TAKE,
    CHANGES,
};

static const char *const before[CHANGES] = {NULL, NULL, "one", "one"};
static const char *const behind[CHANGES] = {"a value that is longer than all the others", "one",
                                            "two", NULL};

static struct kv kv;
static char handler_stack[PAGE_BYTES] __attribute__((aligned(16)));
static volatile uint64_t steps_left;

static void handle(struct fault_report *report)
{
    if (report->kind != FAULT_EXCEPTION || report->vector != VECTOR_DEBUG || steps_left-- == 0)
        sys_thread_exit(1);
    sys_thread_resume((uintptr_t)report, (uintptr_t)handle,
                      (uintptr_t)handler_stack + sizeof(handler_stack));
}

static void begin_steps(void)
{
    sys_thread_set_handler((uintptr_t)handle, (uintptr_t)handler_stack + sizeof(handler_stack));
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(RFLAGS_TF) : "memory", "cc");
}

static void end_steps(void)
{
    __asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\tpopfq" : : "i"(~RFLAGS_TF) : "memory", "cc");
}

/* Bodies return 0 if they come to the end of the change. */
static uint64_t body_change(struct worker *worker)
{
    begin_steps();
    int64_t status = behind[worker->argument] == NULL
                         ? kv_delete(&kv, "key", 3)
                         : kv_put(&kv, "key", behind[worker->argument]);
    end_steps();
    return status == STATUS_OK ? 0 : 2;
}

/* Adds two keys; with every second key a bucket is split. */
static uint64_t body_grow(struct worker *worker)
{
    const uint64_t keys[2] = {worker->argument, worker->argument + 1};
    begin_steps();
    int64_t first = kv_set(&kv, &keys[0], sizeof(keys[0]), "", 0);
    int64_t second = kv_set(&kv, &keys[1], sizeof(keys[1]), "", 0);
    end_steps();
    return first == STATUS_OK && second == STATUS_OK ? 0 : 2;
}

/* --- what is in the store --------------------------------------------------------------------- */

static bool is_there(const char *value)
{
    return value == NULL ? kv_get(&kv, "key", 3, NULL, 0) == STATUS_NOT_FOUND
                         : kv_has(&kv, "key", value);
}

static void put(const char *value)
{
    if (value == NULL)
        kv_delete(&kv, "key", 3);
    else
        kv_put(&kv, "key", value);
}

/* What `measure` says of the heap. */
static size_t heap_bytes(size_t measure(const struct segheap *))
{
    struct link_info link = {0};
    check_eq(vas_link_info(kv.store.vas, 0, &link), STATUS_OK);
    check(vas_switch(kv.store.reads) >= 0);
    size_t bytes = measure(segheap_open((void *)link.base));
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    return bytes;
}

/* Before the change or behind it; and when the next has written, no more than one piece is lost. */
static void check_store(enum change change, size_t used)
{
    check(is_there(before[change]) || is_there(behind[change]));
    check_eq(kv_store_check(&kv.store), STATUS_OK);
    check_eq(kv_put(&kv, "other", "value"), STATUS_OK);
    check(is_there(before[change]) || is_there(behind[change]));
    check_eq(kv_store_check(&kv.store), STATUS_OK);
    check_eq(kit_seg_info(kv.store.seg).abandoned, 0);
    put(before[change]);
    check(heap_bytes(segheap_used) <= used + ITEM_BYTES_MAX);
}

/* --- the test --------------------------------------------------------------------------------- */

/* Ends the writer behind so many instructions; returns whether it ended before the change did. */
static bool end_behind(uint64_t (*body)(struct worker *), uint64_t argument, uint64_t steps,
                       size_t *under_the_lock)
{
    struct worker worker = {.argument = argument};
    steps_left = steps;
    if (!worker_start(&worker, 0, body, PRIORITY_DEFAULT))
        return false;
    uint64_t status = worker_end(&worker);
    *under_the_lock += kit_seg_info(kv.store.seg).abandoned;
    check(status < 2);
    return status == 1;
}

static void end_everywhere(enum change change)
{
    const uint64_t stride = test_scaled(STRIDE) == STRIDE ? STRIDE : 10 * STRIDE;
    uint64_t steps = (uint64_t)sys_clock_read() % stride;
    size_t under_the_lock = 0, lost = 0;
    if (change != CHANGE_DIVIDE)
        put("one");
    put(before[change]);
    kv_put(&kv, "other", "value");
    const size_t size = heap_bytes(segheap_bytes);
    for (;; steps += stride) {
        size_t used = heap_bytes(segheap_used);
        if (steps >= STEPS_MAX || !end_behind(body_change, change, steps, &under_the_lock))
            break;
        check_store(change, used);
        lost += heap_bytes(segheap_used) > used;
    }
    check(is_there(behind[change]));
    check(steps < STEPS_MAX && under_the_lock > 0);
    check(lost * 5 < under_the_lock); /* few instructions allocate and announce */
    check(lost == 0 || change != CHANGE_TAKE);
    check_eq(heap_bytes(segheap_bytes), size); /* nor has it had to grow because of what is lost */
    test_note("%d moments, %d of them under the lock, %d lost a piece", (int)(steps / stride),
              (int)under_the_lock, (int)lost);
}

void test_kv_is_whole_behind_any_instruction(void)
{
    struct kv_server server;
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_switch(&kv, server.writer), STATUS_OK);
    for (enum change change = 0; change < CHANGES; change++)
        end_everywhere(change);
    kv_close(&kv);
    kv_server_end(&server);
}

static bool has(uint64_t key)
{
    return kv_get(&kv, &key, sizeof(key), NULL, 0) == 0;
}

/* As many keys as it has been seen to have, and the later of two only with the earlier. */
static void check_growing(uint64_t keys)
{
    check(has(keys) || !has(keys + 1));
    check_eq(kv_count(&kv), keys + has(keys) + has(keys + 1));
    check_eq(kv_store_check(&kv.store), STATUS_OK);
    for (uint64_t key = keys; key < keys + 2; key++)
        check_eq(kv_set(&kv, &key, sizeof(key), "", 0), STATUS_OK);
    check_eq(kv_count(&kv), keys + 2);
    check_eq(kv_store_check(&kv.store), STATUS_OK);
}

void test_kv_grows_whole_behind_any_instruction(void)
{
    struct kv_server server;
    const uint64_t stride = test_scaled(STRIDE) == STRIDE ? 1 : 10 * STRIDE;
    uint64_t steps = 0, keys = 0;
    size_t under_the_lock = 0;
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_switch(&kv, server.writer), STATUS_OK);
    for (; keys < 16; keys += 2)
        check_growing(keys);
    for (; steps < STEPS_MAX && end_behind(body_grow, keys, steps, &under_the_lock);
         steps += stride, keys += 2)
        check_growing(keys);
    check(steps < STEPS_MAX && under_the_lock > 0);
    test_note("%d keys, %d moments under the lock", (int)keys, (int)under_the_lock);
    kv_close(&kv);
    kv_server_end(&server);
}
