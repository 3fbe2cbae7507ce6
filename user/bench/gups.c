/*
 * Random updates in five ways, with 1 to 256 windows, in batches of 1 to 1,024: see gups.h.
 *
 *     mapped    all windows are attached to the VAS in which the thread stands: nothing to do
 *     switch    the thread switches into the window's VAS, even if it stands there already
 *     remap     the window that is attached to the thread's VAS is detached, and this one attached
 *     endpoint  the window's server is called, and its thread makes the updates
 *     gate      the thread goes through the server's gate and makes them there
 *
 * The gate is called and left with the registers cleared that a compiler keeps (gate_call): as
 * little is seen of the other side as when endpoints are called.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/gate.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"
#include "gups.h"
#include "trace.h"

#define ROUNDS 5
#define UPDATES 8192 /* in a round */
#define CASE_BYTES 32

/* The name of the only case that is wanted. */
static const char *only;

/* --- the ways: each makes the updates of one batch -------------------------------------------- */

static int64_t update_here(const struct gups *g, uint64_t window, uint64_t count)
{
    gups_batch(count, gups_words(window), gups_mask(g));
    return STATUS_OK;
}

static int64_t update_mapped(struct gups *g, uint64_t window, uint64_t count)
{
    return update_here(g, window, count);
}

static int64_t update_by_switch(struct gups *g, uint64_t window, uint64_t count)
{
    int64_t status = vas_switch(g->windows[window].view);
    return status < 0 ? status : update_here(g, window, count);
}

static int64_t update_by_remap(struct gups *g, uint64_t window, uint64_t count)
{
    const handle_t vas = g->vases[GUPS_IN_ONE];
    int64_t status = seg_detach(vas, g->windows[g->attached].seg);
    g->attached = window;
    status |= seg_attach(vas, g->windows[window].seg, ACCESS_READ | ACCESS_WRITE);
    return status < 0 ? status : update_here(g, window, count);
}

static int64_t update_by_endpoint(struct gups *g, uint64_t window, uint64_t count)
{
    uint64_t message[MESSAGE_SHORT_WORDS] = {count};
    return endpoint_call_short(g->windows[window].endpoint, message);
}

static int64_t update_by_gate(struct gups *g, uint64_t window, uint64_t count)
{
    uint64_t message[GATE_WORDS] = {count};
    return gate_call(g->windows[window].gate, message);
}

static const struct way {
    const char *name;
    enum gups_place place;
    int64_t (*update)(struct gups *g, uint64_t window, uint64_t count);
} ways[] = {
    {"mapped", GUPS_IN_ALL, update_mapped},  {"switch", GUPS_AT_HOME, update_by_switch},
    {"remap", GUPS_IN_ONE, update_by_remap}, {"endpoint", GUPS_AT_HOME, update_by_endpoint},
    {"gate", GUPS_AT_HOME, update_by_gate},
};

static const uint64_t batches[] = {1, 4, 16, 64, 256, GUPS_BATCH_MAX};

#define WAYS (sizeof(ways) / sizeof(ways[0]))
#define BATCHES (sizeof(batches) / sizeof(batches[0]))

/* --- measuring -------------------------------------------------------------------------------- */

static int64_t do_round(struct gups *g, const struct way *way, struct gups_stream *stream,
                        uint64_t batch)
{
    int64_t status = STATUS_OK;
    for (uint64_t left = UPDATES; left > 0; left -= batch) {
        uint64_t window = gups_stream_choose(stream, g->nwindows);
        gups_stream_draw(stream, batch);
        status |= way->update(g, window, batch);
    }
    return status;
}

/* One round to get warm, and those that count, whose `ticks` are left. */
static void do_rounds(struct gups *g, const struct way *way, uint64_t batch, uint64_t *ticks)
{
    struct gups_stream stream = gups_stream_begin();
    must(vas_switch(g->views[way->place]), "go there");
    int64_t status = do_round(g, way, &stream, batch);
    samples_begin_rounds();
    bench_trace_mark = 1;
    while (samples_wanted(ROUNDS)) {
        uint64_t start = clock_tsc();
        status |= do_round(g, way, &stream, batch);
        *ticks = clock_tsc() - start;
        samples_add_rate(UPDATES, *ticks++);
    }
    bench_trace_mark = 0;
    must(vas_switch(HANDLE_HOME), "switch home");
    must(status, "update");
}

