/* The rest of the machine: interrupts from CPU to CPU, contexts, clock, console. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arch/clock.h>
#include <arch/console.h>
#include <arch/context.h>
#include <arch/ipi.h>
#include <arch/power.h>
#include <arch/vectors.h>

#include "base/assert.h"
#include "cpu/instr.h"
#include "oracle.h"
#include "trap/mishap.h"
#include "trap/panic.h"

uint64_t features_in_use;
uint64_t clock_value;
char syscall_entry[1], syscall_entry_traced[1]; /* whose addresses trap.c looks at */

/* It comes when it comes (entry.c); what was stored before is seen by then. */
void ipi_send(cpu_id_t cpu, uint8_t vector)
{
    stores_drain();
    model_cpus[cpu.v].pending |= vector == VECTOR_ASK ? PENDING_ASK : PENDING_CHOOSE;
    point();
}

/* Who waits gives way at once, for the most part. */
void cpu_pause(void)
{
    if (SELDOM(4))
        stores_drain();
    if (OFTEN(8))
        pass_turn();
}

void cpu_count_event(enum counter c)
{
    cpu_that_runs->counters[c]++;
}

uint64_t cpu_cycles(void)
{
    return clock_value;
}

void cpu_follow_trace(void)
{
}

void cpu_stop(void)
{
    oracle_fails("a CPU is stopped");
}

bool cpu_is_told_to_stop(void)
{
    return false;
}

void interrupt_done(void)
{
}

/* --- contexts -------------------------------------------------------------------------------- */

uint64_t context_vector_bytes(void)
{
    return 512;
}

void context_init(struct context *c, void *vectors, uint64_t entry, uint64_t stack,
                  uint64_t argument, uint64_t tls)
{
    *c = (struct context){.fs_base = tls, .vectors = vectors};
    c->frame.rip = entry;
    c->frame.rsp = stack;
    c->frame.rdi = argument;
}

void context_report(const struct context *c, struct fault_report *report)
{
    report->rip = c->frame.rip;
}

void context_take_report(struct context *c, const struct fault_report *report)
{
    c->frame.rip = report->rip;
}

void context_save(struct context *c)
{
    memory_touched(c);
}

void context_load(const struct context *c)
{
    memory_touched(c);
}

void context_switch(struct context *from, const struct context *to)
{
    context_save(from);
    context_load(to);
}

bool context_has_fsgsbase(void)
{
    return true;
}

uint64_t context_swap_tls(struct context *c, uint64_t base)
{
    uint64_t before = c->fs_base;
    c->fs_base = base;
    return before;
}

void context_throw_back(struct context *c, uint64_t rip, uint64_t rsp, uint64_t fs_base,
                        int64_t status)
{
    (void)rsp;
    c->frame.rip = rip;
    c->frame.rax = (uint64_t)status;
    c->fs_base = fs_base;
}

void context_set_tls(struct context *c, uint64_t base)
{
    c->fs_base = base;
}

/* --- clock, console, power ------------------------------------------------------------------- */

void clock_tick_off(void)
{
}

void clock_tick_on(void)
{
}

uint64_t clock_now(void)
{
    return clock_value += 100;
}

uint64_t clock_tsc_hz(void)
{
    return 1000000000;
}

void console_put(char c)
{
    (void)c;
}

bool console_is_behind(void)
{
    return false;
}

void console_draw_some(void)
{
}

void console_take_input(void)
{
}

int console_get(void)
{
    return -1;
}

bool power_off(void)
{
    return false;
}

void power_reboot(void)
{
    oracle_fails("the machine is started again");
}

void power_stop(uint64_t code)
{
    oracle_fails("the machine is stopped with code %lu", code);
}

/* --- the end --------------------------------------------------------------------------------- */

bool oracle_aborts;
uint64_t seed_now;

/* Never twice: what fails now has failed because of the first. */
static _Noreturn void fails(const char *format, va_list args)
{
    static bool again;
    if (!again) {
        again = true;
        printf("oracle: ");
        vprintf(format, args);
        printf("\noracle: caught after %lu operations, with seed %lu after %lu\n", operations_total,
               seed_now, operations_done);
        fflush(NULL);
    }
    if (oracle_aborts)
        abort();
    _exit(1);
}

void oracle_fails(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fails(format, args);
}

void panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fails(format, args);
}

void mishap_nmi(const struct trap_frame *f)
{
    (void)f;
}

void mishap_machine_check(const struct trap_frame *f)
{
    oracle_fails("a machine check at 0x%lx", f->rip);
}

void panic_with_frame(const struct trap_frame *f, const char *format, ...)
{
    va_list args;
    (void)f;
    va_start(args, format);
    fails(format, args);
}
