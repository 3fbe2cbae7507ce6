/*
 * floor 7: events in words, for the last lines of a panic.
 */
#ifndef VASCO_SYS_TRACE_SAY_H
#define VASCO_SYS_TRACE_SAY_H

struct cpu;

/* Writes the last events of a CPU to the log; if it is not traced, how it would be. */
void trace_say_last(const struct cpu *cpu);

#endif
