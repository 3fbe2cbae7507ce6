/* The machine's own floor, simulated: instructions, contexts, clock, console, power. */
#include <arch/clock.h>
#include <arch/console.h>
#include <arch/context.h>
#include <arch/ipi.h>
#include <arch/kernel_lock.h>
#include <arch/page.h>
#include <arch/power.h>

#include "cpu/instr.h"
#include "machine.h"
#include "mem/frame.h"
#include "mmu/pte.h"
#include "obj/sched.h"
#include "poison.h"
#include "tlb_model.h"

#define CR3_TAG ((uint64_t)0xfff)
#define NS_PER_TICK (1000000000 / TICKS_PER_SECOND)
#define IDLE_SECONDS_MAX 100 /* a machine that idles longer idles for ever */

/* --- instructions --------------------------------------------------------------------------- */

/* What the kernel has freed by now, the TLB can still reach. */
static void note_flush(void)
{
    machine.free_at_flush = frame_count_free();
}

void cpu_write_cr3(uint64_t value)
{
    machine.cr3 = value & ~CR3_KEEP;
    if (value & CR3_KEEP) {
        machine.nkept++;
    } else {
        machine.nflushed++;
        tlb_model_drop_tag(value & CR3_TAG);
        note_flush();
    }
}

void cpu_invlpg(vaddr_t va)
{
    if (machine.ninvlpg < array_count(machine.invlpg))
        machine.invlpg[machine.ninvlpg] = va.v;
    machine.ninvlpg++;
    tlb_model_drop_page(machine.cr3 & CR3_TAG, va.v);
    note_flush();
}

void cpu_invpcid(enum invpcid_type type, uint64_t pcid, vaddr_t va)
{
    (void)va;
    assert_int_equal(type, INVPCID_TAG);
    machine.invpcid = pcid;
    tlb_model_drop_tag(pcid);
    note_flush();
    machine.ninvpcid++;
}

/* Out of the scheduler: the tests hold the kernel lock throughout. */
static _Noreturn void go_back(int how)
{
    if (kernel_lock_word.next == kernel_lock_word.serving)
        kernel_lock();
    longjmp(machine.back, how);
}

/* While the CPU idles there is one source of interrupts, the timer. */
void cpu_wait_for_interrupt(void)
{
    if (++machine.nidle > IDLE_SECONDS_MAX * TICKS_PER_SECOND)
        go_back(2);
    machine.now += NS_PER_TICK;
    cpu_this()->ticked = true;
}

void cpu_let_interrupts_in(void)
{
    if (machine.tick_steps != 0 && ++machine.nsteps % machine.tick_steps == 0) {
        machine.now += NS_PER_TICK;
        cpu_this()->ticked = true;
    }
}

void ipi_send(cpu_id_t cpu, uint8_t vector)
{
    fail_msg("an interrupt to CPU %u, vector %u", cpu.v, vector);
}

void clock_tick_off(void)
{
}

void clock_tick_on(void)
{
}

void cpu_stop(void)
{
    go_back(2);
}

void cpu_follow_trace(void)
{
}

uint64_t cpu_cycles(void)
{
    return machine.now;
}

/* --- whole pages ---------------------------------------------------------------------------- */

void page_zero(void *page, uint64_t nbytes)
{
    memory_renew(page, nbytes);
}

void page_copy(void *to, const void *from, uint64_t nbytes)
{
    char *t = to;
    const char *f = from;
    while (nbytes-- > 0)
        *t++ = *f++;
}

/* --- contexts ------------------------------------------------------------------------------- */

uint64_t context_vector_bytes(void)
{
    return 3072;
}

void context_init(struct context *c, void *vectors, uint64_t entry, uint64_t stack,
                  uint64_t argument, uint64_t tls)
{
    *c = (struct context){.fs_base = tls, .vectors = vectors};
    c->frame.rip = entry;
    c->frame.rsp = stack;
    c->frame.rdi = argument;
    page_zero(vectors, context_vector_bytes());
}

void context_report(const struct context *c, struct fault_report *report)
{
    memcpy(&report->r15, &c->frame.r15, 15 * sizeof(uint64_t));
    report->rip = c->frame.rip;
    report->rflags = c->frame.rflags;
    report->rsp = c->frame.rsp;
}

void context_take_report(struct context *c, const struct fault_report *report)
{
    memcpy(&c->frame.r15, &report->r15, 15 * sizeof(uint64_t));
    c->frame.rip = report->rip;
    c->frame.rflags = report->rflags;
    c->frame.rsp = report->rsp;
    c->frame.vector = TRAP_REPEAT;
}

void context_save(struct context *c)
{
    c->gs_base = 0;
}

void context_load(const struct context *c)
{
    (void)c;
}

void context_switch(struct context *from, const struct context *to)
{
    context_save(from);
    context_load(to);
}

void context_set_tls(struct context *c, uint64_t base)
{
    c->fs_base = base;
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
    c->frame = (struct trap_frame){
        .rip = rip, .rsp = rsp, .rax = (uint64_t)status, .vector = TRAP_SYSCALL};
    c->fs_base = fs_base;
}

void context_resume(const struct context *c)
{
    assert_ptr_equal(&c->frame, cpu_this()->frame);
    longjmp(machine.back, 1);
}

void context_resume_message(const struct context *c)
{
    cpu_this()->frame->vector = TRAP_MESSAGE; /* as the registers say then */
    cpu_this()->frame->rax = 0;
    context_resume(c);
}

/* --- clock, console, power ------------------------------------------------------------------ */

uint64_t clock_now(void)
{
    return machine.now;
}

uint64_t clock_tsc_hz(void)
{
    return 1000000000;
}

void console_put(char c)
{
    size_t half = sizeof(machine.output) / 2;
    if (machine.noutput == sizeof(machine.output) - 1) {
        for (size_t i = 0; i < machine.noutput - half; i++)
            machine.output[i] = machine.output[i + half];
        machine.noutput -= half;
    }
    machine.output[machine.noutput++] = c;
    machine.output[machine.noutput] = '\0';
}

bool console_is_behind(void)
{
    return false;
}

void console_draw_some(void)
{
}

int console_get(void)
{
    if (machine.input == NULL || *machine.input == '\0')
        return -1;
    return (unsigned char)*machine.input++;
}

bool power_off(void)
{
    return false;
}

void power_reboot(void)
{
    machine.stop_code = STOPPED_TO_REBOOT;
    go_back(2);
}

void power_stop(uint64_t code)
{
    machine.stop_code = code;
    go_back(2);
}
