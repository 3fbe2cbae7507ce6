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
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/gate.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/vas.h>

#include "bench.h"
#include "gups.h"
#include "trace.h"

#define ROUNDS 5
#define UPDATES 4096 /* in a round */
#define CASE_BYTES 32

static struct gups gups;

/* --- the ways: each makes the updates of one batch -------------------------------------------- */

static int64_t update_here(struct gups_window *window, uint64_t count)
{
    gups_batch(count, window->words, window->mask);
    return STATUS_OK;
}

static int64_t update_by_switch(struct gups_window *window, uint64_t count)
{
    int64_t status = vas_switch(window->view);
    return status < 0 ? status : update_here(window, count);
}

static int64_t update_by_remap(struct gups_window *window, uint64_t count)
{
    const handle_t vas = gups.vases[GUPS_IN_ONE];
    int64_t status = seg_detach(vas, gups.attached->seg);
    gups.attached = window;
    status |= seg_attach(vas, window->seg, ACCESS_READ | ACCESS_WRITE);
    return status < 0 ? status : update_here(window, count);
}

static int64_t update_by_endpoint(struct gups_window *window, uint64_t count)
{
    uint64_t message[MESSAGE_SHORT_WORDS] = {count};
    return endpoint_call_short(window->endpoint, message);
}

static int64_t update_by_gate(struct gups_window *window, uint64_t count)
{
    uint64_t message[GATE_WORDS] = {count};
    return gate_call(window->gate, message);
}

static const struct way {
    const char *name;
    enum gups_place place;
    int64_t (*update)(struct gups_window *window, uint64_t count);
} ways[] = {
    {"mapped", GUPS_IN_ALL, update_here},    {"switch", GUPS_AT_HOME, update_by_switch},
    {"remap", GUPS_IN_ONE, update_by_remap}, {"endpoint", GUPS_AT_HOME, update_by_endpoint},
    {"gate", GUPS_AT_HOME, update_by_gate},
};

static const uint64_t batches[] = {1, 4, 16, 64, 256, GUPS_BATCH_MAX};

#define WAYS (sizeof(ways) / sizeof(ways[0]))
#define BATCHES (sizeof(batches) / sizeof(batches[0]))

/* --- measuring -------------------------------------------------------------------------------- */

static int64_t do_round(const struct way *way, struct gups_stream *at, uint64_t batch)
{
    int64_t status = STATUS_OK;
    struct gups_stream stream = *at;
    for (uint64_t left = UPDATES; left > 0; left -= batch) {
        struct gups_window *window = &gups.windows[gups_stream_choose(&stream, gups.nwindows)];
        gups_stream_draw(&stream, batch);
        status |= way->update(window, batch);
    }
    *at = stream;
    return status;
}

/* One round to get warm, and those that count, whose `ticks` are left. */
static void do_rounds(const struct way *way, uint64_t batch, uint64_t *ticks)
{
    struct gups_stream stream = gups_stream_begin();
    must(vas_switch(gups.views[way->place]), "go there");
    int64_t status = do_round(way, &stream, batch);
    samples_begin_rounds();
    bench_trace_mark = 1;
    while (samples_wanted(ROUNDS)) {
        uint64_t start = clock_tsc();
        status |= do_round(way, &stream, batch);
        *ticks = clock_tsc() - start;
        samples_add_rate(UPDATES, *ticks++);
    }
    bench_trace_mark = 0;
    must(vas_switch(HANDLE_HOME), "switch home");
    must(status, "update");
}

/* What was added comes out when it is added once more. */
static void undo_rounds(uint64_t batch)
{
    const struct way *mapped = &ways[0];
    struct gups_stream stream = gups_stream_begin();
    must(vas_switch(gups.views[mapped->place]), "go there");
    for (int i = 0; i <= ROUNDS; i++)
        must(do_round(mapped, &stream, batch), "update");
    bool whole = gups_is_whole_where(&gups, (ROUNDS + 1) * UPDATES / batch, batch);
    must(vas_switch(HANDLE_HOME), "switch home");
    must(whole ? STATUS_OK : STATUS_NO_DATA, "find what was updated as it was before");
}

/* How fast it was, and what exactly a thousand updates have cost, which is returned. */
static uint64_t report_case(const struct way *way, uint64_t batch, const uint64_t *ticks)
{
    char params[112], unit[32];
    snprintf(params, sizeof(params),
             "{\"way\":\"%s\",\"windows\":%" PRIu64 ",\"batch\":%" PRIu64
             ",\"window_bytes\":%" PRIu64 "}",
             way->name, gups.nwindows, batch, gups.window_bytes);
    snprintf(unit, sizeof(unit), "update/M%s", report_unit());
    report_as("gups", unit, params, NULL);
    samples_replace();
    for (int i = 0; i < ROUNDS; i++)
        samples_add(1000 * ticks[i], UPDATES);
    snprintf(unit, sizeof(unit), "%s/1000 updates", report_unit());
    report_as("gups_update", unit, params, NULL);
    return samples_summary().median;
}

/* --- all cases, or one ------------------------------------------------------------------------ */

/* A name that ends early means all that begin so. */
static bool is_wanted(const struct way *way, uint64_t nwindows, uint64_t batch)
{
    char name[CASE_BYTES];
    const char *only = startup_option("gups");
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

static uint64_t measure_case(const struct way *way, uint64_t batch)
{
    uint64_t ticks[ROUNDS];
    do_rounds(way, batch, ticks);
    undo_rounds(batch);
    return report_case(way, batch, ticks);
}

/* One update by batches is a row of a table of its own; 0 where it was not asked for. */
static void measure_way(const struct way *way)
{
    uint64_t costs[BATCHES] = {0}, any = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        if (is_wanted(way, gups.nwindows, batches[i]))
            any |= costs[i] = measure_case(way, batches[i]);
    }
    if (any == 0)
        return;
    printf("   %3" PRIu64 " windows %-10s", gups.nwindows, way->name);
    for (size_t i = 0; i < BATCHES; i++)
        printf(" %8.2f", (double)costs[i] / 1000);
    printf("\n");
}

static void check_table(void)
{
    must(vas_switch(gups.views[GUPS_IN_ALL]), "switch into the table");
    bool whole = gups_is_whole(&gups);
    must(vas_switch(HANDLE_HOME), "switch home");
    must(whole ? STATUS_OK : STATUS_NO_DATA, "find the table as it was before");
}

static void measure_table(uint64_t nwindows)
{
    char detail[32];
    int64_t status = gups_open(&gups, nwindows);
    if (status < 0) {
        snprintf(detail, sizeof(detail), ", %" PRIu64 " windows", nwindows);
        report_skipped("gups", detail, status);
        return;
    }
    gups_start_servers(&gups);
    for (size_t i = 0; i < WAYS; i++)
        measure_way(&ways[i]);
    check_table();
    gups_end_servers(&gups);
    gups_close(&gups);
}

static void print_head(void)
{
    printf("   %-22s", "random update, batch");
    for (size_t i = 0; i < BATCHES; i++)
        printf(" %8" PRIu64, batches[i]);
    printf("\n");
}

void bench_gups(void)
{
    bool found = false;
    print_head();
    for (uint64_t nwindows = 1; nwindows <= GUPS_WINDOWS_MAX; nwindows *= 2) {
        if (!any_is_wanted(nwindows))
            continue;
        measure_table(nwindows);
        found = true;
    }
    must(found ? STATUS_OK : STATUS_NOT_FOUND, "find the case that gups= names");
}
