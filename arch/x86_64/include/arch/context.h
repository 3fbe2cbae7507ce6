/*
 * floor: 2
 *
 * What the machine keeps of a thread beside its trap frame: segment bases and vector registers.
 */
#ifndef VASCO_ARCH_CONTEXT_H
#define VASCO_ARCH_CONTEXT_H

#include <arch/cpu.h>
#include <arch/trap_frame.h>

#include "base/types.h"

struct context {
    struct trap_frame frame; /* first: entry.asm saves here */
    uint64_t fs_base;
    uint64_t gs_base;
    void *vectors; /* XSAVE or FXSAVE area, 64-byte aligned, context_vector_bytes() long */
};

/* Size of the area that `vectors` points to; the same for every thread, at most 3072. */
uint64_t context_vector_bytes(void);

/* A thread that will start at `entry` with `stack` in RSP and `argument` in RDI, all else zero. The
 * caller has checked that the addresses are canonical user addresses; `vectors` is zeroed memory.
 */
void context_init(struct context *c, void *vectors, uint64_t entry, uint64_t stack,
                  uint64_t argument, uint64_t tls);

/* Saves the segment bases and vector registers of the running thread; loads those of the next. */
void context_save(struct context *c);
void context_load(const struct context *c);

/* Both in one. */
void context_switch(struct context *from, const struct context *to);

/* Makes user traps and system calls of this CPU save into c. */
static inline void context_make_current(struct cpu *cpu, struct context *c)
{
    cpu->frame = &c->frame;
    *cpu->trap_stack = (uint64_t)(&c->frame + 1);
}

/* The current context of a CPU is about to be freed: what is still saved of it goes nowhere. */
static inline void context_forget(struct cpu *cpu)
{
    cpu->frame = &cpu->nobodys;
}

/* Can FS base be read and set in user code, and in a few instructions? */
bool context_has_fsgsbase(void);

/* Sets FS base of the running thread at once. */
void context_set_tls(struct context *c, uint64_t base);

/* Sets what the interrupted system call will return. */
static inline void context_set_result(struct context *c, int64_t result)
{
    c->frame.rax = (uint64_t)result;
}

/* Whether the thread goes on behind a system call, and what that returns. */
static inline bool context_returns(const struct context *c, int64_t *result)
{
    *result = (int64_t)c->frame.rax;
    return c->frame.vector == TRAP_SYSCALL || c->frame.vector == TRAP_MESSAGE;
}

/* A system call that was interrupted: the thread makes it once more. */
static inline void context_repeat_call(struct context *c, struct repeat repeat)
{
    c->frame.rax = repeat.number;
    c->frame.rdi = repeat.arguments[0];
    c->frame.rsi = repeat.arguments[1];
    c->frame.rdx = repeat.arguments[2];
    c->frame.rip -= SYSCALL_BYTES;
    c->frame.vector = TRAP_REPEAT;
}

static inline uint64_t context_rip(const struct context *c)
{
    return c->frame.rip;
}

/* The registers of user code, whose frame is complete; and the way back. The caller has checked
 * that report->rip is a user address. */
void context_report(const struct context *c, struct fault_report *report);
void context_take_report(struct context *c, const struct fault_report *report);

/* User code goes on in a function at `entry`, with an empty stack below `stack` and one
 * argument. */
static inline void context_upcall(struct context *c, uint64_t entry, uint64_t stack,
                                  uint64_t argument)
{
    c->frame.rip = entry;
    c->frame.rsp = stack;
    c->frame.rdi = argument;
    c->frame.rflags = RFLAGS_USER_START;
    c->frame.vector = TRAP_REPEAT;
}

/* The registers that a system call does not keep, as it returns them; now the frame is complete. */
static inline void context_complete_call(struct context *c)
{
    struct trap_frame *f = &c->frame;
    if (f->vector != TRAP_SYSCALL && f->vector != TRAP_MESSAGE)
        return;
    f->rcx = f->rip;
    f->r11 = f->rflags;
    if (f->vector == TRAP_SYSCALL)
        f->rdx = f->rsi = f->rdi = f->r8 = f->r9 = f->r10 = 0;
    f->vector = TRAP_REPEAT;
}

/* --- gates: which registers are what, abi/types.h says at GATE_STACKS_MAX --------------------- */

/* Sets FS base of the running thread at once, and returns what it was. */
uint64_t context_swap_tls(struct context *c, uint64_t base);

/* The call of c goes on at the entry of a gate. */
static inline void context_enter_gate(struct context *c, uint64_t entry, uint64_t stack,
                                      uint64_t badge, uint64_t *rip_out, uint64_t *rsp_out)
{
    struct trap_frame *f = &c->frame;
    *rip_out = f->rip;
    *rsp_out = f->rsp;
    f->rip = entry;
    f->rsp = stack;
    f->rflags = RFLAGS_USER_START;
    f->rdi = badge;
    f->rax = c->fs_base;
    f->r10 = 0;
    f->vector = TRAP_MESSAGE;
}

