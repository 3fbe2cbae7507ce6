/*
 * Which updates, and the updates themselves. The two loops here are those of every way: they are
 * calls, not copies that the compiler has fitted to each place.
 */
#include "gups.h"

/* The generator of RandomAccess: a polynomial over GF(2), of degree 64. */
#define POLYNOMIAL 7
#define FIRST_VALUE 0x9e3779b97f4a7c15

struct gups_stream gups_stream_begin(void)
{
    return (struct gups_stream){FIRST_VALUE, 0};
}

static uint64_t next(uint64_t value)
{
    return value << 1 ^ ((int64_t)value < 0 ? POLYNOMIAL : 0);
}

__attribute__((noinline)) void gups_stream_draw(struct gups_stream *stream, uint64_t count)
{
    uint64_t *buffer = (uint64_t *)GUPS_BUFFER_BASE;
    uint64_t value = stream->value;
    for (uint64_t i = 0; i < count; i++) {
        value = next(value);
        buffer[i] = value;
    }
    stream->value = value;
}

__attribute__((noinline)) void gups_batch(uint64_t count, uint64_t *words, uint64_t mask)
{
    const uint64_t *buffer = (const uint64_t *)GUPS_BUFFER_BASE;
    for (uint64_t i = 0; i < count; i++)
        words[buffer[i] & mask] ^= buffer[i];
}
