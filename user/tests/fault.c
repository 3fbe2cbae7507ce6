/* Faults that a thread handles itself. */
#include <vasco/fault.h>
#include <vasco/thread.h>

#include <string.h>

#include "child.h"
#include "kit.h"
#include "test.h"

static char stack[2 * FAULT_STACK_BYTES];
static struct fault_report seen;
static unsigned nseen;

static void handle_skip(struct fault_report *report);

/* Instructions that fault, and how long each is. */
static volatile uint64_t *volatile nowhere = (volatile uint64_t *)0x1000;

static void fault_read(void)
{
    __asm__ volatile("movq (%0), %%rax" : : "r"(nowhere) : "rax", "memory"); /* 48 8b 0x */
}

static void fault_write(void)
{
    __asm__ volatile("movq %%rax, (%0)" : : "r"(nowhere) : "memory");
}

static void fault_opcode(void)
{
    __asm__ volatile("ud2; nop");
}

static void fault_privilege(void)
{
    __asm__ volatile("cli; nop; nop");
}

/* Goes on 3 bytes later: each of these instructions, with its padding, is that long. */
static void handle_skip(struct fault_report *report)
{
    seen = *report;
    nseen++;
    report->rip += 3;
}

static void expect_fault(void (*body)(void), uint32_t kind, uint32_t vector, uint64_t access)
{
    unsigned before = nseen;
    body();
    check_eq(nseen, before + 1);
    check_eq(seen.kind, kind);
    check_eq(seen.vector, vector);
    check_eq(seen.access, access);
    check_eq(seen.view, HANDLE_HOME);
    check_eq(seen.address, kind == FAULT_PAGE ? 0x1000 : seen.rip);
}

void test_fault_of_every_kind_reaches_the_handler(void)
{
    require_eq(fault_handler_set(handle_skip, stack, sizeof(stack)), STATUS_OK);
    for (int turn = 0; turn < 3; turn++) {
        expect_fault(fault_read, FAULT_PAGE, 14, ACCESS_READ);
        expect_fault(fault_write, FAULT_PAGE, 14, ACCESS_WRITE);
        expect_fault(fault_opcode, FAULT_EXCEPTION, 6, 0);
        expect_fault(fault_privilege, FAULT_EXCEPTION, 13, 0);
    }
    check_eq(fault_handler_set(NULL, NULL, 0), STATUS_OK);
}

/* A child whose handler is its own first instruction, which faults again: the second fault ends
 * it. */
void test_fault_in_a_handler_ends_the_process(void)
{
    static const uint8_t bytes[] = {
        0x48, 0x89, 0xf8,                         /* mov rax, rdi: the task */
        0xbf, 0x1d, 0x00, 0x40, 0x00,             /* mov edi, the handler below */
        0x48, 0x8d, 0xb0, 0x00, 0x08, 0x00, 0x00, /* lea rsi, [rax + 0x800] */
        0xb8, 0x27, 0x00, 0x00, 0x00,             /* mov eax, thread_set_handler */
        0x0f, 0x05,                               /* syscall */
        0x0f, 0x0b,                               /* ud2 */
        0x90, 0x90, 0x90, 0x90, 0x90,             /* the handler, at 0x40001d */
        0xf4,                                     /* hlt: a general protection fault */
    };
    const struct code code = {bytes, sizeof(bytes)};
    struct child child;
    _Static_assert(SYSCALL_thread_set_handler == 0x27, "as in the code");
    require_eq(CHILD_CODE, 0x400000);
    require(child_make(&child, "twice", &code));
    struct child_task task = {0};
    require(child_start(&child, &task));
    test_expect_log("process 'twice' .*general protection fault");
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 13);
}

/* Vector registers and flags as well. */
static void handle_clobber(struct fault_report *report)
{
    seen = *report;
    __asm__ volatile("pxor %%xmm3, %%xmm3; pxor %%xmm15, %%xmm15" : : : "xmm3", "xmm15");
    report->rip += 3;
}

void test_fault_handler_keeps_all_registers(void)
{
    uint64_t before[4] = {0x1111, 0x2222, 0x3333, 0x4444}, after[4], flags, rdx, r8, r15;
    require_eq(fault_handler_set(handle_clobber, stack, sizeof(stack)), STATUS_OK);
    __asm__ volatile("movdqu (%4), %%xmm3\n\t"
                     "movdqu 16(%4), %%xmm15\n\t"
                     "mov $0xd, %%edx\n\t"
                     "mov $0x8, %%r8d\n\t"
                     "mov $0xf, %%r15d\n\t"
                     "stc\n\t"
                     "ud2; nop\n\t"
                     "pushfq\n\t"
                     "pop %3\n\t"
                     "movdqu %%xmm3, (%5)\n\t"
                     "movdqu %%xmm15, 16(%5)\n\t"
                     "mov %%rdx, %0\n\t"
                     "mov %%r8, %1\n\t"
                     "mov %%r15, %2"
                     : "=&r"(rdx), "=&r"(r8), "=&r"(r15), "=&r"(flags)
                     : "r"(before), "r"(after)
                     : "rdx", "r8", "r15", "xmm3", "xmm15", "memory", "cc");
    check(memcmp(before, after, sizeof(before)) == 0);
    check_eq(rdx, 0xd);
    check_eq(r8, 0x8);
    check_eq(r15, 0xf);
    check_eq(flags & 1, 1);
    check_eq(seen.rdx, 0xd);
    check_eq(seen.r15, 0xf);
    check_eq(seen.rflags & 1, 1);
    check_eq(fault_handler_set(NULL, NULL, 0), STATUS_OK);
}

