/* The table of the random updates: its windows, the VASes that have them, and its check. */
#include <vasco/cap.h>
#include <vasco/pool.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"
#include "gups.h"

#define MIB (UINT64_C(1) << 20)

/* As many windows as there are share the table's bytes; but each has at least one page. */
#define TABLE_BYTES (256 * MIB)
#define WINDOW_BYTES_MAX (64 * MIB)
#define WINDOW_BYTES_MIN (2 * MIB)

/* What a window takes besides its pages, their tables and its server's program: two VASes' tables,
 * a view, a gate; about 6. */
#define WINDOW_FRAMES 16

static const uint64_t access = ACCESS_READ | ACCESS_WRITE;

static void choose_shape(struct gups *g, uint64_t nwindows)
{
    uint64_t nbytes = TABLE_BYTES / nwindows;
    nbytes = nbytes > WINDOW_BYTES_MAX ? WINDOW_BYTES_MAX : nbytes;
    nbytes = nbytes < WINDOW_BYTES_MIN ? WINDOW_BYTES_MIN : nbytes;
    g->nwindows = nwindows;
    g->window_bytes = nbytes;
}

/* That of all windows and servers. */
static uint64_t choose_budget(const struct gups *g)
{
    uint64_t pages = g->window_bytes / PAGE_BYTES;
    uint64_t tables = g->window_bytes / WINDOW_BYTES_MIN;
    return g->nwindows * (pages + tables + WINDOW_FRAMES + gups_server_frames());
}

/* --- making it -------------------------------------------------------------------------------- */

static handle_t make_vas(const struct gups *g, handle_t *view)
{
    handle_t vas = must(vas_create_in(g->pool, "gups"), "create a VAS");
    *view = must(vas_attach(HANDLE_SELF, vas, access), "attach a VAS");
    return vas;
}

static void make_window(struct gups *g, uint64_t i)
{
    struct gups_window *window = &g->windows[i];
    uint64_t base = GUPS_TABLE_BASE + i * GUPS_STRIDE;
    window->words = (uint64_t *)base;
    window->mask = g->window_bytes / sizeof(uint64_t) - 1;
    window->seg =
        must(seg_create_in(g->pool, "window", base, g->window_bytes, SEG_EAGER | SEG_PAGES_2M),
             "create a window");
    window->vas = make_vas(g, &window->view);
    must(seg_attach(window->vas, window->seg, access), "attach a window");
    must(seg_attach(g->vases[GUPS_IN_ALL], window->seg, access), "attach a window");
}

/* Word i is i. */
static void fill(const struct gups *g)
{
    uint64_t i = 0;
    for (uint64_t n = 0; n < g->nwindows; n++) {
        const struct gups_window *window = &g->windows[n];
#pragma GCC unroll 8
        for (uint64_t k = 0; k <= window->mask; k++)
            window->words[k] = i++;
    }
}

int64_t gups_open(struct gups *g, uint64_t nwindows)
{
    choose_shape(g, nwindows);
    g->pool = pool_create("gups", choose_budget(g));
    if (g->pool < 0)
        return g->pool;
    g->buffer =
        must(seg_create("gups", GUPS_BUFFER_BASE, GUPS_BUFFER_BYTES, SEG_EAGER), "create a buffer");
    must(seg_attach(HANDLE_SELF, g->buffer, access), "attach a buffer");
    g->views[GUPS_AT_HOME] = HANDLE_HOME;
    g->vases[GUPS_IN_ALL] = make_vas(g, &g->views[GUPS_IN_ALL]);
    g->vases[GUPS_IN_ONE] = make_vas(g, &g->views[GUPS_IN_ONE]);
    for (uint64_t i = 0; i < nwindows; i++)
        make_window(g, i);
    g->attached = &g->windows[0];
    must(seg_attach(g->vases[GUPS_IN_ONE], g->attached->seg, access), "attach a window");
    must(vas_switch(g->views[GUPS_IN_ALL]), "switch into the table");
    fill(g);
    must(vas_switch(HANDLE_HOME), "switch home");
    return STATUS_OK;
}

static void drop_vas(handle_t vas, handle_t view)
{
    must(vas_detach(view), "detach a VAS");
    cap_delete(vas);
}

void gups_close(struct gups *g)
{
    for (uint64_t i = 0; i < g->nwindows; i++) {
        drop_vas(g->windows[i].vas, g->windows[i].view);
        cap_delete(g->windows[i].seg);
    }
    drop_vas(g->vases[GUPS_IN_ALL], g->views[GUPS_IN_ALL]);
    drop_vas(g->vases[GUPS_IN_ONE], g->views[GUPS_IN_ONE]);
    must(seg_detach(HANDLE_SELF, g->buffer), "detach the buffer");
    cap_delete(g->buffer);
    must(object_destroy(g->pool), "destroy the pool");
    cap_delete(g->pool);
}

/* --- its check -------------------------------------------------------------------------------- */

bool gups_is_whole(const struct gups *g)
{
    uint64_t differences = 0, i = 0;
    for (uint64_t n = 0; n < g->nwindows; n++) {
        const struct gups_window *window = &g->windows[n];
#pragma GCC unroll 8
        for (uint64_t k = 0; k <= window->mask; k++)
            differences |= window->words[k] ^ i++;
    }
    return differences == 0;
}

bool gups_is_whole_where(const struct gups *g, uint64_t nbatches, uint64_t batch)
{
    const uint64_t *values = (const uint64_t *)GUPS_BUFFER_BASE;
    struct gups_stream stream = gups_stream_begin();
    uint64_t differences = 0;
    for (uint64_t n = 0; n < nbatches; n++) {
        uint64_t number = gups_stream_choose(&stream, g->nwindows);
        const struct gups_window *window = &g->windows[number];
        gups_stream_draw(&stream, batch);
        for (uint64_t i = 0; i < batch; i++) {
            uint64_t k = values[i] & window->mask;
            differences |= window->words[k] ^ (number * (window->mask + 1) + k);
        }
    }
    return differences == 0;
}
