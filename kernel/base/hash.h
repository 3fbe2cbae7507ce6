/*
 * Hashes for tables whose keys user code can choose: the key times an odd number that nobody else
 * knows, of which the upper bits count. Two keys meet as rarely as by chance, whoever chose them.
 */
#ifndef VASCO_BASE_HASH_H
#define VASCO_BASE_HASH_H

#include "base/types.h"

/* An odd number made of one that is hard to guess, such as the time. */
static inline uint64_t hash_seed(uint64_t chance)
{
    const uint64_t golden = 0x9e3779b97f4a7c15; /* 2^64 divided by the golden ratio */
    uint64_t seed = chance * golden;
    return (seed ^ seed >> 32) * golden | 1;
}

/* `nbits` of a hash. */
static inline uint64_t hash_word(uint64_t seed, uint64_t word, int nbits)
{
    return word * seed >> (64 - nbits);
}

#endif
