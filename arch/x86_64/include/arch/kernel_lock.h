/*
 * floor: 4
 *
 * The one lock of the kernel. Whatever changes state that CPUs share runs under it; the switch of
 * views, the clock, a yield with nobody to yield to, and a CPU's answer to another do not take it.
 *
 * It is fair: who comes gets a ticket, and is served in the order of tickets. Who waits has
 * interrupts off, so it looks itself for what the holder asks of it (mmu_answer): the holder may
 * wait for that answer.
 *
 * It is held from the entry of a call to the return to user code, across the choice of the next
 * thread. entry.asm takes it and gives it back with the same steps as here.
 */
#ifndef VASCO_ARCH_KERNEL_LOCK_H
#define VASCO_ARCH_KERNEL_LOCK_H

#include <arch/cpu.h>

#include "base/types.h"

#define CACHE_LINE 64

struct kernel_lock {
    _Alignas(CACHE_LINE) uint32_t next;    /* the ticket of who comes next */
    _Alignas(CACHE_LINE) uint32_t serving; /* the ticket of who holds it; written by the holder */
};

extern struct kernel_lock kernel_lock_word;

/* Waits until this ticket is served. */
void kernel_lock_wait(uint32_t ticket);

/* While the CPU is watched: the lock has been taken; the time until now was one hold. */
void kernel_lock_begin(struct cpu *cpu);
void kernel_lock_end(struct cpu *cpu);

/* What another CPU has set in struct cpu's `resched` while this one waited has to be done first. */
static inline void kernel_lock(void)
{
    uint32_t ticket = __atomic_fetch_add(&kernel_lock_word.next, 1, __ATOMIC_ACQUIRE);
    if (unlikely(__atomic_load_n(&kernel_lock_word.serving, __ATOMIC_ACQUIRE) != ticket))
        kernel_lock_wait(ticket);
    if (unlikely(cpu_this()->watched))
        kernel_lock_begin(cpu_this());
}

static inline void kernel_unlock(void)
{
    if (unlikely(cpu_this()->watched))
        kernel_lock_end(cpu_this());
    __atomic_store_n(&kernel_lock_word.serving, kernel_lock_word.serving + 1, __ATOMIC_RELEASE);
}

/* Does another CPU wait for it? The caller holds it. */
static inline bool kernel_lock_is_wanted(void)
{
    return __atomic_load_n(&kernel_lock_word.next, __ATOMIC_RELAXED) !=
           kernel_lock_word.serving + 1;
}

#endif
