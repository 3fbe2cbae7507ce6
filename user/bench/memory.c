/* Segments: attaching them to a VAS and taking them away, and touching them first. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"

#define BENCH "seg_attach_detach"
#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void measure_attach(handle_t vas, handle_t seg)
{
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        int64_t attached = seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE);
        int64_t detached = seg_detach(vas, seg);
        samples_add(clock_tsc() - start, 1);
        must(attached, "attach a segment");
        must(detached, "detach a segment");
    }
}

static int print_size(char *text, size_t nbytes, uint64_t bytes)
{
    if (bytes < MIB)
        return snprintf(text, nbytes, ", %" PRIu64 " KiB", bytes / KIB);
    if (bytes < GIB)
        return snprintf(text, nbytes, ", %" PRIu64 " MiB", bytes / MIB);
    return snprintf(text, nbytes, ", %" PRIu64 " GiB", bytes / GIB);
}

struct shape {
    uint64_t bytes;
    uint64_t flags;
};

/* Measures one segment as it is now, from home or from within. */
static void measure_shape(handle_t vas, handle_t view, handle_t seg, const char *where)
{
    char params[96], detail[48];
    struct seg_info info;
    must(seg_info(seg, &info), "ask about a segment");
    bool inside = *where != '\0';
    must(vas_switch(inside ? view : HANDLE_HOME), "switch");
    measure_attach(vas, seg);
    must(vas_switch(HANDLE_HOME), "switch home");
    snprintf(params, sizeof(params), "{\"bytes\":%" PRIu64 ",\"resident\":%" PRIu64 "%s}",
             info.nbytes, info.resident, inside ? ",\"inside\":true" : "");
    int n = print_size(detail, sizeof(detail), info.nbytes);
    snprintf(detail + n, sizeof(detail) - (size_t)n, "%s%s", info.resident > 0 ? ", filled" : "",
             where);
    report(BENCH, params, detail);
}

/* A segment, first while no thread stands in a view of the VAS, then while this one does. */
static void measure_size(handle_t vas, handle_t view, struct shape shape)
{
    char detail[32];
    handle_t seg = seg_create("bench", 0, shape.bytes, shape.flags);
    if (seg < 0) {
        print_size(detail, sizeof(detail), shape.bytes);
        report_skipped(BENCH, detail, seg);
        return;
    }
    measure_shape(vas, view, seg, "");
    measure_shape(vas, view, seg, ", inside");
    cap_delete(seg);
}

void bench_seg_attach_detach(void)
{
    static const struct shape shapes[] = {
        {4 * KIB, 0},   {4 * KIB, SEG_EAGER},   {2 * MIB, 0},           {2 * MIB, SEG_EAGER},
        {256 * MIB, 0}, {256 * MIB, SEG_EAGER}, {16 * GIB, SEG_SPARSE},
    };
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        measure_size(vas, view, shapes[i]);
    must(vas_detach(view), "detach the VAS");
    cap_delete(vas);
}

/* There and back: a link that allows writing is narrowed to reading and widened again. */
void bench_page_narrow_widen(void)
{
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t seg = must(seg_create("bench", 0, 4 * KIB, SEG_EAGER), "create a segment");
    must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        int64_t narrowed = seg_set_access(vas, seg, ACCESS_READ);
        int64_t widened = seg_set_access(vas, seg, ACCESS_READ | ACCESS_WRITE);
        samples_add(clock_tsc() - start, 1);
        must(narrowed, "narrow a link");
        must(widened, "widen a link");
    }
    cap_delete(seg);
    cap_delete(vas);
    report("page_narrow_widen", "{}", "");
}

#define CLONE_LINKS 100

void bench_vas_clone(void)
{
    handle_t vas = must(vas_create("bench"), "create a VAS");
    for (int i = 0; i < CLONE_LINKS; i++) {
        handle_t seg = must(seg_create("bench", 0, 16 * MIB, SEG_SPARSE), "create a segment");
        must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
        cap_delete(seg);
    }
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES / 10)) {
        uint64_t start = clock_tsc();
        handle_t clone = vas_clone(vas, ACCESS_READ);
        samples_add(clock_tsc() - start, 1);
        must(clone, "clone a VAS");
        cap_delete(clone);
    }
    cap_delete(vas);
    report("vas_clone", "{\"links\":100}", ", 100 segments");
}

/* One store to each page of a segment at home: the fault, the zeroing, the way back. */
static void measure_touch(struct shape shape, uint64_t page_bytes, size_t nsamples)
{
    char params[48], detail[32];
    handle_t seg =
        must(seg_create("bench", HOME_FREE_BASE, shape.bytes, shape.flags), "create a segment");
    must(seg_attach(HANDLE_SELF, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    volatile char *page = (volatile char *)HOME_FREE_BASE;
    samples_begin();
    for (; samples_wanted(nsamples); page += page_bytes) {
        uint64_t start = clock_tsc();
        *page = 1;
        samples_add(clock_tsc() - start, 1);
    }
    must(seg_detach(HANDLE_SELF, seg), "detach a segment");
    cap_delete(seg);
    snprintf(params, sizeof(params), "{\"page_bytes\":%" PRIu64 "}", page_bytes);
    print_size(detail, sizeof(detail), page_bytes);
    report("first_touch", params, detail);
}

void bench_first_touch(void)
{
    const struct shape small = {(BENCH_SAMPLES + 100) * PAGE_BYTES, 0};
    const struct shape large = {40 * 2 * MIB, SEG_PAGES_2M};
    measure_touch(small, PAGE_BYTES, BENCH_SAMPLES);
    measure_touch(large, 2 * MIB, 20);
}
