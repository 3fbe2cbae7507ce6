/*
 * floor 6: tracing, which shows what the CPUs do: abi/trace.def lists what is recorded, and
 * mem/trace_ring.h has the memory. docs/tracing.md.
 *
 * While it is off it costs nothing where each instruction counts. While it is on each CPU takes its
 * system calls by another entry (entry.asm, syscall_entry_traced), which leaves out all fast paths;
 * and the ordinary path, which looks at struct cpu's `attention` anyway, finds it set. So a CPU
 * records where it is
 *
 *   at the beginning and the end of a call      trace_call, trace_return
 *   when a thread has been chosen               trace_resume
 *
 * and other events by themselves: faults, interrupts, questions from CPU to CPU.
 */
#ifndef VASCO_OBJ_TRACE_H
#define VASCO_OBJ_TRACE_H

#include "mem/trace_ring.h"

/* Every CPU records from now on, the last nevents (1 to TRACE_EVENTS_MAX) at least. It is off. */
status_t must_check trace_start(uint64_t nevents);

/* No CPU records any more, and what was recorded is gone. Does nothing if it is off. */
void trace_stop(void);

/* All that follow: tracing is on. */

/* The running thread, its process or its view, if that is another one than recorded last. */
void trace_place(struct cpu *cpu);

/* The running thread is about to go on in user code. */
void trace_resume(struct cpu *cpu);

/* A call of the running thread returns this. */
void trace_return(struct cpu *cpu, int64_t result);

void trace_idle(struct cpu *cpu);
void trace_fault(struct cpu *cpu, uint64_t vector, uint64_t address, uint64_t access, uint64_t rip);
void trace_interrupt(struct cpu *cpu, uint64_t vector);

#endif
