/* The simulated machine: machine.h says what it is. */
#include "machine.h"

#include <stdio.h>
#include <sys/mman.h>

#include <arch/console.h>
#include <arch/features.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "base/log.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/check.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/types.h"
#include "poison.h"
#include "tlb_model.h"

struct machine machine;
char *machine_ram;
struct cpu machine_cpu;
static uint64_t trap_stack; /* stands for tss.rsp0 */
struct cpu *cpus[CPUS_MAX] = {&machine_cpu};
uint32_t cpu_count = 1;
uint64_t features_in_use;

static struct usage at_start;
static uint64_t random_state = 1;

static void ram_map(uint64_t nbytes)
{
    if (machine_ram != NULL) {
        memory_unpoison(machine_ram, machine.ram_bytes);
        munmap(machine_ram, machine.ram_bytes);
    }
    machine_ram = mmap(NULL, nbytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(machine_ram != MAP_FAILED);
    memory_poison(machine_ram, nbytes);
}

paddr_t machine_first_free(void)
{
    return PADDR(align_up(frame_records_bytes(PADDR(machine.ram_bytes)), PAGE_SIZE));
}

void machine_start_bare(uint64_t ram_bytes)
{
    ram_map(ram_bytes);
    machine = (struct machine){.ram_bytes = ram_bytes};
    machine_cpu = (struct cpu){.self = &machine_cpu, .trap_stack = &trap_stack};
    kernel_lock_word = (struct kernel_lock){0};
    kernel_lock();
    tlb_model_reset();
    log_set_sink(console_put);
    memory_unpoison(machine_ram, machine_first_free().v);
    frame_init(machine_ram, PADDR(ram_bytes));
}

/* A root whose upper half can be told from anything else. */
static paddr_t kernel_root(void)
{
    paddr_t root = frame_take(FRAME_KERNEL, NULL);
    for (uint64_t slot = SLOT_KERNEL_FIRST; slot < SLOT_END; slot++)
        ((uint64_t *)paddr_to_ptr(root))[slot] = slot << PAGE_SHIFT | 3;
    return root;
}

void machine_start(uint64_t ram_bytes, uint64_t features)
{
    machine_start_bare(ram_bytes);
    features_in_use = features;
    paddr_t first = machine_first_free();
    frame_add_range(first, (ram_bytes - first.v) >> PAGE_SHIFT);
    mmu_init(kernel_root());
    types_init();
    mmu_view_leave();
    sched_init_cpu();
    at_start = usage_now();
    machine_forget_tlb();
}

void machine_stop(void)
{
    for (struct thread *thread; (thread = machine_run()) != NULL;)
        process_end(thread->process, (struct ending){END_DESTROYED, 0, 0});
    check_everything();
    if (!machine.may_leak)
        assert_usage(at_start);
}

int machine_setup(void **state)
{
    (void)state;
    random_seed(1);
    machine_start(MACHINE_RAM, MACHINE_FEATURES);
    return 0;
}

int machine_teardown(void **state)
{
    (void)state;
    machine_stop();
    return 0;
}

struct thread *machine_run(void)
{
    machine.nidle = 0;
    switch (setjmp(machine.back)) {
    case 0:
        sched_run();
    case 1:
        return machine_cpu.thread;
    default:
        return NULL;
    }
}

struct thread *machine_return(int64_t result)
{
    machine.nidle = 0;
    switch (setjmp(machine.back)) {
    case 0:
        sched_return(result);
    case 1:
        return machine_cpu.thread;
    default:
        return NULL;
    }
}

void machine_forget_tlb(void)
{
    machine.nkept = 0;
    machine.nflushed = 0;
    machine.ninvlpg = 0;
    machine.ninvpcid = 0;
}

void machine_settle(void)
{
    while (work_highest() >= 0)
        (void)work_do(0);
    machine_cpu.resched &= ~(uint32_t)RESCHED_WORK;
}

struct usage usage_now(void)
{
    machine_settle();
    return (struct usage){frame_count_free(), pool_root.pool.charged, slab_bytes_alive()};
}

void assert_usage(struct usage expected)
{
    struct usage now = usage_now();
    assert_int_equal(now.free_frames, expected.free_frames);
    assert_int_equal(now.charged, expected.charged);
    assert_int_equal(now.object_bytes, expected.object_bytes);
}

void random_seed(uint64_t seed)
{
    random_state = seed;
}

/* Knuth's linear congruential generator; its upper bits are the good ones. */
uint64_t random_below(uint64_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % n;
}

void panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(machine.panic, sizeof(machine.panic), format, args);
    va_end(args);
    if (machine.panic_expected)
        longjmp(machine.after_panic, 1);
    fail_msg("panic: %s", machine.panic);
    __builtin_unreachable();
}
