/*
 * floor 8: what a trap means. entry.asm has saved the registers; a trap climbs the stairs by one
 * call, into the scheduler or into fault.c.
 */
#include "trap/trap.h"

#include <arch/clock.h>
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>
#include <arch/vectors.h>

#include "abi/objects.h"
#include "base/log.h"
#include "cpu/instr.h"
#include "cpu/registers.h"
#include "obj/fault.h"
#include "obj/sched.h"
#include "obj/trace.h"
#include "trap/mishap.h"
#include "trap/panic.h"

extern char syscall_entry[], syscall_entry_traced[]; /* entry.asm */

/* SDM 3A table 6-1. */
static const char *const words[EXCEPTIONS] = {
    [0] = "division error",
    [1] = "debug exception",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range exceeded",
    [6] = "invalid opcode",
    [7] = "no x87",
    [8] = "double fault",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack-segment fault",
    [13] = "general protection fault",
    [14] = "page fault",
    [16] = "x87 error",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD error",
    [20] = "virtualization exception",
    [21] = "control protection exception",
};

static const char *vector_word(uint64_t vector)
{
    return vector < EXCEPTIONS && words[vector] != NULL ? words[vector] : "reserved exception";
}

/* The part that needs no lock. True for the timer: the scheduler is to be told. */
static bool handle_interrupt(uint64_t vector)
{
    if (vector == VECTOR_SPURIOUS) {
        cpu_count_event(COUNTER_STRAYS);
        return false; /* the APIC expects no acknowledgement (SDM 3A 10.9) */
    }
    interrupt_done();
    if (trace_is_on(cpu_this()))
        trace_interrupt(cpu_this(), vector);
    switch (vector) {
    case VECTOR_TIMER:
        cpu_count_event(COUNTER_TICKS);
        return true;
    case VECTOR_ASK:
        mmu_answer();
        return false;
    case VECTOR_INPUT:
        console_take_input();
        return false;
    case VECTOR_CHOOSE:
        return false;
    default:
        cpu_count_event(COUNTER_STRAYS);
        log_line("trap", "unexpected interrupt, vector %lu", vector);
        return false;
    }
}

/* From user code. True: the kernel lock is held, and a thread is to be chosen. */
static bool interrupt_from_user(uint64_t vector)
{
    struct cpu *cpu = cpu_this();
    bool struck = handle_interrupt(vector) && !sched_tick_alone();
    if (!struck && __atomic_load_n(&cpu->resched, __ATOMIC_RELAXED) == 0)
        return false;
    kernel_lock();
    if (struck)
        sched_tick();
    if (cpu->resched != 0)
        return true;
    kernel_unlock();
    return false;
}

static uint64_t page_fault_access(uint64_t error)
{
    return error & PAGE_FAULT_WRITE   ? ACCESS_WRITE
           : error & PAGE_FAULT_FETCH ? ACCESS_EXECUTE
                                      : ACCESS_READ;
}

static rarely void record_exception(const struct trap_frame *f)
{
    bool is_page_fault = f->vector == VECTOR_PAGE_FAULT;
    trace_fault(cpu_this(), f->vector, is_page_fault ? cpu_read_cr2() : f->rip,
                is_page_fault ? page_fault_access(f->error) : 0, f->rip);
}

static void exception_from_user(const struct trap_frame *f)
{
    if (trace_is_on(cpu_this()))
        record_exception(f);
    if (f->vector != VECTOR_PAGE_FAULT)
        fault_exception(f->vector, vector_word(f->vector), f->rip);
    else if (f->error & PAGE_FAULT_RESERVED)
        panic_with_frame(f, "reserved bit in a page table, address 0x%lx", cpu_read_cr2());
    else
        fault_page(cpu_read_cr2(), page_fault_access(f->error), f->rip);
}

bool trap_from_user(const struct trap_frame *f)
{
    struct cpu *cpu = cpu_this();
    if (feature_used(FEATURE_SMAP))
        cpu_clac(); /* the user's AC flag would lift the guard; only SYSCALL clears it by itself */
    if (f->vector >= EXCEPTIONS)
        return interrupt_from_user(f->vector);
    kernel_lock();
    if (cpu->resched == 0) /* or the thread may be gone, and will fault again if it is not */
        exception_from_user(f);
    if (cpu->resched != 0)
        return true;
    kernel_unlock();
    return false;
}

/* While the CPU idles, or between two steps of long work: the timer's tick is made up for there. */
void trap_from_kernel(const struct trap_frame *f)
{
    if (f->vector >= EXCEPTIONS)
        cpu_this()->ticked |= handle_interrupt(f->vector);
    else if (f->vector == VECTOR_PAGE_FAULT)
        panic_with_frame(f, "page fault in the kernel, address 0x%lx", cpu_read_cr2());
    else
        panic_with_frame(f, "%s in the kernel", vector_word(f->vector));
}

/* Some CPUs (Bochs models one) report a single step over SYSCALL after they have entered the
 * kernel. The user's trap flag is safe in R11 and traps again after SYSRET. */
static bool is_step_into_kernel(const struct trap_frame *f)
{
    return f->vector == VECTOR_DEBUG && (f->rip == (uint64_t)(uintptr_t)syscall_entry ||
                                         f->rip == (uint64_t)(uintptr_t)syscall_entry_traced);
}

void trap_on_own_stack(struct trap_frame *f)
{
    if (is_step_into_kernel(f))
        f->rflags &= ~RFLAGS_TF;
    else if (f->vector == VECTOR_NMI && cpu_is_told_to_stop())
        cpu_stop();
    else if (f->vector == VECTOR_NMI)
        mishap_nmi(f);
    else if (f->vector == VECTOR_MACHINE_CHECK)
        mishap_machine_check(f);
    else
        panic_with_frame(f, "%s", vector_word(f->vector));
}
