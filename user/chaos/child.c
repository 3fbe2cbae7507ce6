/*
 * A child: random calls, for ever. It uses nothing but system calls, so that whatever it does to
 * itself, it can go on while it has text and a stack.
 */
#include <stdbool.h>
#include <stddef.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/gate.h>
#include <vasco/home.h>
#include <vasco/startup.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"
#include "chaos.h"

#define KNOWN 48
#define THREADS 4
#define STACK_BYTES 16384

typedef int64_t call_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

static call_fn *const calls[NCALLS] = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    [number] = (call_fn *)(uintptr_t)sys_##name,
#include "abi/syscalls.def"
#undef SYSCALL
};

/* What a thread of a child knows. */
struct mind {
    uint64_t random;
    handle_t known[KNOWN];
    uint16_t types[KNOWN];
    handle_t last;        /* where to look on for more */
    uint64_t number;      /* of the thread, here, */
    uint64_t thread;      /* and everywhere: its id */
    bool serves;          /* it has received a call, and not answered it, as far as it knows */
    uint64_t buffer[512]; /* that calls read and write */
};

static struct mind minds[THREADS];
static uint64_t ncpus;

/* Words at which threads wait for each other. */
static uint64_t futexes[4];

/* A lockable segment, and a view that locks it: rare, if left to chance. */
static handle_t locked_seg, locked_view;
/* A paged segment of its own at PAGED_BASE, which others may come to know. */
static handle_t paged_seg;
#define PAGED_BASE ((uint64_t)1 << 32)
static _Alignas(64) char stacks[THREADS][STACK_BYTES];
static _Alignas(64) char fault_stacks[THREADS][FAULT_STACK_BYTES];

/* Stacks for gates into this process; more than one gate may use the same. */
#define GATE_STACKS 8
static _Alignas(64) char gate_stacks[GATE_STACKS][STACK_BYTES];

/* --- arguments -------------------------------------------------------------------------------- */

/* What a call wants as its first two arguments; OBJECT_NONE: any object, or none. */
static const uint16_t wishes[NCALLS][2] = {
    [SYSCALL_vas_switch] = {OBJECT_VIEW},
    [SYSCALL_thread_create] = {OBJECT_PROCESS},
    [SYSCALL_thread_wait] = {OBJECT_THREAD},
    [SYSCALL_thread_info] = {OBJECT_THREAD},
    [SYSCALL_thread_set_priority] = {OBJECT_THREAD},
    [SYSCALL_thread_set_cpu] = {OBJECT_THREAD},
    [SYSCALL_thread_set_fault_endpoint] = {OBJECT_THREAD, OBJECT_ENDPOINT},
    [SYSCALL_process_wait] = {OBJECT_PROCESS},
    [SYSCALL_process_info] = {OBJECT_PROCESS},
    [SYSCALL_vas_attach] = {OBJECT_PROCESS, OBJECT_VAS},
    [SYSCALL_vas_detach] = {OBJECT_VIEW},
    [SYSCALL_vas_info] = {OBJECT_VAS},
    [SYSCALL_seg_attach] = {OBJECT_VAS, OBJECT_SEG},
    [SYSCALL_seg_detach] = {OBJECT_VAS, OBJECT_SEG},
    [SYSCALL_seg_read] = {OBJECT_SEG},
    [SYSCALL_seg_write] = {OBJECT_SEG},
    [SYSCALL_seg_info] = {OBJECT_SEG},
    [SYSCALL_cap_place] = {OBJECT_PROCESS},
    [SYSCALL_pool_info] = {OBJECT_POOL},
    [SYSCALL_pool_next] = {OBJECT_POOL},
    [SYSCALL_pool_caps] = {OBJECT_POOL},
    [SYSCALL_endpoint_call] = {OBJECT_ENDPOINT},
    [SYSCALL_endpoint_receive] = {OBJECT_ENDPOINT},
    [SYSCALL_endpoint_reply_receive] = {OBJECT_ENDPOINT},
    [SYSCALL_notification_signal] = {OBJECT_NOTIFICATION},
    [SYSCALL_notification_wait] = {OBJECT_NOTIFICATION},
    [SYSCALL_notification_bind] = {OBJECT_NOTIFICATION},
    [SYSCALL_notification_set_timer] = {OBJECT_NOTIFICATION},
    [SYSCALL_process_watch] = {OBJECT_PROCESS, OBJECT_NOTIFICATION},
    [SYSCALL_seg_set_access] = {OBJECT_VAS, OBJECT_SEG},
    [SYSCALL_seg_discard] = {OBJECT_SEG},
    [SYSCALL_seg_fill] = {OBJECT_SEG},
    [SYSCALL_seg_supply] = {OBJECT_SEG},
    [SYSCALL_link_info] = {OBJECT_SEG},
    [SYSCALL_vas_clone] = {OBJECT_VAS},
    [SYSCALL_vas_switch_until] = {OBJECT_VIEW},
    [SYSCALL_seg_mark_consistent] = {OBJECT_SEG},
    [SYSCALL_gate_create] = {OBJECT_VIEW},
    [SYSCALL_gate_add_stack] = {OBJECT_GATE},
    [SYSCALL_gate_info] = {OBJECT_GATE},
    [SYSCALL_gate_call] = {OBJECT_GATE},
};

