/*
 * floor 2: the high-precision event timer (IA-PC HPET specification 1.0a): a counter that tells its
 * own rate, so that others can be measured against it.
 */
#ifndef VASCO_CPU_HPET_H
#define VASCO_CPU_HPET_H

#include "base/types.h"

#define HPET_BYTES 1024

/* Ticks of the time-stamp counter in a second, by the timer with these registers; 0 if it tells
 * nonsense or stands still. Takes some 30 ms. */
uint64_t hpet_measure_tsc(volatile void *registers);

#endif
