/* What several CPUs cost each other: when a translation is taken away, and when all switch. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"
#include "crew.h"

/* --- shooting down ---------------------------------------------------------------------------- */

#define SHOTS 500

/* How many other CPUs run a thread in the view that loses a page, and how many one elsewhere: in
 * another view of this process, or in another process. */
struct crowd {
    uint64_t inside;
    uint64_t outside;
};

static void stand(void *view)
{
    must(vas_switch(*(handle_t *)view), "switch into a view");
    crew_be_busy();
}

static void gather_crowd(struct crowd crowd, handle_t *view, handle_t *elsewhere)
{
    crew_open();
    for (uint64_t cpu = 1; cpu <= crowd.inside; cpu++)
        crew_add_thread(cpu, stand, view);
    for (uint64_t cpu = crowd.inside + 1; cpu <= crowd.inside + crowd.outside; cpu++) {
        if (cpu % 2 == 0)
            crew_add_thread(cpu, stand, elsewhere);
        else
            crew_add_process(cpu, PARTNER_BUSY);
    }
    crew_gather();
}

/* Returns how many interrupts were sent to other CPUs for each page. */
static double shoot(handle_t vas, handle_t seg)
{
    uint64_t nshots = 0;
    uint64_t asked = count_of(COUNTER_ASKED);
    samples_begin();
    for (; samples_wanted(SHOTS); nshots++) {
        uint64_t start = clock_tsc();
        int64_t detached = seg_detach(vas, seg);
        int64_t attached = seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE);
        samples_add(clock_tsc() - start, 1);
        must(detached, "detach a segment");
        must(attached, "attach a segment");
    }
    return (double)(count_of(COUNTER_ASKED) - asked) / (double)nshots;
}

/* This thread stands in the view too. */
static void measure_shots(handle_t vas, handle_t seg, struct crowd crowd)
{
    char params[80], detail[48];
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    handle_t elsewhere = make_view();
    gather_crowd(crowd, &view, &elsewhere);
    must(vas_switch(view), "switch into a view");
    double asked = shoot(vas, seg);
    must(vas_switch(HANDLE_HOME), "switch home");
    crew_dismiss();
    must(vas_detach(view), "detach a VAS");
    must(vas_detach(elsewhere), "detach a VAS");
    if (crowd.inside == 0 && asked > 0) {
        printf("bench: CPUs that stand elsewhere were interrupted\n");
        exit(EXIT_FAILURE);
    }
    snprintf(params, sizeof(params),
             "{\"inside\":%" PRIu64 ",\"outside\":%" PRIu64 ",\"asked\":%g}", crowd.inside,
             crowd.outside, asked);
    snprintf(detail, sizeof(detail), " %" PRIu64 " in, %" PRIu64 " out", crowd.inside,
             crowd.outside);
    report("shootdown", params, detail);
}

void bench_shootdown(void)
{
    static const struct crowd crowds[] = {
        {0, 0}, {0, 1}, {0, 3}, {0, 7}, {1, 0}, {1, 6}, {3, 0}, {3, 4}, {7, 0},
    };
    uint64_t ncpus = crew_cpus();
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t seg = must(seg_create("bench", 0, PAGE_BYTES, SEG_EAGER), "create a segment");
    must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
        if (crowds[i].inside + crowds[i].outside < ncpus)
            measure_shots(vas, seg, crowds[i]);
    }
    cap_delete(seg);
    cap_delete(vas);
}

/* --- switching everywhere --------------------------------------------------------------------- */

#define ROUNDS 20
#define SWITCHES 2000 /* of each CPU in a round */

static void switch_round(const handle_t *views)
{
    int64_t status = 0;
    for (int i = 0; i < SWITCHES / 2; i++) {
        status |= vas_switch(views[0]);
        status |= vas_switch(views[1]);
    }
    must(status, "switch into a view");
}

void switch_in_rounds(void *given)
{
    uint32_t round = 0;
    const handle_t own[2] = {given == NULL ? make_view() : 0, given == NULL ? make_view() : 0};
    const handle_t *views = given == NULL ? own : given;
    switch_round(views); /* a view's first load is dearer */
    while (crew_next_round(&round))
        switch_round(views);
    must(vas_switch(HANDLE_HOME), "switch home");
}

/* Who switches on the other CPUs. */
enum others {
    PROCESSES,
    THREADS, /* of this process, each between two views of its own */
    CROWDED, /* the same, but all between the same two views */
};

static const char *const words_of_others[] = {"processes", "threads", "threads in the same views"};

static void add_switcher(uint64_t cpu, enum others others, handle_t *views)
{
    if (others == PROCESSES)
        crew_add_process(cpu, PARTNER_SWITCH);
    else
        crew_add_thread(cpu, switch_in_rounds, others == CROWDED ? views : NULL);
}

struct calm {
    uint64_t asked;
    uint64_t waits;
};

/* All CPUs switch; how many interrupts and how many waits for the lock that took. */
static struct calm switch_everywhere(uint64_t ncpus, handle_t *views)
{
    struct calm before = {count_of(COUNTER_ASKED), count_of(COUNTER_LOCK_WAITS)};
    samples_begin();
    while (samples_wanted(ROUNDS)) {
        uint64_t start = clock_tsc();
        crew_call_round();
        switch_round(views);
        crew_await_round();
        samples_add_rate(ncpus * SWITCHES, clock_tsc() - start);
    }
    return (struct calm){count_of(COUNTER_ASKED) - before.asked,
                         count_of(COUNTER_LOCK_WAITS) - before.waits};
}

static void measure_throughput(uint64_t ncpus, enum others others)
{
    char params[96], detail[48], unit[32];
    handle_t views[2] = {make_view(), make_view()};
    crew_open();
    for (uint64_t cpu = 1; cpu < ncpus; cpu++)
        add_switcher(cpu, others, views);
    crew_gather();
    switch_round(views);
    struct calm calm = switch_everywhere(ncpus, views);
    must(vas_switch(HANDLE_HOME), "switch home");
    crew_dismiss();
    must(vas_detach(views[0]), "detach a VAS");
    must(vas_detach(views[1]), "detach a VAS");
    snprintf(params, sizeof(params),
             "{\"on\":%" PRIu64 ",\"by\":\"%s\",\"asked\":%" PRIu64 ",\"lock_waits\":%" PRIu64 "}",
             ncpus, words_of_others[others], calm.asked, calm.waits);
    snprintf(detail, sizeof(detail), ", %" PRIu64 " %s", ncpus, words_of_others[others]);
    snprintf(unit, sizeof(unit), "switch/M%s", report_unit());
    report_as("switch_throughput", unit, params, detail);
}

void bench_switch_throughput(void)
{
    uint64_t ncpus = crew_cpus();
    measure_throughput(1, PROCESSES);
    for (uint64_t n = 2; n <= 4; n *= 2) {
        for (enum others others = PROCESSES; n <= ncpus && others <= CROWDED; others++)
            measure_throughput(n, others);
    }
}