static uint64_t below(struct mind *mind, uint64_t n)
{
    return random_below(&mind->random, n);
}

static uint64_t any_handle(struct mind *mind, uint16_t type)
{
    size_t start = below(mind, KNOWN);
    for (size_t i = 0; i < KNOWN && type != OBJECT_NONE; i++) {
        size_t place = (start + i) % KNOWN;
        if (mind->types[place] == type)
            return (uint64_t)mind->known[place];
    }
    return (uint64_t)mind->known[start];
}

static uint64_t any_address(struct mind *mind)
{
    const uint64_t addresses[] = {
        0,
        (uintptr_t)mind->buffer,
        (uintptr_t)mind->buffer + 1,
        (uintptr_t)calls,
        (uintptr_t)child_run,
        HOME_END - 1,
        VAS_BASE,
        VAS_BASE + ((uint64_t)1 << 30),
        PAGED_BASE,
        PAGED_BASE + PAGE_BYTES - 8,
        VAS_CHOSEN_BASE,
        VAS_END,
        VAS_END - 8,
        0x800000000000,
        0xffff800000000000,
        UINT64_MAX,
    };
    return addresses[below(mind, sizeof(addresses) / sizeof(addresses[0]))];
}

static uint64_t any_size(struct mind *mind)
{
    static const uint64_t sizes[] = {
        0,
        1,
        4096,
        5000,
        0x200000,
        0x200001,
        0x2000001,
        (uint64_t)1 << 34,
        (uint64_t)1 << 43,
        UINT64_MAX,
        UINT64_MAX - 4095,
        65537,
    };
    return sizes[below(mind, sizeof(sizes) / sizeof(sizes[0]))];
}

static uint64_t anything(struct mind *mind)
{
    switch (below(mind, 7)) {
    case 0:
        return any_address(mind);
    case 1:
        return any_size(mind);
    case 2:
        return below(mind, 8);
    case 3:
        return (uint64_t)(below(mind, 2) == 0 ? HANDLE_SELF : HANDLE_HOME);
    case 4:
        return random_next(&mind->random);
    case 5:
        return any_handle(mind, OBJECT_NONE) ^ (uint64_t)1 << below(mind, 64);
    default:
        return any_handle(mind, OBJECT_NONE);
    }
}