/* What was added comes out when it is added once more. */
static void undo_rounds(struct gups *g, uint64_t batch)
{
    const struct way *mapped = &ways[0];
    struct gups_stream stream = gups_stream_begin();
    must(vas_switch(g->views[mapped->place]), "go there");
    for (int i = 0; i <= ROUNDS; i++)
        must(do_round(g, mapped, &stream, batch), "update");
    uint64_t nbatches = (ROUNDS + 1) * UPDATES / batch;
    uint64_t nwrong = gups_count_wrong_of(g, gups_stream_begin(), nbatches, batch);
    must(vas_switch(HANDLE_HOME), "switch home");
    must(nwrong > 0 ? STATUS_NO_DATA : STATUS_OK, "find what was updated as it was before");
}

/* How fast it was, and what exactly one update has cost. */
static void report_case(const struct gups *g, const struct way *way, uint64_t batch,
                        const uint64_t *ticks)
{
    char params[112], detail[48], unit[32];
    snprintf(params, sizeof(params),
             "{\"way\":\"%s\",\"windows\":%" PRIu64 ",\"batch\":%" PRIu64
             ",\"window_bytes\":%" PRIu64 "}",
             way->name, g->nwindows, batch, g->window_bytes);
    snprintf(detail, sizeof(detail), ", %s, %" PRIu64 " window%s, by %" PRIu64, way->name,
             g->nwindows, g->nwindows == 1 ? "" : "s", batch);
    snprintf(unit, sizeof(unit), "update/M%s", report_unit());
    report_as("gups", unit, params, detail);
    samples_begin_rounds();
    for (int i = 0; i < ROUNDS; i++)
        samples_add(1000 * ticks[i], UPDATES);
    snprintf(unit, sizeof(unit), "%s/1000 updates", report_unit());
    report_as("gups_update", unit, params, detail);
}

/* --- all cases, or one ------------------------------------------------------------------------ */

void gups_choose_case(const char *name)
{
    only = name;
}

/* A name that ends early means all that begin so. */
static bool is_wanted(const struct way *way, uint64_t nwindows, uint64_t batch)
{
    char name[CASE_BYTES];
    snprintf(name, sizeof(name), "%s.%" PRIu64 ".%" PRIu64, way->name, nwindows, batch);
    if (only == NULL)
        return true;
    size_t length = strlen(only);
    return strncmp(only, name, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static bool any_is_wanted(uint64_t nwindows)
{
    bool wanted = false;
    for (size_t i = 0; i < WAYS * BATCHES; i++)
        wanted |= is_wanted(&ways[i / BATCHES], nwindows, batches[i % BATCHES]);
    return wanted;
}

static void measure_case(struct gups *g, const struct way *way, uint64_t batch)
{
    uint64_t ticks[ROUNDS];
    do_rounds(g, way, batch, ticks);
    report_case(g, way, batch, ticks);
    undo_rounds(g, batch);
}

static void check_table(const struct gups *g)
{
    must(vas_switch(g->views[GUPS_IN_ALL]), "switch into the table");
    uint64_t nwrong = gups_count_wrong(g);
    must(vas_switch(HANDLE_HOME), "switch home");
    must(nwrong > 0 ? STATUS_NO_DATA : STATUS_OK, "find the table as it was before");
}

static void measure_table(struct gups *g, uint64_t nwindows)
{
    char detail[32];
    int64_t status = gups_open(g, nwindows);
    if (status < 0) {
        snprintf(detail, sizeof(detail), ", %" PRIu64 " windows", nwindows);
        report_skipped("gups", detail, status);
        return;
    }
    gups_start_servers(g);
    for (size_t i = 0; i < WAYS * BATCHES; i++) {
        const struct way *way = &ways[i / BATCHES];
        uint64_t batch = batches[i % BATCHES];
        if (is_wanted(way, nwindows, batch))
            measure_case(g, way, batch);
    }
    check_table(g);
    gups_end_servers(g);
    gups_close(g);
}

void bench_gups(void)
{
    static struct gups gups;
    bool found = false;
    for (uint64_t nwindows = 1; nwindows <= GUPS_WINDOWS_MAX; nwindows *= 2) {
        if (!any_is_wanted(nwindows))
            continue;
        measure_table(&gups, nwindows);
        found = true;
    }
    must(found ? STATUS_OK : STATUS_NOT_FOUND, "find the case that gups= names");
}
