/* Segments: attaching them to a VAS and taking them away, and touching them first. */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"

#define BENCH "seg_attach_detach"
#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

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

static void print_size(char *text, size_t nbytes, uint64_t bytes, const char *more)
{
    if (bytes < MIB)
        snprintf(text, nbytes, ", %" PRIu64 " KiB%s", bytes / KIB, more);
    else
        snprintf(text, nbytes, ", %" PRIu64 " MiB%s", bytes / MIB, more);
}

/* An untouched segment, first while no thread stands in a view of the VAS, then while this one
 * does. */
static void measure_size(handle_t vas, handle_t view, uint64_t bytes)
{
    char params[64], detail[32];
    handle_t seg = seg_create("bench", 0, bytes, 0);
    print_size(detail, sizeof(detail), bytes, "");
    if (seg < 0) {
        report_skipped(BENCH, detail, seg);
        return;
    }
    measure_attach(vas, seg);
    snprintf(params, sizeof(params), "{\"bytes\":%" PRIu64 "}", bytes);
    report(BENCH, params, detail);
    must(vas_switch(view), "switch into the VAS");
    measure_attach(vas, seg);
    must(vas_switch(HANDLE_HOME), "switch home");
    snprintf(params, sizeof(params), "{\"bytes\":%" PRIu64 ",\"inside\":true}", bytes);
    print_size(detail, sizeof(detail), bytes, ", inside");
    report(BENCH, params, detail);
    cap_delete(seg);
}

void bench_seg_attach_detach(void)
{
    static const uint64_t sizes[] = {4 * KIB, 2 * MIB, 256 * MIB};
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        measure_size(vas, view, sizes[i]);
    must(vas_detach(view), "detach the VAS");
    cap_delete(vas);
}

/* One store to each page of a segment at home: the fault, the zeroing, the way back. */
void bench_first_touch(void)
{
    const uint64_t npages = BENCH_SAMPLES + 100;
    handle_t seg =
        must(seg_create("bench", HOME_FREE_BASE, npages * PAGE_BYTES, 0), "create a segment");
    must(seg_attach(HANDLE_SELF, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    volatile char *page = (volatile char *)HOME_FREE_BASE;
    samples_begin();
    for (; samples_wanted(BENCH_SAMPLES); page += PAGE_BYTES) {
        uint64_t start = clock_tsc();
        *page = 1;
        samples_add(clock_tsc() - start, 1);
    }
    must(seg_detach(HANDLE_SELF, seg), "detach a segment");
    cap_delete(seg);
    report("first_touch", "{}", "");
}
