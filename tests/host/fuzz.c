/*
 * Hostile programs: random system calls with arguments that are sometimes right. Nothing a program
 * passes may make the kernel panic, touch memory that is not in use, or lose count of it.
 */
#include <arch/layout.h>

#include "mem/frame.h"
#include "obj/fault.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "world.h"

#define ROUNDS 150 /* each on a new machine */
#define CALLS 4000
#define NHANDLES 64
#define COMPANY 4

static uint64_t handles[NHANDLES]; /* results of earlier calls, in whichever process */
static unsigned nsuccesses[SYSCALLS];
static unsigned nmessages; /* calls that returned a message at once */

/* What the calls want as their first and second arguments; OBJECT_NONE: any object. */
static const struct {
    uint64_t number;
    uint16_t types[2];
} wishes[] = {
    {SYSCALL_vas_switch, {OBJECT_VIEW}},
    {SYSCALL_thread_create, {OBJECT_PROCESS}},
    {SYSCALL_thread_wait, {OBJECT_THREAD}},
    {SYSCALL_thread_info, {OBJECT_THREAD}},
    {SYSCALL_thread_set_priority, {OBJECT_THREAD}},
    {SYSCALL_thread_set_fault_endpoint, {OBJECT_THREAD, OBJECT_ENDPOINT}},
    {SYSCALL_process_wait, {OBJECT_PROCESS}},
    {SYSCALL_process_info, {OBJECT_PROCESS}},
    {SYSCALL_vas_attach, {OBJECT_PROCESS, OBJECT_VAS}},
    {SYSCALL_vas_detach, {OBJECT_VIEW}},
    {SYSCALL_vas_info, {OBJECT_VAS}},
    {SYSCALL_seg_attach, {OBJECT_VAS, OBJECT_SEG}},
    {SYSCALL_seg_detach, {OBJECT_VAS, OBJECT_SEG}},
    {SYSCALL_seg_read, {OBJECT_SEG}},
    {SYSCALL_seg_write, {OBJECT_SEG}},
    {SYSCALL_seg_info, {OBJECT_SEG}},
    {SYSCALL_cap_place, {OBJECT_PROCESS}},
    {SYSCALL_pool_info, {OBJECT_POOL}},
    {SYSCALL_pool_next, {OBJECT_POOL}},
    {SYSCALL_pool_caps, {OBJECT_POOL}},
    {SYSCALL_endpoint_call, {OBJECT_ENDPOINT}},
    {SYSCALL_endpoint_receive, {OBJECT_ENDPOINT}},
    {SYSCALL_endpoint_reply_receive, {OBJECT_ENDPOINT}},
    {SYSCALL_notification_signal, {OBJECT_NOTIFICATION}},
    {SYSCALL_notification_wait, {OBJECT_NOTIFICATION}},
    {SYSCALL_notification_bind, {OBJECT_NOTIFICATION}},
    {SYSCALL_notification_set_timer, {OBJECT_NOTIFICATION}},
    {SYSCALL_process_watch, {OBJECT_PROCESS, OBJECT_NOTIFICATION}},
    {SYSCALL_seg_set_access, {OBJECT_VAS, OBJECT_SEG}},
    {SYSCALL_seg_discard, {OBJECT_SEG}},
    {SYSCALL_seg_fill, {OBJECT_SEG}},
    {SYSCALL_seg_supply, {OBJECT_SEG}},
    {SYSCALL_link_info, {OBJECT_SEG}},
    {SYSCALL_vas_clone, {OBJECT_VAS}},
    {SYSCALL_vas_switch_until, {OBJECT_VIEW}},
    {SYSCALL_seg_mark_consistent, {OBJECT_SEG}},
    {SYSCALL_gate_create, {OBJECT_VIEW}},
    {SYSCALL_gate_add_stack, {OBJECT_GATE}},
    {SYSCALL_gate_info, {OBJECT_GATE}},
    {SYSCALL_gate_call, {OBJECT_GATE}},
};

static uint16_t wish(uint64_t number, int position)
{
    for (size_t i = 0; i < array_count(wishes); i++) {
        if (wishes[i].number == number)
            return wishes[i].types[position];
    }
    return OBJECT_NONE;
}