/* Few words, so that threads meet there; some name an owner, and most waits end. */
static void think_of_futexes(struct mind *mind, uint64_t number, uint64_t a[6])
{
    uint64_t *word = &futexes[below(mind, 4)];
    if (below(mind, 3) == 0)
        *word = below(mind, 2) == 0 ? 0 : mind->thread - below(mind, THREADS);
    a[0] = (uintptr_t)word;
    a[1] = number == SYSCALL_futex_wait   ? *word
           : number == SYSCALL_futex_wake ? below(mind, 4)
                                          : (uintptr_t)&futexes[below(mind, 4)];
    a[2] = number == SYSCALL_futex_wait   ? (uint64_t)sys_clock_read() + below(mind, 3000000)
           : number == SYSCALL_futex_wake ? 0
                                          : *word;
    a[3] = below(mind, 2);
    a[4] = below(mind, 4);
    a[5] = below(mind, 4) == 0;
}

static void behind_gate(uint64_t badge, uint64_t random, uint64_t ncalls);

/* The arguments with which a call is likely to do something. */
static void think(struct mind *mind, uint64_t number, uint64_t a[6])
{
    a[0] = any_handle(mind, wishes[number][0]);
    a[1] = wishes[number][1] != OBJECT_NONE ? any_handle(mind, wishes[number][1])
                                            : (uintptr_t)mind->buffer;
    a[2] = below(mind, 8);
    a[3] = (uintptr_t)mind->buffer;
    a[4] = below(mind, 5000);
    a[5] = 0;
    switch (number) {
    case SYSCALL_seg_create:
        a[2] = below(mind, 2) == 0 ? 0 : VAS_BASE + (below(mind, 8) << 21);
        a[3] = any_size(mind);
        a[4] = below(mind, 3) == 0 ? below(mind, SEG_FLAGS + 1) : 0;
        break;
    case SYSCALL_seg_discard:
    case SYSCALL_seg_fill:
        a[1] = below(mind, 4) * PAGE_BYTES;
        a[2] = below(mind, 4) * PAGE_BYTES;
        break;
    case SYSCALL_seg_supply:
        a[0] = below(mind, 2) == 0 ? (uint64_t)paged_seg : a[0];
        a[1] = below(mind, 4) * PAGE_BYTES;
        a[2] = (uintptr_t)mind->buffer;
        a[3] = below(mind, 2) * sizeof(mind->buffer);
        break;
    case SYSCALL_link_info:
        a[1] = below(mind, 3);
        a[2] = (uintptr_t)mind->buffer;
        break;
    case SYSCALL_vas_clone:
        a[1] = ACCESS_READ | below(mind, 8);
        a[2] = below(mind, 4) == 0 ? any_handle(mind, OBJECT_POOL) : 0;
        break;
    case SYSCALL_seg_set_access:
    case SYSCALL_seg_attach:
        a[2] = ACCESS_READ | (below(mind, 2) == 0 ? ACCESS_WRITE : 0);
        break;
    case SYSCALL_seg_read:
    case SYSCALL_seg_write:
        a[1] = below(mind, 0x4000);
        a[2] = (uintptr_t)mind->buffer;
        a[3] = below(mind, sizeof(mind->buffer) + 1);
        break;
    case SYSCALL_pool_create:
        a[2] = below(mind, 200);
        a[3] = 0;
        break;
    case SYSCALL_pool_next:
        a[1] = below(mind, 4) == 0 ? a[1] : 0;
        a[2] = below(mind, 2) * RIGHT_DESTROY | below(mind, 2) * RIGHT_INFO |
               below(mind, 2) * RIGHT_POOL_OPEN;
        break;
    case SYSCALL_pool_caps:
        a[1] = below(mind, 2) == 0 ? a[0] : a[1];
        a[2] = below(mind, 3);
        a[3] = (uintptr_t)mind->buffer;
        a[4] = below(mind, 3);
        break;
    case SYSCALL_vas_create:
    case SYSCALL_process_create:
    case SYSCALL_endpoint_create:
    case SYSCALL_notification_create:
        a[2] = below(mind, 2) == 0 ? 0 : any_handle(mind, OBJECT_POOL);
        break;
    case SYSCALL_cap_derive:
        a[1] = below(mind, 0x1000);
        a[2] = 0;
        break;
    case SYSCALL_cap_place:
        a[1] = any_handle(mind, OBJECT_NONE);
        a[2] = below(mind, 0x1000);
        a[3] = 0;
        break;
    case SYSCALL_system_info:
    case SYSCALL_system_counters:
        a[0] = (uintptr_t)mind->buffer;
        a[1] = below(mind, 16);
        break;
    case SYSCALL_thread_set_priority:
        a[1] = below(mind, PRIORITIES);
        break;
    case SYSCALL_thread_set_cpu:
        a[0] = below(mind, 4) == 0 ? 0 : a[0];
        a[1] = below(mind, ncpus);
        break;
    case SYSCALL_thread_set_fault_endpoint:
        a[0] = below(mind, 4) == 0 ? 0 : a[0];
        a[1] = below(mind, 4) == 0 ? 0 : a[1];
        break;
    case SYSCALL_notification_signal:
    case SYSCALL_notification_wait:
        a[1] = 1 + below(mind, 15);
        a[2] = below(mind, 8) == 0 ? UINT64_MAX : (uint64_t)sys_clock_read() + below(mind, 1000000);
        break;
    case SYSCALL_notification_bind:
        a[0] = below(mind, 3) == 0 ? 0 : a[0];
        break;
    case SYSCALL_notification_set_timer:
        a[1] = below(mind, 16);
        a[2] = (uint64_t)sys_clock_read() + below(mind, 3000000);
        a[3] = below(mind, 2) == 0 ? 0 : 1 + below(mind, 5000000);
        break;
    case SYSCALL_process_watch:
        a[2] = 1 + below(mind, 15);
        break;
    case SYSCALL_thread_sleep:
        a[0] = below(mind, 3000000);
        break;
    case SYSCALL_gate_create:
        a[1] = (uintptr_t)behind_gate;
        a[4] = below(mind, 3) == 0 ? any_handle(mind, OBJECT_POOL) : 0;
        break;
    case SYSCALL_gate_add_stack:
        a[1] = (uintptr_t)gate_stacks[below(mind, GATE_STACKS)] + STACK_BYTES - 8;
        a[2] = 0;
        break;
    case SYSCALL_seg_mark_consistent:
        a[0] = below(mind, 2) == 0 ? (uint64_t)locked_seg : a[0];
        break;
    case SYSCALL_vas_switch_until:
        a[0] = below(mind, 2) == 0 ? (uint64_t)locked_view : a[0];
        a[1] = (uint64_t)sys_clock_read() + below(mind, 1000000);
        break;
    case SYSCALL_futex_wait:
    case SYSCALL_futex_wake:
    case SYSCALL_futex_requeue:
        think_of_futexes(mind, number, a);
        break;
    default:
        break;
    }
}

