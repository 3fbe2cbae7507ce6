/* The first process, which lives as long as the machine, with a thread on each CPU; and the
 * kernel's own checks. */
#include <stdlib.h>
#include <string.h>

#include <arch/features.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/frame.h"
#include "obj/check.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/types.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "oracle.h"

#define BUFFER_BYTES (128 * KIB)
#define SEG_RIGHTS                                                                                 \
    (RIGHT_SEG_READ | RIGHT_SEG_WRITE | RIGHT_SEG_EXECUTE | RIGHT_INFO | RIGHT_GRANT |             \
     RIGHT_REVOKE | RIGHT_DESTROY)

struct process *world_init;
struct seg *world_buffer;

static void must(status_t status)
{
    ASSERT(status == STATUS_OK);
}

/* A root whose upper half can be told from anything else, and which the hardware cannot walk. */
static paddr_t kernel_root(void)
{
    paddr_t root = frame_take(FRAME_KERNEL, NULL);
    for (uint64_t slot = SLOT_KERNEL_FIRST; slot < SLOT_END; slot++)
        ((uint64_t *)paddr_to_ptr(root))[slot] = slot << PAGE_SHIFT | 3;
    return root;
}

/* The kernel's variables, as they were before the first machine (Makefile, ORACLE_ONE_SECTION). */
static void variables_begin(void)
{
    extern char __start_kernel_data[], __stop_kernel_data[];
    static char *fresh;
    size_t nbytes = (size_t)(__stop_kernel_data - __start_kernel_data);
    if (fresh != NULL) {
        memcpy(__start_kernel_data, fresh, nbytes);
        return;
    }
    fresh = malloc(nbytes);
    ASSERT(fresh != NULL);
    memcpy(fresh, __start_kernel_data, nbytes);
}

static void memory_begins(void)
{
    memory_start();
    frame_init(machine_ram, PADDR(RAM_BYTES));
    paddr_t first = PADDR(align_up(frame_records_bytes(PADDR(RAM_BYTES)), PAGE_SIZE));
    frame_add_range(first, (RAM_BYTES - first.v) >> PAGE_SHIFT);
}

static void floors_begin(void)
{
    mmu_init(kernel_root());
    types_init();
}

/* Every process has it in its home, for the stacks of fault handlers. */
static void make_buffer(void)
{
    const struct seg_spec spec = {{"buffer"}, BUFFER_BASE, BUFFER_BYTES, 0};
    struct cap_table *caps = &world_init->caps;
    must(seg_create(&pool_root.pool, spec, &world_buffer));
    must(cap_reserve(caps));
    struct cap *cap = cap_insert(caps, NULL, &world_buffer->object, SEG_RIGHTS, 0);
    must(space_link(&world_init->home, world_buffer, cap, ACCESS_READ | ACCESS_WRITE));
}

static void each_cpu_begins(void)
{
    const struct thread_spec spec = {
        .entry = USER_HANDLER, .stack = USER_STACK, .priority = PRIORITY_DEFAULT};
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct thread *thread;
        cpu_that_runs = cpus[i];
        if (i > 0)
            sched_init_cpu();
        must(thread_create(world_init, spec, &thread));
    }
}

static void world_start(uint64_t features, uint32_t ncpus)
{
    variables_begin();
    features_in_use = features;
    clock_value = 0;
    run_begin(ncpus);
    memory_begins();
    floors_begin();
    for (uint32_t i = 0; i < cpu_count; i++) {
        running = &model_cpus[i];
        running->budget = INT64_MAX;
        cpu_that_runs = cpus[i];
        mmu_view_leave();
        running = NULL;
    }
    cpu_that_runs = cpus[0];
    sched_init_cpu();
    must(process_create(&pool_root.pool, (struct name){"init"}, &world_init));
    make_buffer();
    each_cpu_begins();
}

/* Now and then; always at the end. The lock is held, and no call is in the middle of anything. */
void world_check(void)
{
    struct model_cpu *m = running;
    if (OFTEN(1024))
        return;
    running = NULL;
    if (process_has_ended(world_init))
        oracle_fails("the first process has ended");
    check_everything();
    running = m;
}

/* With all features, or without one or two of those that matter here. */
static uint64_t some_features(void)
{
    const uint64_t all = ((uint64_t)1 << FEATURES) - 1;
    const uint64_t pcid = (uint64_t)1 << FEATURE_PCID;
    const uint64_t invpcid = (uint64_t)1 << FEATURE_INVPCID;
    switch (choose(8)) {
    case 0:
        return all & ~(pcid | invpcid);
    case 1:
    case 2:
        return all & ~invpcid;
    default:
        return all;
    }
}

void world_run(uint64_t operations)
{
    uint64_t features = some_features();
    world_start(features, 2 + choose(MODEL_CPUS_MAX - 1));
    run_until(operations);
}
