/*
 * floor: 2
 *
 * Time: the time-stamp counter as a clock, the local APIC's timer as a heartbeat.
 */
#ifndef VASCO_ARCH_CLOCK_H
#define VASCO_ARCH_CLOCK_H

#include "base/types.h"

#define TICKS_PER_SECOND 1000

/* Nanoseconds since clock_init. Reads no device, takes no lock. */
uint64_t clock_now(void);

/* Ticks of the time-stamp counter per second, as calibrated. */
uint64_t clock_tsc_hz(void);

/* Before clock_init: what the HPET says of the counter's rate, or 0. */
void clock_use_tsc_hz(uint64_t hz);

/* On the first CPU: measures the counter and the timer (about 50 ms), then starts its
 * heartbeat. */
void clock_init(void);

/* The heartbeat of this CPU: TICKS_PER_SECOND interrupts with vector VECTOR_TIMER. Its APIC is
 * initialised. */
void clock_start(void);

/* Stops the heartbeat of this CPU, and starts it again. */
void clock_tick_off(void);
void clock_tick_on(void);

/* Tells the interrupt controller that the current interrupt has been handled. */
void interrupt_done(void);

#endif