/* A handle of the process that runs, of this type if it has one; now and then any old one. */
static uint64_t random_handle(uint16_t type)
{
    const struct cap_table *caps = cpu_this()->caps;
    uint64_t found = handles[random_below(NHANDLES)];
    if (random_below(8) == 0)
        return found;
    for (int tries = 0; tries < 40; tries++) {
        const struct cap *cap =
            &caps->pages[random_below(caps->npages)][random_below(CAPS_PER_PAGE)];
        if (cap->handle == 0)
            continue;
        found = (uint64_t)cap->handle;
        if (type == OBJECT_NONE || cap->type == type)
            break;
    }
    return found;
}

static uint64_t random_address(void)
{
    const uint64_t addresses[] = {
        0,           WORLD_BUFFER, WORLD_BUFFER + 4095, WORLD_BUFFER + MIB - 8,
        GIB,         VAS_BASE,     VAS_CHOSEN_BASE,     HOME_END - 2 * MIB,
        USER_END,    USER_END - 1, PHYS_WINDOW,         UINT64_MAX,
        HOME_END - 1};
    return addresses[random_below(array_count(addresses))];
}

static uint64_t random_size(void)
{
    const uint64_t sizes[] = {
        0, 1, PAGE_SIZE, 5 * MIB, 33 * MIB, 20 * GIB, 8 * 1024 * GIB, UINT64_MAX, UINT64_MAX - 4095,
        40};
    return sizes[random_below(array_count(sizes))];
}

static uint64_t random_argument(void)
{
    switch (random_below(8)) {
    case 0:
        return random_address();
    case 1:
        return random_size();
    case 2:
    case 3:
        return random_below(8);
    case 4:
        return (uint64_t)(random_below(2) == 0 ? HANDLE_SELF : HANDLE_HOME);
    case 5:
        return random_below(0x1000);
    default:
        return random_handle(OBJECT_NONE);
    }
}

static bool has_message(uint64_t number)
{
    return (number >= SYSCALL_endpoint_call && number <= SYSCALL_endpoint_reply) ||
           number == SYSCALL_endpoint_reply_receive;
}

static bool makes(uint64_t number)
{
    return number == SYSCALL_process_create || number == SYSCALL_vas_create ||
           number == SYSCALL_endpoint_create || number == SYSCALL_pool_create ||
           number == SYSCALL_notification_create;
}

static uint64_t random_flags(void)
{
    if (random_below(4) == 0)
        return SEG_PAGED | (random_below(2) == 0 ? SEG_SPARSE : 0);
    return random_below(4) | (random_below(2) == 0 ? SEG_LOCKABLE : 0);
}

/* Arguments in the places where the commonest calls can use them. */
static uint64_t argument_for(uint64_t number, int position)
{
    if (random_below(4) == 0)
        return random_argument();
    if (number == SYSCALL_seg_create)
        return position == 2   ? random_address()
               : position == 3 ? random_size()
               : position == 4 ? random_flags()
                               : 0;
    if (number == SYSCALL_thread_create && position > 0)
        return random_below(32);
    if (makes(number) && position < 2)
        return random_below(4);
    if (number == SYSCALL_pool_next && position == 2)
        return random_below(2) * RIGHT_INFO | random_below(2) * RIGHT_POOL_OPEN;
    if (number == SYSCALL_pool_next && position == 1)
        return random_below(2) * random_handle(OBJECT_VAS);
    if (number == SYSCALL_pool_caps && position > 1)
        return position == 3 ? WORLD_BUFFER : random_below(3);
    if (number == SYSCALL_pool_create && position == 2)
        return random_below(2000);
    if ((makes(number) && position == 2) || (number == SYSCALL_pool_create && position == 3))
        return random_below(3) == 0 ? random_handle(OBJECT_POOL) : 0;
    if ((number == SYSCALL_seg_discard || number == SYSCALL_seg_fill) && position > 0)
        return random_below(4) << PAGE_SHIFT;
    if (number == SYSCALL_seg_supply && position > 0)
        return position == 2 ? WORLD_BUFFER : random_below(4) << PAGE_SHIFT;
    if ((number == SYSCALL_link_info || number == SYSCALL_vas_clone) && position == 1)
        return random_below(3);
    if (number == SYSCALL_link_info && position == 2)
        return WORLD_BUFFER;
    if (number == SYSCALL_vas_clone && position == 2)
        return 0;
    if (number == SYSCALL_gate_create && position > 0)
        return position == 4 && random_below(3) == 0 ? random_handle(OBJECT_POOL) : 0;
    if (number == SYSCALL_gate_add_stack && position > 0)
        return random_below(0x1000) << 3;
    if (number == SYSCALL_endpoint_reply || number == SYSCALL_thread_resume)
        return position == 0 ? WORLD_BUFFER : 0;
    if (position == 0 || (position == 1 && number >= SYSCALL_vas_attach))
        return wish(number, position) == OBJECT_NONE && position == 1
                   ? WORLD_BUFFER
                   : random_handle(wish(number, position));
    return position == 1 ? WORLD_BUFFER : random_below(8);
}