/* The words of a message, and capabilities for it: seldom more than there can be, and seldom any,
 * since most of those that a child knows it cannot send. */
static void write_message(struct mind *mind)
{
    struct message *message = (struct message *)mind->buffer;
    message->nwords = (uint32_t)below(mind, below(mind, 2) == 0 ? 8 : MESSAGE_WORDS + 2);
    message->ncaps = (uint16_t)(below(mind, 3) != 0 ? 0 : below(mind, MESSAGE_CAPS + 2));
    for (size_t i = 0; i < MESSAGE_CAPS; i++)
        message->caps[i] =
            (struct message_cap){(handle_t)any_handle(mind, OBJECT_NONE),
                                 below(mind, 2) == 0 ? MESSAGE_ALL_RIGHTS : below(mind, 0x1000)};
}

static bool has_message(uint64_t number)
{
    return number == SYSCALL_endpoint_call || number == SYSCALL_endpoint_receive ||
           number == SYSCALL_endpoint_reply || number == SYSCALL_endpoint_reply_receive;
}

/* Four words, without a deadline: what hands the CPU over. */
static int64_t call_with_registers(struct mind *mind, uint64_t number, handle_t endpoint)
{
    uint64_t words[MESSAGE_SHORT_WORDS] = {random_next(&mind->random)};
    uint64_t rdi = (uint64_t)endpoint;
    return message_short(number, &rdi, below(mind, MESSAGE_SHORT_WORDS + 1), words);
}

