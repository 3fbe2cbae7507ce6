/*
 * Random updates: the RandomAccess of the HPC Challenge, with its generator and its check, over a
 * table that is split in windows. Each window is a segment in a VAS of its own, so whoever updates
 * one must first get there; that is what the ways differ in (gups.c). For each batch of updates a
 * window is chosen at random.
 *
 *     GUPS_TABLE_BASE
 *     | window 0 |          | window 1 |          | window 2 | ...
 *     |<---- GUPS_STRIDE ---->|
 *
 * A window has the same addresses wherever it is attached, so one and the same code makes the
 * updates of every way. Its pages are of 2 MiB, and a segment of such pages begins at a multiple of
 * 1 GiB. Word i of the whole table holds i before and after each measurement.
 *
 * The values of a batch lie in a buffer that this process and the servers have at home.
 */
#ifndef BENCH_GUPS_H
#define BENCH_GUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/home.h>

#include "abi/types.h"

#define GUPS_WINDOWS_MAX 256
#define GUPS_BATCH_MAX 1024

#define GUPS_TABLE_BASE VAS_BASE
#define GUPS_STRIDE (UINT64_C(1) << 30)
#define GUPS_BUFFER_BASE (HOME_FREE_BASE + (UINT64_C(32) << 30))
#define GUPS_BUFFER_BYTES (GUPS_BATCH_MAX * sizeof(uint64_t))

/* Where the thread stands while it updates. */
enum gups_place {
    GUPS_AT_HOME,
    GUPS_IN_ALL, /* a VAS that has all windows */
    GUPS_IN_ONE, /* a VAS that has one at a time */
    GUPS_PLACES
};

struct gups_window {
    uint64_t *words;
    uint64_t mask; /* the last word's number */
    handle_t seg;
    handle_t vas;  /* has this window alone */
    handle_t view; /* of it */
    handle_t server, endpoint, gate;
};

struct gups {
    uint64_t nwindows;
    uint64_t window_bytes;
    handle_t pool; /* windows and servers are charged to it */
    handle_t buffer;
    handle_t vases[GUPS_PLACES]; /* none at home */
    handle_t views[GUPS_PLACES];
    struct gups_window *attached; /* what is in GUPS_IN_ONE */
    struct gups_window windows[GUPS_WINDOWS_MAX];
};

/* --- which updates ---------------------------------------------------------------------------- */

/* The generator of RandomAccess: a polynomial over GF(2), of degree 64. */
#define GUPS_POLYNOMIAL 7

struct gups_stream {
    uint64_t value;  /* the last that was drawn */
    uint64_t choice; /* of the generator that chooses windows */
};

#define GUPS_FIRST_VALUE 0x9e3779b97f4a7c15

/* The same one each time. */
static inline struct gups_stream gups_stream_begin(void)
{
    return (struct gups_stream){GUPS_FIRST_VALUE, 0};
}

/* The window of the next batch. */
static inline uint64_t gups_stream_choose(struct gups_stream *stream, uint64_t nwindows)
{
    stream->choice = stream->choice * 6364136223846793005u + 1442695040888963407u;
    return (stream->choice >> 33) & (nwindows - 1);
}

/* Puts the next `count` values into the buffer, 1 at least. */
static inline void gups_stream_draw(struct gups_stream *stream, uint64_t count)
{
    uint64_t *at = (uint64_t *)GUPS_BUFFER_BASE;
    const uint64_t *end = at + count;
    do {
        uint64_t value = stream->value;
        stream->value = value << 1 ^ ((int64_t)value < 0 ? GUPS_POLYNOMIAL : 0);
        *at = stream->value;
        at++;
    } while (at != end);
}

/* --- gups_table.c ----------------------------------------------------------------------------- */

/* Makes the table with that many windows, a power of two, all words as they must be. NO_MEMORY:
 * this machine has no room for it. */
int64_t gups_open(struct gups *g, uint64_t nwindows);
void gups_close(struct gups *g);

/* Whether all words are as they must be, or those that the first `nbatches` of a stream update. To
 * be called from GUPS_IN_ALL. */
bool gups_is_whole(const struct gups *g);
bool gups_is_whole_where(const struct gups *g, uint64_t nbatches, uint64_t batch);

/* --- gups_batch.c ----------------------------------------------------------------------------- */

/* Updates a window, words [0, mask], with the first `count` values in the buffer, 1 at least. */
void gups_batch(uint64_t count, uint64_t *words, uint64_t mask);

/* --- gups_server.c ---------------------------------------------------------------------------- */

#define PARTNER_GUPS "gups"

/* What one of them takes when it starts. */
uint64_t gups_server_frames(void);

/* A process for each window. */
void gups_start_servers(struct gups *g);
void gups_end_servers(struct gups *g);

/* Such a process: updates its window for whoever calls its endpoint or its gate with a count. */
_Noreturn void gups_serve(void);

#endif
