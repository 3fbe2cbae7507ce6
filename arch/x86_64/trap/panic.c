/*
 * The last words of the kernel: the reason, the registers and how it came there.
 *
 * Nothing here relies on what may be broken. The CPU's number comes from the address of the stack,
 * not from GS; the backtrace reads only inside stacks that are mapped. A panic in a panic says only
 * its reason, a third one nothing.
 */
#include "trap/panic.h"

#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/power.h>

#include "base/log.h"
#include "cpu/instr.h"
#include "cpu/percpu.h"
#include "trap/symbols.h"

#define BACKTRACE_MAX 32

/* What -fno-omit-frame-pointer leaves on the stack. */
struct call {
    const struct call *caller;
    uint64_t return_address;
};

struct stack {
    uint64_t base, end;
};

extern char early_stack[], early_stack_end[];

static uint64_t speaker; /* number of the CPU that panics, and 1 */
static uint32_t depth;   /* panics that have begun */

static bool stack_holds(struct stack stack, uint64_t address, uint64_t nbytes)
{
    return address >= stack.base && address < stack.end && stack.end - address >= nbytes;
}

/* The mapped stack that holds nbytes at this address; an empty one if none does. */
static struct stack stack_of(uint64_t address, uint64_t nbytes)
{
    const struct stack early = {(uint64_t)early_stack, (uint64_t)early_stack_end};
    if (stack_holds(early, address, nbytes))
        return early;
    uint64_t number = (address - CPU_WINDOW) / CPU_AREA_BYTES;
    if (address < CPU_WINDOW || number >= cpu_count)
        return (struct stack){0, 0};
    const cpu_id_t id = {(uint32_t)number};
    uint64_t base = cpu_area(id) + CPU_STACK_OFFSET;
    struct stack stack = {base, base + CPU_STACK_BYTES};
    for (uint64_t n = 1; n <= TRAP_STACKS && !stack_holds(stack, address, nbytes); n++) {
        base = cpu_trap_stack(id, n);
        stack = (struct stack){base, base + CPU_TRAP_STACK_BYTES};
    }
    return stack_holds(stack, address, nbytes) ? stack : (struct stack){0, 0};
}

/* `back` is 1 for a return address: the call before it may be the last instruction of its
 * function. */
static void print_place(uint64_t address, uint64_t back)
{
    uint64_t offset = 0;
    const char *name = symbol_find(address - back, &offset);
    if (name != NULL)
        log_text("  0x%016lx %s+0x%lx\n", address, name, offset + back);
    else
        log_text("  0x%016lx\n", address);
}

/* Follows the frame pointers up one stack: each must lie above the one before. */
static void print_calls(const struct call *call)
{
    struct stack stack = stack_of((uint64_t)call, sizeof(*call));
    for (int i = 0; i < BACKTRACE_MAX; i++) {
        uint64_t address = (uint64_t)call;
        if (!is_aligned(address, sizeof(uint64_t)) || !stack_holds(stack, address, sizeof(*call)))
            return;
        if (call->return_address == 0)
            return;
        print_place(call->return_address, 1);
        stack.base = address + sizeof(*call);
        call = call->caller;
    }
    log_text("  ...\n");
}

/* Where the trap struck, and how it came there. A jump into nowhere has left no frame yet: its
 * caller is the word on top of the stack. */
static void print_trapped(const struct trap_frame *f)
{
    uint64_t offset;
    print_place(f->rip, 0);
    if ((f->cs & 3) != 0)
        return;
    if (symbol_find(f->rip, &offset) == NULL && stack_of(f->rsp, sizeof(uint64_t)).end != 0)
        print_place(*(const uint64_t *)f->rsp, 1);
    print_calls((const struct call *)f->rbp);
}

/* By its stack; CPUS_MAX for one that still boots. */
static uint64_t cpu_number(void)
{
    uint64_t rsp = cpu_read_rsp();
    uint64_t number = (rsp - CPU_WINDOW) / CPU_AREA_BYTES;
    return rsp >= CPU_WINDOW && number < cpu_count ? number : CPUS_MAX;
}

static void print_cpu(void)
{
    uint64_t number = cpu_number();
    if (number < CPUS_MAX)
        log_text("CPU %lu", number);
    else
        log_text("CPU at boot");
    log_text("  cr0 %016lx  cr2 %016lx\n", cpu_read_cr0(), cpu_read_cr2());
    log_text("       cr3 %016lx  cr4 %016lx\n", cpu_read_cr3(), cpu_read_cr4());
}

static void print_frame(const struct trap_frame *f)
{
    log_text("vector %lu  error %lx  rip %04lx:%016lx  rflags %lx\n", f->vector, f->error, f->cs,
             f->rip, f->rflags);
    log_text("rax %016lx  rbx %016lx  rcx %016lx\n", f->rax, f->rbx, f->rcx);
    log_text("rdx %016lx  rsi %016lx  rdi %016lx\n", f->rdx, f->rsi, f->rdi);
    log_text("rbp %016lx  rsp %016lx  r8  %016lx\n", f->rbp, f->rsp, f->r8);
    log_text("r9  %016lx  r10 %016lx  r11 %016lx\n", f->r9, f->r10, f->r11);
    log_text("r12 %016lx  r13 %016lx  r14 %016lx\n", f->r12, f->r13, f->r14);
    log_text("r15 %016lx  ss  %016lx\n", f->r15, f->ss);
}

/* Of several CPUs that panic, as all do after a machine check, the first speaks. */
static void claim(void)
{
    uint64_t nobody = 0;
    uint64_t self = cpu_number() + 1;
    if (!__atomic_compare_exchange_n(&speaker, &nobody, self, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        nobody != self)
        cpu_stop();
}

static void print_reason(const char *format, va_list args)
{
    cpu_disable_interrupts();
    claim();
    if (++depth > 2)
        cpu_stop();
    if (cpu_count > 1 && depth == 1)
        cpu_stop_others();
    log_set_sink(console_put_at_once);
    log_text("\nPANIC%s: ", depth > 1 ? " in a panic" : "");
    log_args(format, args);
    log_text("\n");
    if (depth > 1)
        power_stop(POWER_CODE_PANIC);
}

void panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_reason(format, args);
    va_end(args);
    print_cpu();
    log_text("backtrace:\n");
    print_calls(__builtin_frame_address(0));
    power_stop(POWER_CODE_PANIC);
}

void panic_with_frame(const struct trap_frame *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_reason(format, args);
    va_end(args);
    print_cpu();
    print_frame(f);
    log_text("backtrace:\n");
    print_trapped(f);
    power_stop(POWER_CODE_PANIC);
}
