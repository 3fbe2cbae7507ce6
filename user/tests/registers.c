/* What the kernel keeps of a program's registers, and what it gives back. */
#include "registers.h"

#include <string.h>

#include "abi/syscalls.h"
#include "child.h"
#include "test.h"
#include "worker.h"

#define FLAG_RESERVED 0x2
#define FLAG_DIRECTION 0x400
#define FLAG_INTERRUPT 0x200
#define FLAG_ID 0x200000
#define FLAG_ALIGNMENT 0x40000

/* A recognisable value in every register but the call's own. */
static struct raw_registers registers_marked(uint64_t number)
{
    struct raw_registers r;
    uint64_t *words = (uint64_t *)&r;
    for (size_t i = 0; i < sizeof(r) / 8; i++)
        words[i] = 0xbad0000000000000 + i * 0x11111;
    r.rax = number;
    r.rflags = FLAG_INTERRUPT | FLAG_RESERVED;
    return r;
}

static void check_kept(const struct raw_registers *before, const struct raw_registers *after)
{
    check_eq(after->rbx, before->rbx);
    check_eq(after->rbp, before->rbp);
    check_eq(after->r12, before->r12);
    check_eq(after->r13, before->r13);
    check_eq(after->r14, before->r14);
    check_eq(after->r15, before->r15);
}

/* A caller-saved register comes back as zero or as it was: nothing of the kernel's is left in
 * it. */
static void check_cleared(const struct raw_registers *before, const struct raw_registers *after)
{
    check(after->rdi == 0 || after->rdi == before->rdi);
    check(after->rsi == 0 || after->rsi == before->rsi);
    check(after->rdx == 0 || after->rdx == before->rdx);
    check(after->r8 == 0 || after->r8 == before->r8);
    check(after->r9 == 0 || after->r9 == before->r9);
    check(after->r10 == 0 || after->r10 == before->r10);
}

/* Every call but those that do not return, with arguments that are garbage. */
void test_registers_are_kept_or_cleared_by_every_call(void)
{
    for (uint64_t number = 0; number <= SYSCALLS; number++) {
        if (number == SYSCALL_thread_exit || number == SYSCALL_process_exit ||
            number == SYSCALL_thread_sleep)
            continue;
        struct raw_registers before = registers_marked(number), after = before;
        raw_call(&after);
        check_kept(&before, &after);
        check_cleared(&before, &after);
    }
}

/* The same where the call takes the slow way: the caller blocks and others run meanwhile. */
void test_registers_are_kept_by_a_call_that_blocks(void)
{
    struct raw_registers before = registers_marked(SYSCALL_thread_sleep), after;
    before.rdi = 3 * MILLISECOND;
    after = before;
    raw_call(&after);
    check_eq(after.rax, STATUS_OK);
    check_kept(&before, &after);
    check_cleared(&before, &after);
}

void test_registers_are_kept_by_the_switch(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    const handle_t way[] = {view, view, HANDLE_HOME, HANDLE_HOME, view, HANDLE_HOME};
    for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
        struct raw_registers before = registers_marked(SYSCALL_vas_switch), after;
        before.rdi = (uint64_t)way[i];
        after = before;
        raw_call(&after);
        check_eq(after.rax, STATUS_OK);
        check_kept(&before, &after);
        check_cleared(&before, &after);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(vas);
}

/* The program's flags come back as they were, and do not disturb the kernel meanwhile. */
void test_flags_are_kept_by_calls(void)
{
    const uint64_t extra[] = {0, FLAG_DIRECTION, FLAG_ID, FLAG_ALIGNMENT,
                              FLAG_DIRECTION | FLAG_ID | FLAG_ALIGNMENT};
    const uint64_t seen = FLAG_DIRECTION | FLAG_ID | FLAG_ALIGNMENT | FLAG_INTERRUPT;
    static struct system_info info;
    for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
        struct raw_registers r = registers_marked(SYSCALL_system_info);
        memset(&info, 0, sizeof(info));
        r.rdi = (uintptr_t)&info;
        r.rflags |= extra[i];
        raw_call(&r);
        check_eq(r.rax, STATUS_OK);
        check_eq(r.rflags & seen, FLAG_INTERRUPT | extra[i]);
        check(info.total_frames > 0);
    }
}

static uint64_t body_integers(struct worker *worker)
{
    return integers_hold(worker->argument, worker->result);
}

/* Long enough for several time slices each. */
void test_registers_are_kept_by_preemption(void)
{
    static struct worker workers[3];
    for (size_t i = 0; i < 3; i++) {
        workers[i] =
            (struct worker){.argument = 0x123456789 * (i + 1), .result = test_scaled(30000000)};
        require(worker_start(&workers[i], i, body_integers, PRIORITY_DEFAULT));
    }
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&workers[i]), 0);
}

static uint64_t body_gs_base(struct worker *worker)
{
    return gs_base_hold(worker->argument, 50);
}

void test_registers_hold_a_gs_base_of_each_thread(void)
{
    static struct worker workers[2];
    if (!kit_has_feature(FEATURE_FSGSBASE))
        skip("no FSGSBASE");
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (struct worker){.argument = 0x1000 * (i + 1)};
        require(worker_start(&workers[i], i, body_gs_base, PRIORITY_DEFAULT));
    }
    check_eq(gs_base_hold(0x777000, 50), 0);
    for (size_t i = 0; i < 2; i++)
        check_eq(worker_end(&workers[i]), 0);
}

static uint64_t body_vectors(struct worker *worker)
{
    return vectors_hold(worker->argument, worker->result, worker->argument & 1);
}

/* Two by yielding, two by being interrupted, this thread between them, each its own pattern. */
void test_vectors_are_kept_in_each_thread(void)
{
    static struct worker workers[4];
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){.argument = 0x1234500 + i, .result = test_scaled(600)};
        require(worker_start(&workers[i], i, body_vectors, PRIORITY_DEFAULT));
    }
    check_eq(vectors_hold(0x7777777, test_scaled(600), 1), 0);
    for (size_t i = 0; i < 4; i++)
        check_eq(worker_end(&workers[i]), 0);
}

void test_vectors_are_kept_in_each_process(void)
{
    struct child children[3];
    for (uint64_t i = 0; i < 3; i++) {
        struct child_task task = {.address = test_scaled(600), .value = 0x5555550 + i};
        require(child_make(&children[i], "vectors", &code_vectors));
        require(child_start(&children[i], &task));
    }
    check_eq(vectors_hold(0x6666666, test_scaled(300), 1), 0);
    for (size_t i = 0; i < 3; i++) {
        struct process_info info = child_end(&children[i]);
        check_eq(info.reason, END_EXIT);
        check_eq(info.status, 0);
    }
}

static uint64_t body_ymm(struct worker *worker)
{
    return ymm_hold(worker->argument, 200);
}

void test_vectors_of_256_bits_are_kept(void)
{
    static struct worker workers[2];
    if (!cpu_has_avx())
        skip("AVX is not in use");
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (struct worker){.argument = 0x4444000 + i * 0x100};
        require(worker_start(&workers[i], i, body_ymm, PRIORITY_DEFAULT));
    }
    check_eq(ymm_hold(0x3333333, 200), 0);
    for (size_t i = 0; i < 2; i++)
        check_eq(worker_end(&workers[i]), 0);
}

/* A new thread sees none of its maker's vector registers. */
void test_vectors_of_a_new_process_are_zero(void)
{
    check_eq(vectors_hold(0x7777777, 2, 1), 0);
    struct process_info info = child_run(&code_vectors_zero, 0, 0, (struct child_task){0});
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 0);
}