/* Ending oneself or sleeping is rarer than the rest, or little else would happen. */
static uint64_t random_number(void)
{
    uint64_t number = random_below(SYSCALLS);
    if (makes(number) && random_below(4) != 0)
        return SYSCALL_cap_derive;
    if (number == SYSCALL_notification_wait && random_below(4) != 0)
        return SYSCALL_seg_attach;
    bool serves = cpu_this()->thread->rendezvous.serves != NULL;
    if (serves && random_below(4) == 0)
        return random_below(2) == 0 ? SYSCALL_endpoint_reply : SYSCALL_endpoint_reply_receive;
    if (random_below(32) == 0)
        return random_below(3) != 0 ? SYSCALL_gate_call : SYSCALL_gate_return;
    if (random_below(16) == 0)
        return random_below(2) == 0 ? SYSCALL_endpoint_call : SYSCALL_endpoint_receive;
    bool rare = number == SYSCALL_process_exit || number == SYSCALL_thread_exit ||
                number == SYSCALL_thread_wait || number == SYSCALL_process_wait ||
                number == SYSCALL_object_destroy || number == SYSCALL_cap_revoke;
    return rare && random_below(80) != 0 ? (uint64_t)SYSCALL_seg_attach : number;
}

/* A message that can be sent, most of the time, if the thread's view has the buffer. */
static void write_message(uint64_t *tag)
{
    uint64_t most = random_below(2) == 0 ? MESSAGE_SHORT_WORDS : MESSAGE_WORDS + 1;
    struct message message = {.nwords = (uint32_t)random_below(most + 1)};
    uint64_t flags = 0;
    if (random_below(3) == 0)
        message.ncaps = (uint16_t)random_below(MESSAGE_CAPS + 2);
    flags |= random_below(8) != 0 ? MESSAGE_BUFFER : 0;
    flags |= random_below(3) != 0 ? MESSAGE_DEADLINE : 0;
    flags |= random_below(8) == 0 ? MESSAGE_SHORT : 0;
    for (size_t i = 0; i < MESSAGE_CAPS; i++)
        message.caps[i] =
            (struct message_cap){(handle_t)random_handle(OBJECT_NONE),
                                 random_below(2) == 0 ? MESSAGE_ALL_RIGHTS : random_below(0x1000)};
    struct trap_frame *frame = &cpu_this()->thread->context.frame;
    frame->rbp = WORLD_BUFFER;
    frame->rbx = machine.now + random_below(3000000);
    *tag = MESSAGE_TAG(message.nwords, message.ncaps, flags);
    status_t status = user_write(UPTR(WORLD_BUFFER), &message, sizeof(message));
    (void)status;
}

static bool waits(void)
{
    const struct thread *thread = cpu_this()->thread;
    return thread != NULL && thread->state == THREAD_BLOCKED;
}

/* Few words, which are zero as a rule, so that threads meet there; and most waits end. */
static void think_of_futexes(uint64_t number, uint64_t a[6])
{
    const uint64_t word = WORLD_BUFFER + MIB / 2;
    if (random_below(8) == 0)
        return;
    a[0] = word + 8 * random_below(3);
    a[1] = number == SYSCALL_futex_requeue ? word + 8 * random_below(3) : random_below(2);
    a[2] = number == SYSCALL_futex_wait ? machine.now + random_below(5000000) : 0;
    a[3] = random_below(2);
    a[4] = random_below(3);
    a[5] = random_below(4) == 0;
    if (random_below(4) == 0 && number == SYSCALL_futex_wait) {
        a[1] = cpu_this()->thread->object.id - random_below(3);
        status_t status = user_write(UPTR(a[0]), &a[1], sizeof(a[1]));
        (void)status;
    }
}

