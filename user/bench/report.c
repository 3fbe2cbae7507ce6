/* Results for people and for programs. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/system.h>

#include "bench.h"

static const struct {
    const char *name;
    const char *words;
} benchmarks[] = {
#define BENCHMARK(name, words) {#name, words},
#include "benchmarks.def"
#undef BENCHMARK
};

/* What the headline compares: the median of the first report of each. */
static uint64_t vas_switch, process_switch;
static const char *unit;
static bool pcid;
static unsigned int ncpus;
static char kept[16384];
static size_t nkept;

static const char *words_of(const char *bench)
{
    for (size_t i = 0; i < sizeof(benchmarks) / sizeof(benchmarks[0]); i++) {
        if (strcmp(benchmarks[i].name, bench) == 0)
            return benchmarks[i].words;
    }
    return bench;
}

void report_begin(const char *unit_given)
{
    struct system_info info;
    must(system_info(&info), "ask about the machine");
    unit = unit_given;
    pcid = system_uses(&info, FEATURE_PCID);
    ncpus = info.ncpus;
    printf("\n-- Benchmarks ------------------------------------------------------------------\n\n"
           "   Unit: %s. PCID: %s. TSC: %" PRIu64 " MHz. CPUs: %u.\n\n"
           "   %-47s %8s %8s %8s\n",
           strcmp(unit, "insn") == 0 ? "instructions" : "cycles", pcid ? "in use" : "not there",
           info.tsc_hz / 1000000, ncpus, "operation", "min", "median", "p99");
}

/* Lines for programs follow the table, so as not to tear it apart. */
static void __attribute__((format(printf, 1, 2))) keep(const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof(kept) - nkept;
    va_start(arguments, format);
    int n = vsnprintf(kept + nkept, room, format, arguments);
    va_end(arguments);
    if (n > 0)
        nkept += (size_t)n < room ? (size_t)n : room - 1;
}

static void remember(const char *bench, uint64_t median)
{
    if (strcmp(bench, "vas_switch") == 0 && vas_switch == 0)
        vas_switch = median;
    if (strcmp(bench, "process_switch") == 0)
        process_switch = median;
}

void report_figures(const char *bench, const char *what, const char *params, const char *detail,
                    struct summary s)
{
    char label[80];
    snprintf(label, sizeof(label), "%s%s", words_of(bench), detail);
    printf("   %-47s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", label, s.min, s.median, s.p99);
    keep("BENCH {\"bench\":\"%s\",\"params\":%s,\"unit\":\"%s\",\"n\":%zu,\"min\":%" PRIu64
         ",\"median\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"cpus\":%u,\"pcid\":%s}\n",
         bench, params, what, s.n, s.min, s.median, s.p99, ncpus, pcid ? "true" : "false");
}

void report(const char *bench, const char *params, const char *detail)
{
    const struct summary s = samples_summary();
    remember(bench, s.median);
    report_figures(bench, unit, params, detail, s);
}

const char *report_unit(void)
{
    return unit;
}

void report_skipped(const char *bench, const char *detail, int64_t status)
{
    char label[80];
    snprintf(label, sizeof(label), "%s%s", words_of(bench), detail);
    printf("   %-47s left out: %s\n", label, status_text(status));
}

static void print_headline(void)
{
    uint64_t tenths = (process_switch * 10 + vas_switch / 2) / vas_switch;
    printf("\n   A process switch costs %" PRIu64 ".%" PRIu64 " times as much as a VAS switch "
           "(%" PRIu64 " : %" PRIu64 ").\n",
           tenths / 10, tenths % 10, process_switch, vas_switch);
}

void report_end(bool for_programs)
{
    if (vas_switch != 0 && process_switch != 0)
        print_headline();
    printf("\n%s", for_programs ? kept : "");
}

int64_t must(int64_t result, const char *what)
{
    if (result >= 0)
        return result;
    printf("bench: cannot %s: %s\n", what, status_text(result));
    exit(EXIT_FAILURE);
}

uint64_t count_of(enum counter counter)
{
    uint64_t counters[COUNTERS];
    must(system_counters(counters, COUNTERS), "read the counters");
    return counters[counter];
}
