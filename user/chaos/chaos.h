/*
 * Random system calls from hostile programs.
 *
 *     chaos [seed=N] [calls=N]      200,000 calls, seed 1
 *
 * Runs batch after batch. A batch is a pool of random size, and in it some children that share a
 * VAS, a segment, an endpoint, the pool and each other's processes, each with every right. A child
 * (its threads too) makes random calls, with arguments that are often right, until it ends or gets
 * stuck. Then the pool is destroyed, and what is left must be what there was before; the kernel
 * checks itself.
 *
 * Prints TAP: one test for each tenth of the calls, and one more that every call has succeeded at
 * times. A seed says which calls are made, but for the moments at which the timer ticks; under
 * icount it says that as well.
 */
#ifndef CHAOS_CHAOS_H
#define CHAOS_CHAOS_H

#include <stdint.h>
#include <vasco/home.h>
#include <vasco/syscalls.h>

#include "abi/types.h"

/* Here parent and children have a segment in common, in which each call has a count of its
 * successes. */
#define COUNTS_BASE HOME_FREE_BASE
#define NCALLS SYSCALLS

/* The child's side: makes random calls. Never returns. */
_Noreturn void child_run(uint64_t seed);

static inline volatile uint64_t *success_counts(void)
{
    return (volatile uint64_t *)COUNTS_BASE;
}

/* A sequence of numbers that the state determines (splitmix64). */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
    return random_next(state) % n;
}

#endif
