/*
 * floor 2: the PC's 8254 timer, channel 2: the one clock whose rate is known beforehand.
 */
#ifndef VASCO_CPU_PIT_H
#define VASCO_CPU_PIT_H

#include "base/types.h"

#define PIT_HZ 1193182

/* Starts to count down from `ticks`. */
void pit_start(uint16_t ticks);

/* Whether it has reached zero. */
bool pit_is_done(void);

#endif
