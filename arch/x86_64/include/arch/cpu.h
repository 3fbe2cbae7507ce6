/*
 * floor: 2
 *
 * The record of one CPU. GS holds its address while the kernel runs, so per-CPU state is one
 * instruction away. The kernel runs with interrupts off on the CPU's one stack, which is empty
 * whenever user code runs: a thread has no kernel stack, and nothing waits on one.
 *
 * Written only by its own CPU, but for `asked` and `resched`, and for what a holder of the kernel
 * lock (arch/kernel_lock.h) writes of a CPU that has just answered it. `view` and `tags` are read
 * by others while they change: arch/mmu.h says how. All the rest changes under the lock only.
 */
#ifndef VASCO_ARCH_CPU_H
#define VASCO_ARCH_CPU_H

#include <arch/trap_frame.h>

#include "abi/counters.h"
#include "abi/types.h"
#include "base/types.h"

#ifndef TLB_TAGS      /* the oracle has few, so that they are shared all the time */
#define TLB_TAGS 4096 /* PCIDs (SDM 3A 4.10.1); 0 is the kernel's own root */
#endif
#define CPUS_MAX 64

struct cap_table;
struct mmu_view;
struct runqueue;
struct thread;
struct trace_ring;

/* What the TLB may hold under one tag: the entries of view `id` as they were at `generation`. */
struct tlb_tag {
    uint64_t id;
    uint64_t generation;
};

#define WATCH_LOCK 1  /* how long it holds the kernel lock */
#define WATCH_TRACE 2 /* its events: system calls come in by another entry (cpu_follow_trace) */

/* The system call that the running thread makes again. */
struct repeat {
    uint64_t number;
    uint64_t arguments[3];
};

struct cpu {
    struct cpu *self;
    struct trap_frame *frame;      /* of the running thread: where entry code saves */
    uint64_t user_rsp;             /* scratch of the system-call entry */
    uint64_t stack_top;            /* of the kernel stack */
    struct cap_table *caps;        /* of the running process, */
    struct cap_table *switch_caps; /* and what the fast path of the switch takes for it */
    struct mmu_view *view;         /* loaded in CR3; the remover of a translation reads it */
    struct thread *thread;         /* running; null while idle */
    struct runqueue *runqueue;
    union {
        struct {
            uint32_t resched; /* not 0: choose before returning to user code, or before a call */
            uint32_t watched; /* WATCH_LOCK, WATCH_TRACE: what it does is written down */
        };
        uint64_t attention; /* both */
    };
    cpu_id_t id;
    uint32_t asked; /* what the holder of the kernel lock waits for (mmu/ask.h) */
    bool ticked;    /* the timer has struck while the kernel ran */
    struct repeat repeat;
    struct fault_report report; /* whose registers the running thread goes on with */
    uint64_t step_began;        /* when interrupts came in last, in cycles: of long work */
    uint64_t counters[COUNTERS];
    uint64_t lock_taken; /* when it took the kernel lock, in cycles: while it is watched */
    struct lock_times lock_times;
    struct trace_ring *trace; /* its events, while it is traced (mem/trace_ring.h) */
    struct tlb_tag tags[TLB_TAGS];
    uint64_t *trap_stack;      /* &tss.rsp0: where a trap from user code pushes */
    struct trap_frame nobodys; /* `frame` when the running thread has ended */
    uint32_t apic_id;          /* its address for interrupts from other CPUs: arch/ipi.h */
};

extern struct cpu *cpus[CPUS_MAX];
extern uint32_t cpu_count;

/* Turns interrupts on, waits for one, turns them off again. On the kernel stack, from idle only. */
void cpu_wait_for_interrupt(void);

/* Lets interrupts that wait come in, then turns them off again. On the kernel stack. */
void cpu_let_interrupts_in(void);

/* Stops this CPU for ever. */
_Noreturn void cpu_stop(void);

/* Stops all others, by NMI, wherever they are; and what the NMI's handler asks then. */
void cpu_stop_others(void);
bool cpu_is_told_to_stop(void);

/* From now on this CPU takes system calls by the entry for its WATCH_TRACE. */
void cpu_follow_trace(void);

/* Cycles, not serialised. */
uint64_t cpu_cycles(void);

/* cpu_this() and cpu_count_event(): the kernel finds the record through GS, host tests
 * otherwise. */
#include <arch/cpu_this.h>

#endif
