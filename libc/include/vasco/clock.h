/*
 * Time. Neither call blocks.
 */
#ifndef VASCO_CLOCK_H
#define VASCO_CLOCK_H

#include <vasco/syscalls.h>

/* Nanoseconds since boot. */
static inline uint64_t clock_nanoseconds(void)
{
    return (uint64_t)syscall_0(SYSCALL_clock_read);
}

/*
 * The time-stamp counter. The fences keep the reading in its place: what stands before it has
 * finished, what stands behind it has not begun (SDM 2B, RDTSC).
 */
static inline uint64_t clock_tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

#endif
