/* The account of the system's memory: see account.h. */
#include "account.h"

#include <stdlib.h>
#include <vasco/home.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/thread.h>

#include "kit.h"
#include "server.h"
#include "test.h"

#define WARM_STACK (48 * 1024)
#define WARM_HEAP (256 * 1024)
#define WARM_CAPS 1200
#define WARM_VIEWS 320
#define SETTLE_STEPS 50
#define SETTLE_STEP_NS 10000000

static void warm_stack(void)
{
    volatile char bytes[WARM_STACK];
    for (size_t i = 0; i < sizeof(bytes); i += PAGE_BYTES)
        bytes[i] = 0;
    bytes[sizeof(bytes) - 1] = 0;
}

/* The program's data begin a granule and have no hole. Copying a byte from each page fills it, and
 * fails behind the last. */
static void warm_data(void)
{
    static char any;
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    uintptr_t page = (uintptr_t)&any & ~(uintptr_t)(HOME_GRANULE - 1);
    while (sys_seg_write(seg, 0, page, 1) == 1)
        page += PAGE_BYTES;
    sys_cap_delete(seg);
}

static void warm_heap(void)
{
    char *block = malloc(WARM_HEAP);
    for (volatile char *byte = block; block != NULL && byte < block + WARM_HEAP; byte += 64)
        *byte = 1;
    free(block);
}

static void warm_table(void)
{
    static handle_t handles[WARM_CAPS];
    for (size_t i = 0; i < WARM_CAPS; i++)
        handles[i] = sys_cap_derive(HANDLE_SELF, 0, 0);
    for (size_t i = 0; i < WARM_CAPS; i++)
        sys_cap_delete(handles[i]);
}

/* Slots that have held views hold nothing else later. */
static void warm_views(void)
{
    static handle_t views[WARM_VIEWS];
    handle_t vas = sys_vas_create(0, 0, 0);
    for (size_t i = 0; i < WARM_VIEWS; i++)
        views[i] = sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ);
    for (size_t i = 0; i < WARM_VIEWS; i++)
        sys_vas_detach(views[i]);
    sys_cap_delete(vas);
}

/* The tables above the stacks of threads stay when these go. */
static void do_nothing(void *argument)
{
    (void)argument;
}

static void warm_threads(void)
{
    handle_t thread = thread_start(do_nothing, NULL, PRIORITY_DEFAULT);
    if (thread > 0)
        thread_join(thread);
}

/* The registry's heap, and what the C library keeps once it has started a program. */
static void warm_registry(void)
{
    struct server server;
    handle_t registry = startup_cap("registry"), seg = kit_seg(PAGE_BYTES, 0);
    if (server_start(&server))
        server_end(&server);
    if (registry_add(registry, seg, "warm", 0) > 0)
        registry_destroy(registry, OBJECT_SEG, registry_find(registry, OBJECT_SEG, "warm"));
    sys_cap_delete(seg);
}

void account_warm_up(void)
{
    warm_registry();
    warm_threads();
    warm_stack();
    warm_data();
    warm_heap();
    warm_table();
    warm_views();
}

void account_take(struct account *account)
{
    struct system_info system = {0};
    struct process_info process = {0};
    thread_trim_stacks();
    sys_system_info((uintptr_t)&system);
    sys_process_info(HANDLE_SELF, (uintptr_t)&process);
    account->free_frames = system.free_frames;
    account->charged_frames = system.charged_frames;
    account->object_bytes = system.object_bytes;
    account->ncaps = process.ncaps;
}

bool account_is_same(const struct account *a, const struct account *b)
{
    return a->free_frames == b->free_frames && a->charged_frames == b->charged_frames &&
           a->object_bytes == b->object_bytes && a->ncaps == b->ncaps;
}

bool account_settle(const struct account *before, struct account *after)
{
    for (int step = 0; step < SETTLE_STEPS; step++) {
        account_take(after);
        if (account_is_same(before, after))
            return true;
        sys_thread_sleep(SETTLE_STEP_NS);
    }
    return false;
}
