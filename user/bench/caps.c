/* Capabilities: deriving, deleting, and taking back what was made of one. */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/seg.h>
#include <vasco/system.h>
#include <vasco/vas.h>

#include "bench.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

static handle_t make_seg(uint64_t bytes, uint64_t flags)
{
    return must(seg_create("bench", 0, bytes, flags), "create a segment");
}

void bench_cap_derive(void)
{
    handle_t seg = make_seg(PAGE_BYTES, 0);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        handle_t child = cap_derive(seg, RIGHT_SEG_READ, 0);
        samples_add(clock_tsc() - start, 1);
        must(child, "derive a capability");
        cap_delete(child);
    }
    cap_delete(seg);
    report("cap_derive", "{}", "");
}

void bench_cap_delete(void)
{
    handle_t seg = make_seg(PAGE_BYTES, 0);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        handle_t child = must(cap_derive(seg, RIGHT_SEG_READ, 0), "derive a capability");
        uint64_t start = clock_tsc();
        int64_t deleted = cap_delete(child);
        samples_add(clock_tsc() - start, 1);
        must(deleted, "delete a capability");
    }
    cap_delete(seg);
    report("cap_delete", "{}", "");
}

/* --- revoking --------------------------------------------------------------------------------- */

enum shape {
    WIDE, /* all are children of the one */
    DEEP, /* each is derived from the one before */
};

static void measure_descendants(handle_t seg, uint64_t ndescendants, enum shape shape,
                                size_t nsamples)
{
    char params[64], detail[48];
    samples_begin();
    while (samples_wanted(nsamples)) {
        handle_t parent = seg;
        for (uint64_t i = 0; i < ndescendants; i++) {
            handle_t child =
                must(cap_derive(parent, RIGHT_SEG_READ | RIGHT_GRANT, 0), "derive a capability");
            parent = shape == DEEP ? child : seg;
        }
        uint64_t start = clock_tsc();
        int64_t revoked = cap_revoke(seg);
        samples_add(clock_tsc() - start, 1);
        must(revoked, "revoke a capability");
    }
    snprintf(params, sizeof(params), "{\"descendants\":%" PRIu64 "%s}", ndescendants,
             shape == DEEP ? ",\"deep\":true" : "");
    snprintf(detail, sizeof(detail), ", %" PRIu64 " descendant%s%s", ndescendants,
             ndescendants == 1 ? "" : "s", shape == DEEP ? ", deep" : "");
    report("cap_revoke", params, detail);
}

void bench_cap_revoke(void)
{
    handle_t seg = make_seg(PAGE_BYTES, 0);
    measure_descendants(seg, 1, WIDE, BENCH_SAMPLES);
    measure_descendants(seg, 100, WIDE, BENCH_SAMPLES / 10);
    measure_descendants(seg, 10000, WIDE, 10);
    measure_descendants(seg, 10000, DEEP, 10);
    cap_delete(seg);
}

/* A segment that is filled, and linked to a VAS through a child capability: revoking takes both
 * away. */
static void measure_memory(handle_t vas, uint64_t bytes)
{
    char params[48], detail[48];
    handle_t seg = seg_create("bench", 0, bytes, SEG_EAGER);
    snprintf(detail, sizeof(detail), ", %" PRIu64 " KiB", bytes / KIB);
    if (seg < 0) {
        report_skipped("seg_revoke", detail, seg);
        return;
    }
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        handle_t child =
            must(cap_derive(seg, RIGHT_SEG_READ | RIGHT_GRANT, 0), "derive a capability");
        must(seg_attach(vas, child, ACCESS_READ), "attach a segment");
        uint64_t start = clock_tsc();
        int64_t revoked = cap_revoke(seg);
        samples_add(clock_tsc() - start, 1);
        must(revoked, "revoke a segment");
    }
    snprintf(params, sizeof(params), "{\"bytes\":%" PRIu64 "}", bytes);
    report("seg_revoke", params, detail);
    cap_delete(seg);
}

void bench_seg_revoke(void)
{
    handle_t vas = must(vas_create("bench"), "create a VAS");
    measure_memory(vas, 4 * KIB);
    measure_memory(vas, 16 * MIB);
    measure_memory(vas, 256 * MIB);
    cap_delete(vas);
}

/* --- the longest step ------------------------------------------------------------------------- */

#define HOLDERS 4
#define CAPS_PER_HOLDER 25000

/*
 * Revokes 100,000 capabilities in four processes, then destroys the processes. What is reported is
 * the longest time since boot for which long work, this or that of other benchmarks, let no
 * interrupt in.
 */
void bench_longest_step(void)
{
    handle_t holders[HOLDERS];
    handle_t seg = make_seg(PAGE_BYTES, 0);
    for (size_t i = 0; i < HOLDERS; i++) {
        holders[i] = must(process_create("holder"), "create a process");
        for (size_t j = 0; j < CAPS_PER_HOLDER; j++)
            must(cap_place(holders[i], seg, RIGHT_SEG_READ, 0), "place a capability");
    }
    must(cap_revoke(seg), "revoke a capability");
    for (size_t i = 0; i < HOLDERS; i++) {
        must(object_destroy(holders[i]), "destroy a process");
        cap_delete(holders[i]);
    }
    cap_delete(seg);
    samples_begin_rounds();
    samples_add_value(count_of(COUNTER_LONGEST_STEP));
    report("longest_step", "{\"descendants\":100000}", ", 100000 descendants");
}
