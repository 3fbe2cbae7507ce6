/*
 * The ways into the kernel and back, as entry.asm has them; the switch itself is made from that
 * file (translate). Where an instruction of entry.asm writes a frame of registers, it is asked
 * whether there still is one.
 */
#include <arch/context.h>
#include <arch/kernel_lock.h>
#include <arch/vectors.h>

#include "abi/status.h"
#include "abi/syscalls.h"
#include "cpu/instr.h"
#include "mem/frame.h"
#include "obj/runqueue.h"
#include "obj/sched.h"
#include "oracle.h"
#include "sys/syscalls.h"
#include "trap/trap.h"

typedef int64_t (*call_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

uint64_t entry_successes[SYSCALLS];
uint64_t entry_fast_switches;
uint64_t entry_gate_calls;

/* They do not come back to where successes are counted. */
static void count_gate_calls(struct model_cpu *m)
{
    entry_gate_calls += m->cpu.counters[COUNTER_GATE_CALLS];
    m->cpu.counters[COUNTER_GATE_CALLS] = 0;
}

/* LOCK_KERNEL: a locked instruction. */
static void lock(void)
{
    point();
    stores_drain();
    kernel_lock();
}

/* UNLOCK_KERNEL: an ordinary store. */
static void unlock(void)
{
    world_check();
    point();
    truth_release();
    if (running->lazy)
        store_begins(&kernel_lock_word.serving, sizeof(kernel_lock_word.serving));
    kernel_lock_word.serving++;
}

static void to_user(void)
{
    running->in_user = true;
    running->heads_for = 0;
    truth_user(running);
}

void context_resume(const struct context *c)
{
    struct model_cpu *m = running;
    if (&c->frame != m->cpu.frame)
        oracle_fails("CPU %u goes on with registers that are not current", m->number);
    unlock();
    count_gate_calls(m);
    memory_touched(&c->frame);
    m->registers = c->frame;
    to_user();
    longjmp(m->to_user, 1);
}

void context_resume_message(const struct context *c)
{
    context_resume(c);
}

/* --- system calls ---------------------------------------------------------------------------- */

/* Who has ended leaves nothing to be saved: its frame may be freed at any time. */
static struct trap_frame *frame_now(void)
{
    struct trap_frame *f = running->cpu.frame;
    memory_touched(f);
    if (f != &running->cpu.nobodys &&
        container_of(f, struct thread, context.frame)->state == THREAD_ENDED)
        oracle_fails("CPU %u saves registers of a thread that has ended", running->number);
    return f;
}

/* .not_now: as if what came between had happened before the call. */
static _Noreturn void not_now(uint64_t number, const uint64_t a[6])
{
    struct trap_frame *f = frame_now();
    f->rip -= SYSCALL_BYTES;
    f->rax = number;
    f->rdi = a[0];
    f->rsi = a[1];
    f->rdx = a[2];
    f->r10 = a[3];
    f->r8 = a[4];
    f->r9 = a[5];
    f->vector = TRAP_REPEAT;
    sched_run();
}

static _Noreturn void leave(int64_t result)
{
    frame_now()->vector = TRAP_SYSCALL;
    sched_return(result);
}

/* .yield */
static int64_t yield(void)
{
    const struct cpu *cpu = &running->cpu;
    if (cpu->runqueue->threads.ready >> cpu->thread->priority == 0)
        return STATUS_OK;
    lock();
    sched_end_turn();
    leave(STATUS_OK);
}

static int64_t locked(uint64_t number, const uint64_t a[6])
{
    lock();
    if (running->cpu.resched != 0)
        not_now(number, a);
    int64_t result = ((call_fn)syscall_handlers[number])(a[0], a[1], a[2], a[3], a[4], a[5]);
    entry_successes[number] += result >= 0;
    if (running->cpu.resched != 0)
        leave(result);
    unlock();
    return result;
}

int64_t entry_call(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                   uint64_t a5)
{
    const uint64_t a[6] = {a0, a1, a2, a3, a4, a5};
    struct model_cpu *m = running;
    int64_t result = STATUS_OK;
    operation_done();
    m->in_user = false;
    m->heads_for = number == SYSCALL_vas_switch ? a0 : 0;
    if (number == SYSCALL_vas_switch && entry_switch(a0)) {
        entry_fast_switches++;
    } else {
        frame_now()->rip = USER_ENTRY;
        result = number == SYSCALL_thread_yield ? yield() : locked(number, a);
        m->registers.rip = frame_now()->rip;
    }
    to_user();
    return result;
}

/* --- traps ----------------------------------------------------------------------------------- */

/* The CPU pushes where the task-state segment says. */
static void trap(uint64_t vector, uint64_t error)
{
    struct model_cpu *m = running;
    struct trap_frame *f = (struct trap_frame *)m->trap_stack - 1;
    m->in_user = false;
    memory_touched(f);
    *f = m->registers;
    f->vector = vector;
    f->error = error;
    if (trap_from_user(f))
        sched_run();
    m->registers = *frame_now();
    to_user();
}

void entry_fault(uint64_t va, uint64_t access)
{
    running->cr2 = va;
    tlb_faulted(running, va);
    trap(VECTOR_PAGE_FAULT, PAGE_FAULT_USER | (access == ACCESS_WRITE     ? PAGE_FAULT_WRITE
                                               : access == ACCESS_EXECUTE ? PAGE_FAULT_FETCH
                                                                          : 0));
}

uint64_t cpu_read_cr2(void)
{
    return running->cr2;
}

/* An interrupt that waits, or the timer's; each comes in late. */
static uint64_t next_interrupt(void)
{
    struct model_cpu *m = running;
    uint32_t pending = m->pending;
    if (pending != 0 && SELDOM(4)) {
        uint32_t one = pending & PENDING_ASK ? PENDING_ASK : PENDING_CHOOSE;
        m->pending &= ~one;
        return one == PENDING_ASK ? VECTOR_ASK : VECTOR_CHOOSE;
    }
    return SELDOM(64) ? VECTOR_TIMER : 0;
}

static void interrupt_kernel(uint64_t vector)
{
    struct trap_frame f = {.vector = vector};
    trap_from_kernel(&f);
}

void cpu_wait_for_interrupt(void)
{
    uint64_t vector;
    do {
        clock_value += 10000;
        pass_turn();
        vector = next_interrupt();
    } while (vector == 0);
    interrupt_kernel(vector);
}

void cpu_let_interrupts_in(void)
{
    uint64_t vector = next_interrupt();
    if (vector != 0)
        interrupt_kernel(vector);
    point();
}

/* --- all the time ---------------------------------------------------------------------------- */

/* A call that is made again, a handler that was entered, or something new. */
static void go_on(void)
{
    struct trap_frame *r = &running->registers;
    uint64_t rip = r->rip;
    r->rip = USER_ENTRY;
    if (rip == USER_ENTRY - SYSCALL_BYTES)
        entry_call(r->rax, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);
    else if (rip == USER_HANDLER)
        entry_call(SYSCALL_thread_set_handler, USER_HANDLER, USER_STACK, 0, 0, 0, 0);
    else
        user_acts();
}

/* The first thing that a CPU does is choose a thread. */
void entry_loop(void)
{
    struct model_cpu *m = running;
    if (setjmp(m->to_user) == 0) {
        lock();
        sched_run();
    }
    for (;;) {
        uint64_t vector = next_interrupt();
        if (vector != 0)
            trap(vector, 0);
        go_on();
        point();
    }
}
