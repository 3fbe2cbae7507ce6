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
 * caller has checked that the addresses are canonical user addresses. */
void context_init(struct context *c, void *vectors, uint64_t entry, uint64_t stack,
                  uint64_t argument, uint64_t tls);

/* Saves the segment bases and vector registers of the running thread; loads those of the next. */
void context_save(struct context *c);
void context_load(const struct context *c);

/* Makes user traps and system calls of this CPU save into c. */
void context_make_current(struct context *c);

/* The current context is about to be freed: what is still saved of it goes nowhere. */
static inline void context_forget_current(void)
{
    struct cpu *cpu = cpu_this();
    cpu->frame = &cpu->nobodys;
}

/* Sets FS base of the running thread at once. */
void context_set_tls(struct context *c, uint64_t base);

/* Sets what the interrupted system call will return. */
static inline void context_set_result(struct context *c, int64_t result)
{
    c->frame.rax = (uint64_t)result;
}

/* Returns to user code in c, which must be current. Leaves the kernel stack empty. */
_Noreturn void context_resume(const struct context *c);

#endif