/* The call of c, a return, goes on where the gate was called. */
static inline void context_leave_gate(struct context *c, uint64_t rip, uint64_t rsp)
{
    struct trap_frame *f = &c->frame;
    f->rip = rip;
    f->rsp = rsp;
    f->rflags = RFLAGS_USER_START;
    f->rax = f->rdi = f->r10 = 0;
    f->vector = TRAP_MESSAGE;
}

/* c, which is not loaded, goes on where a gate was called, and finds nothing of the other side. */
void context_throw_back(struct context *c, uint64_t rip, uint64_t rsp, uint64_t fs_base,
                        int64_t status);

/* --- messages: which registers are what, abi/types.h says at struct message ------------------ */

static inline handle_t context_message_endpoint(const struct context *c)
{
    return (handle_t)c->frame.rdi;
}

static inline uint64_t context_message_tag(const struct context *c)
{
    return c->frame.rsi;
}

/* The first word, and the second. */
static inline uint64_t context_message_word(const struct context *c, int i)
{
    return i == 0 ? c->frame.rdx : c->frame.r10;
}

static inline uint64_t context_message_deadline(const struct context *c)
{
    return c->frame.rbx;
}

static inline uint64_t context_message_buffer(const struct context *c)
{
    return c->frame.rbp;
}

/* The call of `to` returns a message that `from` has sent: the first four words; the others. */
static inline void context_give_message(struct context *to, const struct context *from,
                                        uint64_t badge, uint64_t tag)
{
    to->frame.rax = 0;
    to->frame.rdi = badge;
    to->frame.rsi = tag;
    to->frame.rdx = from->frame.rdx;
    to->frame.r10 = from->frame.r10;
    to->frame.r8 = from->frame.r8;
    to->frame.r9 = from->frame.r9;
    to->frame.vector = TRAP_MESSAGE;
}

/* Of a message of so many words, five at least. What lies in the others is the sender's. */
/* The same for who goes on at once, by context_resume_message. */
static inline void context_hand_message(struct context *to, const struct context *from,
                                        uint64_t badge, uint64_t tag)
{
    to->frame.rdi = badge;
    to->frame.rsi = tag;
    to->frame.rdx = from->frame.rdx;
    to->frame.r10 = from->frame.r10;
    to->frame.r8 = from->frame.r8;
    to->frame.r9 = from->frame.r9;
}

static inline void context_give_more_words(struct context *to, const struct context *from,
                                           uint64_t nwords)
{
    to->frame.r12 = from->frame.r12;
    to->frame.r13 = nwords > 5 ? from->frame.r13 : 0;
    to->frame.r14 = nwords > 6 ? from->frame.r14 : 0;
    to->frame.r15 = nwords > 7 ? from->frame.r15 : 0;
}

/* The same with the kernel's own words, all eight. */
static inline void context_give_words(struct context *to, uint64_t badge, uint64_t tag,
                                      const uint64_t words[8])
{
    struct trap_frame *f = &to->frame;
    f->rax = 0;
    f->rdi = badge;
    f->rsi = tag;
    f->rdx = words[0];
    f->r10 = words[1];
    f->r8 = words[2];
    f->r9 = words[3];
    f->r12 = words[4];
    f->r13 = words[5];
    f->r14 = words[6];
    f->r15 = words[7];
    f->vector = TRAP_MESSAGE;
}

/* A call with a message is made once more, with the same registers. */
static inline void context_repeat_message(struct context *c, uint64_t number)
{
    c->frame.rax = number;
    c->frame.rcx = c->frame.rip;
    c->frame.r11 = c->frame.rflags;
    c->frame.rip -= SYSCALL_BYTES;
    c->frame.vector = TRAP_REPEAT;
}

/* --- events ---------------------------------------------------------------------------------- */

/* notification_wait: for which bits; and its return with some of them in RDX. The other registers
 * are as they came. */
static inline uint64_t context_events_mask(const struct context *c)
{
    return c->frame.rsi;
}

static inlined void context_give_events(struct context *c, uint64_t bits)
{
    c->frame.rax = 0;
    c->frame.rdx = bits;
    c->frame.vector = TRAP_MESSAGE;
}

/* A receive returns events: a message of one word. */
static inline void context_give_events_message(struct context *c, uint64_t bits)
{
    context_give_events(c, bits);
    c->frame.rdi = 0;
    c->frame.rsi = MESSAGE_TAG(1, 0, MESSAGE_EVENTS);
    c->frame.r10 = c->frame.r8 = c->frame.r9 = 0;
}

/* Returns to user code in c, which must be current. Leaves the kernel stack empty. */
_Noreturn void context_resume(const struct context *c);

/* The same, if its call returns a message; its status is 0, whatever the frame says. */
_Noreturn void context_resume_message(const struct context *c);

#endif