/* --- lost views ----------------------------------------------------------------------------- */

static volatile handle_t worker_view;
static volatile int worker_result, worker_stop;

static void handle_lost(struct fault_report *report)
{
    seen = *report;
    nseen++;
    worker_stop = 1;
}

static void body_sleep(void *argument)
{
    (void)argument;
    static char own[FAULT_STACK_BYTES];
    nseen = 0;
    worker_result = fault_handler_set(handle_lost, own, sizeof(own)) != STATUS_OK ||
                    sys_vas_switch(worker_view) != STATUS_OK;
    worker_result |= sys_thread_sleep(5 * MILLISECOND) != STATUS_OK;
    worker_result |= sys_vas_active() != HANDLE_HOME;
}

static void body_spin(void *argument)
{
    (void)argument;
    static char own[FAULT_STACK_BYTES];
    nseen = 0;
    worker_stop = 0;
    worker_result = fault_handler_set(handle_lost, own, sizeof(own)) != STATUS_OK ||
                    sys_vas_switch(worker_view) != STATUS_OK;
    while (!worker_stop)
        ;
    worker_result |= sys_vas_active() != HANDLE_HOME;
}

static void lose_view_under(void (*body)(void *argument), bool by_revoke)
{
    handle_t vas = kit_vas();
    worker_view = kit_view(vas, ACCESS_READ);
    handle_t view = worker_view;
    handle_t thread = thread_start(body, NULL, PRIORITY_DEFAULT);
    require(thread > 0);
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(kit_thread_info(thread).view, view);
    check_eq(by_revoke ? sys_cap_revoke(vas) : sys_object_destroy(vas), STATUS_OK);
    check_eq(kit_thread_info(thread).view, HANDLE_HOME);
    check_eq(thread_join(thread), STATUS_OK);
    check_eq(worker_result, 0);
    check_eq(nseen, 1);
    check_eq(seen.kind, FAULT_VIEW_LOST);
    check_eq(seen.view, view);
    check_eq(seen.address, seen.rip);
    kit_drop(vas);
}

void test_fault_of_a_lost_view_comes_home_from_sleep(void)
{
    lose_view_under(body_sleep, true);
    lose_view_under(body_sleep, false);
}

void test_fault_of_a_lost_view_comes_home_from_running(void)
{
    lose_view_under(body_spin, true);
    lose_view_under(body_spin, false);
}

void test_fault_of_a_lost_view_spares_who_took_it(void)
{
    handle_t vas = kit_vas(), view = kit_view(vas, ACCESS_READ);
    require_eq(fault_handler_set(handle_lost, stack, sizeof(stack)), STATUS_OK);
    nseen = 0;
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(sys_cap_revoke(vas), STATUS_OK);
    sys_thread_sleep(MILLISECOND);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(nseen, 0);
    check_eq(fault_handler_set(NULL, NULL, 0), STATUS_OK);
    kit_drop(vas);
}

#define BEHIND (VAS_END + PAGE_BYTES) /* the lower half */

/* --- refusals ------------------------------------------------------------------------------- */

void test_fault_handler_refuses_bad_addresses(void)
{
    check_eq(sys_thread_set_handler(BEHIND, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_thread_set_handler(UINT64_MAX, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_thread_set_handler(0x400000, BEHIND + 1), STATUS_BAD_ADDRESS);
    check_eq(fault_handler_set(handle_lost, stack, FAULT_STACK_BYTES - 1), STATUS_BAD_ARGUMENT);
    check_eq(sys_thread_set_handler(0, 0), STATUS_OK);
}

void test_thread_resume_refuses_bad_reports(void)
{
    struct fault_report report = {.rip = BEHIND};
    check_eq(sys_thread_resume(0x1000, 0, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_thread_resume((uintptr_t)&report, 0, 0), STATUS_BAD_ADDRESS);
    report.rip = 0x400000;
    check_eq(sys_thread_resume((uintptr_t)&report, UINT64_MAX, 0), STATUS_BAD_ADDRESS);
    check_eq(sys_thread_resume((uintptr_t)&report, 0, UINT64_MAX), STATUS_BAD_ADDRESS);
}
