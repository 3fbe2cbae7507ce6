/* For how long the kernel lock is held while programs do what the other benchmarks measure. */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/system.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#include "bench.h"
#include "crew.h"

#define MIXES 200 /* of each CPU */

static void mix_links(handle_t vas, handle_t seg)
{
    must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    must(vas_switch(view), "switch into a view");
    must(seg_set_access(vas, seg, ACCESS_READ), "narrow a link");
    must(vas_switch(HANDLE_HOME), "switch home");
    handle_t clone = must(vas_clone(vas, ACCESS_READ), "clone a VAS");
    must(object_destroy(clone), "destroy a VAS");
    cap_delete(clone);
    must(seg_detach(vas, seg), "detach a segment");
    must(vas_detach(view), "detach a VAS");
}

static void mix_caps(handle_t seg)
{
    for (int i = 0; i < 4; i++)
        must(cap_derive(seg, RIGHT_SEG_READ, 0), "derive a capability");
    must(cap_revoke(seg), "revoke a capability");
}

static void mix_once(void)
{
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t seg = must(seg_create("bench", 0, 4 * PAGE_BYTES, SEG_EAGER), "create a segment");
    handle_t process = must(process_create("bench"), "create a process");
    mix_links(vas, seg);
    mix_caps(seg);
    must(seg_discard(seg, 0, PAGE_BYTES), "empty a page");
    must(object_destroy(process), "destroy a process");
    cap_delete(process);
    cap_delete(seg);
    must(object_destroy(vas), "destroy a VAS");
    cap_delete(vas);
    thread_yield();
}

static void mix(void *unused)
{
    uint32_t round = 0;
    (void)unused;
    while (crew_next_round(&round)) {
        for (int i = 0; i < MIXES; i++)
            mix_once();
    }
}

/* The least time that is not below `percent` of the holds. */
static uint64_t quantile(const struct lock_times *times, uint64_t n, uint64_t percent)
{
    uint64_t sum = 0;
    for (uint32_t bucket = 0; bucket < LOCK_BUCKETS; bucket++) {
        sum += times->counts[bucket];
        if (sum > 0 && sum * 100 >= n * percent)
            return lock_bucket_cycles(bucket);
    }
    return times->longest;
}

static double mean(const struct lock_times *times, uint64_t n)
{
    double sum = 0;
    for (uint32_t bucket = 0; bucket < LOCK_BUCKETS; bucket++)
        sum += (double)times->counts[bucket] * (double)lock_bucket_cycles(bucket);
    return sum / (double)n;
}

static void report_times(uint64_t ncpus, const struct lock_times *times)
{
    char params[64], detail[48];
    uint64_t n = 0, max = times->longest;
    for (uint32_t bucket = 0; bucket < LOCK_BUCKETS; bucket++)
        n += times->counts[bucket];
    const struct summary holds = {n,
                                  quantile(times, n, 0),
                                  quantile(times, n, 10),
                                  quantile(times, n, 50),
                                  quantile(times, n, 90),
                                  quantile(times, n, 99),
                                  max,
                                  mean(times, n)};
    const char *cpus = ncpus == 1 ? "CPU" : "CPUs";
    snprintf(params, sizeof(params), "{\"on\":%" PRIu64 "}", ncpus);
    snprintf(detail, sizeof(detail), ", mix on %" PRIu64 " %s, at most %" PRIu64, ncpus, cpus, max);
    report_figures("lock_hold", params, detail, holds);
}

static void measure_holds(uint64_t ncpus)
{
    static struct lock_times times;
    handle_t system = startup_cap("system");
    crew_open();
    for (uint64_t cpu = 1; cpu < ncpus; cpu++)
        crew_add_thread(cpu, mix, NULL);
    crew_gather();
    int64_t watched = system_lock_times(system, &times, true);
    crew_call_round();
    for (int i = 0; i < MIXES; i++)
        mix_once();
    crew_await_round();
    if (watched >= 0)
        watched = system_lock_times(system, &times, false);
    crew_dismiss();
    if (watched < 0)
        report_skipped("lock_hold", "", watched);
    else
        report_times(ncpus, &times);
}

void bench_lock_hold(void)
{
    measure_holds(1);
    if (crew_cpus() >= 4)
        measure_holds(4);
}