static int64_t random_call(void)
{
    uint64_t a[6];
    uint64_t number = random_number();
    for (int i = 0; i < 6; i++)
        a[i] = argument_for(number, i);
    if (has_message(number))
        write_message(&a[1]);
    if (number == SYSCALL_thread_sleep)
        a[0] = random_below(3000000);
    if (number == SYSCALL_notification_wait || number == SYSCALL_notification_set_timer) {
        a[1] = random_below(8);
        a[2] = random_below(8) == 0 ? UINT64_MAX : machine.now + random_below(3000000);
        a[3] = random_below(3) == 0 ? 0 : random_below(3000000);
    }
    if (number == SYSCALL_thread_set_cpu)
        a[1] = random_below(3);
    if (number >= SYSCALL_futex_wait && number <= SYSCALL_futex_requeue)
        think_of_futexes(number, a);
    int64_t result = world_call(number, a);
    nmessages += has_message(number) && result == WORLD_MESSAGE;
    nsuccesses[number] += result >= 0 || result <= SYSCALL_RESUME || waits();
    if (result > 63 && result != WORLD_MESSAGE)
        handles[random_below(NHANDLES)] = (uint64_t)result;
    return result;
}

/* Views with locks, which random calls seldom make from nothing. */
static void make_locks(void)
{
    handle_t vas = world_vas();
    must(sys_seg_attach(vas, world_seg(0, PAGE_SIZE, SEG_LOCKABLE), ACCESS_RW));
    must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_RW));
    must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ));
}

/* Threads that meet at an endpoint. */
static void make_company(void)
{
    must(sys_endpoint_create('e', 0, 0));
    for (int i = 0; i < COMPANY; i++)
        (void)world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
}

/* Another process with a gate, to which the first has a capability, too. Its thread comes to run as
 * the others do. */
static void make_owner(void)
{
    handle_t process;
    struct cap *cap;
    struct process *owner = world_enter(&process);
    handle_t gate = must(sys_gate_create(HANDLE_HOME, WORLD_ENTRY, 'g', 0, 0));
    for (uint64_t i = 1; i <= 2; i++)
        must(sys_gate_add_stack(gate, i << PAGE_SHIFT, 0));
    assert_ok(cap_lookup(&owner->caps, gate, &cap));
    assert_ok(cap_reserve(&world.init->caps));
    process_place(world.init, cap, cap->rights, 0);
    (void)world_return(sys_thread_sleep(1000000));
}

static void run_round(void)
{
    machine_start(MACHINE_RAM, MACHINE_FEATURES);
    machine.may_leak = true;                        /* threads may wait for each other for ever */
    machine.tick_steps = (unsigned)random_below(5); /* long work is interrupted */
    world_start();
    make_locks();
    make_company();
    make_owner();
    for (int i = 1; i <= CALLS; i++) {
        if (world_return(random_call()) == NULL)
            return;
        if (cpu_this()->thread->fault.endpoint != 0 && random_below(4) == 0)
            fault_page(random_address(), ACCESS_READ, WORLD_ENTRY);
        if (cpu_this()->resched != 0 && machine_run() == NULL)
            return;
        if (random_below(8) == 0) {
            machine.now += 1000000;
            sched_tick();
        }
        if (world_return(0) == NULL)
            return;
        if (i % 256 == 0)
            check_everything();
    }
    assert_true(pool_root.pool.charged <= pool_root.pool.limit);
    machine_stop();
}

static void test_fuzz_any_call_with_any_argument_is_harmless(void **state)
{
    (void)state;
    random_seed(1);
    for (int round = 0; round < ROUNDS; round++)
        run_round();
}

/* Each call that can succeed for an ordinary process did. */
static void test_fuzz_reaches_every_call(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < SYSCALLS; i++) {
        bool needs_a_device = i == SYSCALL_console_write || i == SYSCALL_console_read ||
                              i == SYSCALL_system_exit || i == SYSCALL_system_power ||
                              i == SYSCALL_debug_check || i == SYSCALL_lock_times ||
                              i == SYSCALL_system_trace || i == SYSCALL_system_trace_read;
        if (!needs_a_device && nsuccesses[i] == 0)
            fail_msg("%s never succeeded", syscall_name(i));
    }
    assert_true(nmessages >= ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fuzz_any_call_with_any_argument_is_harmless),
        cmocka_unit_test(test_fuzz_reaches_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
