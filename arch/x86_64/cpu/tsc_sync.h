/*
 * floor 2: making the time-stamp counters of two CPUs agree. Each of them runs one of these, at the
 * same time, and waits for the other without a limit.
 */
#ifndef VASCO_CPU_TSC_SYNC_H
#define VASCO_CPU_TSC_SYNC_H

#include "base/types.h"

/* By how many ticks the other CPU's counter is ahead, as far as can be told: 0 if the difference is
 * smaller than what the measurement itself takes. */
struct tsc_sync {
    int64_t found;
    int64_t left; /* after it was set right, where the CPU can (IA32_TSC_ADJUST, SDM 3B 18.17.3) */
};

/* On the CPU whose counter is right. */
struct tsc_sync tsc_sync_lead(void);

/* On the other one. */
void tsc_sync_follow(void);

#endif
