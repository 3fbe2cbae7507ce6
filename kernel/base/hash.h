/* A hash of two words, for tables whose keys user code can choose: without the seed nobody can tell
 * which keys meet. */
#ifndef VASCO_BASE_HASH_H
#define VASCO_BASE_HASH_H

#include "base/types.h"

/* Of this only the upper bits are good: use it by a shift. */
static inline uint64_t hash_words(uint64_t seed, uint64_t a, uint64_t b)
{
    const uint64_t odd = 0x9e3779b97f4a7c15; /* 2^64 divided by the golden ratio */
    uint64_t h = (a ^ seed) * odd;
    h = (h ^ h >> 32 ^ b) * odd;
    return (h ^ h >> 29) * odd;
}

#endif