/* These change registers that a plain call keeps. They seldom wait for long. */
static int64_t call_with_message(struct mind *mind, uint64_t number, const uint64_t a[6])
{
    struct message *message = (struct message *)mind->buffer;
    uint64_t deadline = (uint64_t)sys_clock_read() + below(mind, 1000000);
    uint64_t buffer = below(mind, 8) == 0 ? a[1] : (uintptr_t)message;
    if (below(mind, 8) == 0)
        return call_with_registers(mind, number, (handle_t)a[0]);
    write_message(mind);
    if (number == SYSCALL_endpoint_reply)
        return message_answer(number, message, buffer);
    return message_exchange(number, (handle_t)a[0], message,
                            below(mind, 8) == 0 ? ENDPOINT_FOREVER : deadline, buffer);
}

/* What lies behind a gate keeps no register: neither does the wrapper. */
static int64_t call_gate(struct mind *mind, const uint64_t a[6])
{
    uint64_t words[GATE_WORDS] = {random_next(&mind->random), below(mind, 8), a[2], a[3]};
    return gate_call((handle_t)a[0], words);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void remember(struct mind *mind, handle_t handle)
{
    struct cap_info info = {0};
    size_t place = below(mind, KNOWN);
    sys_cap_info(handle, (uintptr_t)&info);
    mind->known[place] = handle;
    mind->types[place] = info.type;
}

/* Of calls that end or block what makes them, or what the others have, one in so many is made, or
 * little else would happen. */
static const uint8_t rarity[NCALLS] = {
    [SYSCALL_process_exit] = 200,      [SYSCALL_thread_exit] = 60,
    [SYSCALL_thread_wait] = 4,         [SYSCALL_process_wait] = 10,
    [SYSCALL_thread_resume] = 200,     [SYSCALL_thread_set_tls] = 20,
    [SYSCALL_object_destroy] = 20,     [SYSCALL_cap_revoke] = 20,
    [SYSCALL_thread_set_handler] = 20, [SYSCALL_thread_set_priority] = 20,
    [SYSCALL_thread_create] = 10,      [SYSCALL_cap_delete] = 2,
};

/* Messages need two who want the same at the same time. */
static uint64_t choose_message(struct mind *mind)
{
    if (mind->serves)
        return below(mind, 2) == 0 ? SYSCALL_endpoint_reply : SYSCALL_endpoint_reply_receive;
    return below(mind, 2) == 0 ? SYSCALL_endpoint_call : SYSCALL_endpoint_receive;
}

static uint64_t choose(struct mind *mind)
{
    uint64_t number = below(mind, NCALLS);
    if (below(mind, mind->serves ? 4 : 8) == 0)
        return choose_message(mind);
    if (below(mind, 16) == 0)
        return SYSCALL_gate_call;
    while (rarity[number] != 0 && below(mind, rarity[number]) != 0)
        number = below(mind, NCALLS);
    return number;
}

static void one_call(struct mind *mind)
{
    uint64_t a[6];
    uint64_t number = choose(mind);
    think(mind, number, a);
    if (below(mind, 4) == 0)
        a[below(mind, 6)] = anything(mind);
    if (below(mind, 64) == 0)
        (void)*(volatile uint64_t *)(PAGED_BASE + below(mind, 8) * PAGE_BYTES);
    int64_t result = has_message(number) ? call_with_message(mind, number, a)
                     : number == SYSCALL_gate_call
                         ? call_gate(mind, a)
                         : calls[number](a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result >= 0)
        success_counts()[number]++;
    if (has_message(number) && number != SYSCALL_endpoint_call)
        mind->serves = result == STATUS_OK && number != SYSCALL_endpoint_reply;
    if (result > 63)
        remember(mind, result);
    if (below(mind, 4) == 0) {
        handle_t next = sys_cap_next(mind->last);
        mind->last = next > 0 ? next : 0;
        if (next > 0)
            remember(mind, next);
    }
}

/* What threads do that come through a gate into this process: some calls, as if they were its own.
 * One that they make may be the return, which looks like one that comes after all. */
static void behind_gate(uint64_t badge, uint64_t random, uint64_t ncalls)
{
    struct mind mind = {.random = random, .number = badge % THREADS};
    for (uint64_t i = 0; i < ncalls % 8; i++)
        one_call(&mind);
    success_counts()[SYSCALL_gate_return]++;
    gate_return(0, 0, 0, 0);
}

/* A gate into this process, and a capability to it for another. */
static void make_gate(void)
{
    handle_t gate = sys_gate_create(HANDLE_HOME, (uintptr_t)behind_gate, 'g', 0, 0);
    for (size_t i = 0; i < GATE_STACKS; i++)
        sys_gate_add_stack(gate, (uintptr_t)gate_stacks[i] + STACK_BYTES - 8, 0);
    sys_cap_place(startup_cap("sibling"), gate, RIGHT_GATE_CALL | RIGHT_GRANT, 0);
}

/* --- faults ----------------------------------------------------------------------------------- */

static void on_fault(struct fault_report *report);

static uintptr_t fault_stack_of(const struct mind *mind)
{
    return (uintptr_t)fault_stacks[mind->number] + FAULT_STACK_BYTES;
}

static _Noreturn void live(struct mind *mind)
{
    struct thread_info info = {0};
    sys_vas_switch(HANDLE_HOME);
    sys_thread_info(0, (uintptr_t)&info);
    mind->thread = info.id;
    sys_thread_set_handler((uintptr_t)on_fault, fault_stack_of(mind));
    for (;;)
        one_call(mind);
}

/* The thread begins anew. Entered by the kernel, on the fault stack. */
static void on_fault(struct fault_report *report)
{
    struct mind *mind = &minds[((uintptr_t)report - (uintptr_t)fault_stacks) / FAULT_STACK_BYTES];
    report->rip = (uintptr_t)live;
    report->rdi = (uintptr_t)mind;
    report->rsp = (uintptr_t)stacks[mind->number] + STACK_BYTES - 8;
    sys_thread_resume((uintptr_t)report, (uintptr_t)on_fault, fault_stack_of(mind));
    sys_process_exit(1);
}

static uint64_t cpus_there_are(void)
{
    struct system_info info = {.ncpus = 1};
    sys_system_info((uintptr_t)&info);
    return info.ncpus;
}

_Noreturn void child_run(uint64_t seed)
{
    uint64_t random = seed;
    handle_t counts = startup_cap("counts");
    sys_seg_attach(HANDLE_SELF, counts, ACCESS_READ | ACCESS_WRITE);
    sys_cap_delete(counts); /* nobody here can take it away now */
    uint64_t nthreads = 1 + random_below(&random, THREADS);
    for (uint64_t i = 0; i < THREADS; i++) {
        minds[i].random = random_next(&random);
        minds[i].number = i;
    }
    ncpus = cpus_there_are();
    locked_seg = startup_cap("locked seg");
    locked_view =
        sys_vas_attach(HANDLE_SELF, startup_cap("locked vas"), ACCESS_READ | ACCESS_WRITE);
    paged_seg = sys_seg_create('p', 0, PAGED_BASE, 8 * PAGE_BYTES, SEG_PAGED | SEG_SPARSE, 0);
    sys_seg_attach(HANDLE_SELF, paged_seg, ACCESS_READ | ACCESS_WRITE);
    make_gate();
    for (uint64_t i = 1; i < nthreads; i++) {
        handle_t thread =
            sys_thread_create(HANDLE_SELF, (uintptr_t)live, (uintptr_t)stacks[i] + STACK_BYTES - 8,
                              (uintptr_t)&minds[i], 0, PRIORITY_DEFAULT);
        sys_thread_set_cpu(thread, random_below(&random, ncpus));
    }
    sys_thread_set_cpu(0, random_below(&random, ncpus));
    live(&minds[0]);
}
