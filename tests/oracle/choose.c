/* Who decides: a sequence that a seed begins, or bytes of the fuzzer's, and a sequence that begins
 * with what these were. */
#include "oracle.h"

static uint64_t state;
static const uint8_t *next_byte;
static const uint8_t *end;

/* SplitMix64. */
static uint64_t mix(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void choose_from_seed(uint64_t seed)
{
    state = seed;
    next_byte = end = NULL;
}

void choose_from_bytes(const uint8_t *bytes, size_t nbytes)
{
    state = nbytes;
    for (size_t i = 0; i < nbytes; i++)
        state = state * 31 + bytes[i];
    next_byte = bytes;
    end = bytes + nbytes;
}

uint32_t choose(uint32_t n)
{
    if (next_byte != end)
        return *next_byte++ % n;
    return (uint32_t)((mix() >> 32) * n >> 32);
}
