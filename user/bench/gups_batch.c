/*
 * The updates themselves, for all ways and in all processes. It stands here alone so that each of
 * them calls this code, and the compiler makes no copy that fits one of them better.
 */
#include "gups.h"

void gups_batch(uint64_t count, uint64_t *words, uint64_t mask)
{
    const uint64_t *at = (const uint64_t *)GUPS_BUFFER_BASE;
    const uint64_t *end = at + count;
    do {
        words[*at & mask] ^= *at;
        at++;
    } while (at != end);
}
