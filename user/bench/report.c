/* Results for people and for programs. */
#include <cpuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct {
    const char *name;
    const char *words;
} benchmarks[] = {
#define BENCHMARK(name, kind, words) {#name, words},
#include "benchmarks.def"
#undef BENCHMARK
};

static const char *const counter_names[] = {
#define COUNTER(name, word, meaning) [COUNTER_##name] = #name,
#include "abi/counters.def"
#undef COUNTER
};

static const char *const counter_words[] = {
#define COUNTER(name, word, meaning) [COUNTER_##name] = word,
#include "abi/counters.def"
#undef COUNTER
};

static const char *const feature_words[] = {
#define FEATURE(name, word, loss) [FEATURE_##name] = word,
#include "abi/features.def"
#undef FEATURE
};

/* What stands beside each figure, if there was any of it. */
static const enum counter shown[] = {
    COUNTER_SYSCALLS,  COUNTER_VIEW_SWITCHES, COUNTER_SLOW_CROSSINGS, COUNTER_THREAD_SWITCHES,
    COUNTER_CR3_KEEP,  COUNTER_CR3_FLUSH,     COUNTER_TAG_MISSES,     COUNTER_INVLPG,
    COUNTER_INVPCID,   COUNTER_FAULTS,        COUNTER_PAGES_FILLED,   COUNTER_TABLES,
    COUNTER_TICKS,     COUNTER_ASKED,         COUNTER_CHOOSE_SENT,    COUNTER_LOCK_WAITS,
    COUNTER_GATE_CALLS};

#define LEAST 0.005 /* for each operation; less is shown as none */

static struct report_options options;
static struct system_info machine;

/* What is shown once more at the end, where it stays on a screen: the first report of each. */
static struct main_figure {
    const char *const bench;
    char detail[48];
    uint64_t median; /* 0: not measured */
} main_figures[] = {{.bench = "null_syscall"},       {.bench = "vas_switch"},
                    {.bench = "thread_switch"},      {.bench = "process_switch"},
                    {.bench = "ipc_roundtrip"},      {.bench = "gate_roundtrip"},
                    {.bench = "notification_wake"},  {.bench = "seg_attach_detach"},
                    {.bench = "page_narrow_widen"},  {.bench = "first_touch"},
                    {.bench = "vas_create_destroy"}, {.bench = "thread_create_join"},
                    {.bench = "process_spawn_exit"}};

#define MAIN_FIGURES (sizeof(main_figures) / sizeof(main_figures[0]))

static const char *words_of(const char *bench)
{
    for (size_t i = 0; i < sizeof(benchmarks) / sizeof(benchmarks[0]); i++) {
        if (strcmp(benchmarks[i].name, bench) == 0)
            return benchmarks[i].words;
    }
    return bench;
}

/* --- the run ---------------------------------------------------------------------------------- */

/* The CPU's own name (SDM 2A, CPUID, "processor brand string"). */
static void read_brand(char brand[49])
{
    uint32_t words[12] = {0};
    for (uint32_t i = 0; i < 3 && __get_cpuid_max(0x80000000, NULL) >= 0x80000004; i++)
        __get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                    &words[4 * i + 3]);
    memcpy(brand, words, sizeof(words));
    brand[48] = '\0';
    for (char *at = brand; *at != '\0'; at++)
        *at = *at < ' ' || *at > '~' || *at == '"' || *at == '\\' ? ' ' : *at;
}

static void print_run(void)
{
    char brand[49];
    const char *between = "";
    read_brand(brand);
    printf("BENCH {\"run\":{\"cpu\":\"%s\",\"features\":\"", brand);
    for (size_t i = 0; i < FEATURES; i++) {
        if (system_uses(&machine, (enum feature)i)) {
            printf("%s%s", between, feature_words[i]);
            between = ", ";
        }
    }
    printf("\",\"cpus\":%u,\"pcid\":%s,\"tsc_hz\":%" PRIu64 ",\"memory\":%" PRIu64
           ",\"seed\":%" PRIu64 ",\"overhead\":%" PRIu64 ",\"unit\":\"%s\"}}\n",
           machine.ncpus, system_uses(&machine, FEATURE_PCID) ? "true" : "false", machine.tsc_hz,
           machine.total_frames * PAGE_BYTES, options.seed, samples_overhead(), options.unit);
}

void report_begin(struct report_options given)
{
    options = given;
    must(system_info(&machine), "ask about the machine");
    printf("\n-- Benchmarks ------------------------------------------------------------------\n\n"
           "   Unit: %s. PCID: %s. TSC: %" PRIu64 " MHz. CPUs: %u.\n"
           "   Measuring costs %" PRIu64 ", taken off. The order is that of seed %" PRIu64 ".\n\n"
           "   %-47s %8s %8s %8s\n",
           strcmp(options.unit, "insn") == 0 ? "instructions" : "cycles",
           system_uses(&machine, FEATURE_PCID) ? "in use" : "not there", machine.tsc_hz / 1000000,
           machine.ncpus, samples_overhead(), options.seed, "operation", "min", "median", "p99");
    if (options.for_programs)
        print_run();
}

void report_turn(const char *bench, size_t i, size_t n)
{
    if (options.for_programs)
        printf("BENCH {\"turn\":{\"bench\":\"%s\",\"i\":%zu,\"n\":%zu}}\n", bench, i, n);
}

/* --- figures ---------------------------------------------------------------------------------- */

static void print_table_line(const char *bench, const char *detail, struct summary s)
{
    char label[96];
    snprintf(label, sizeof(label), "%s%s%s", words_of(bench), detail,
             samples_are_cold() ? ", cold" : "");
    printf("   %-47s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", label, s.min, s.median, s.p99);
}

static void print_counters(void)
{
    const char *between = "     for each:";
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        double n = samples_counted(shown[i]);
        if (n >= LEAST) {
            printf("%s %.2f %s", between, n, counter_words[shown[i]]);
            between = ",";
        }
    }
    printf("%s", *between == ',' ? "\n" : "");
}

static void print_name_of(enum counter counter)
{
    for (const char *at = counter_names[counter]; *at != '\0'; at++)
        putchar(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
}

static void print_counters_for_programs(void)
{
    const char *between = "";
    printf(",\"counters\":{");
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        double n = samples_counted(shown[i]);
        if (n >= LEAST) {
            printf("%s\"", between);
            print_name_of(shown[i]);
            printf("\":%.2f", n);
            between = ",";
        }
    }
    printf("}");
}

static void print_for_programs(const char *bench, const char *unit, const char *params,
                               struct summary s, bool sampled)
{
    printf("BENCH {\"bench\":\"%s\",\"params\":%s,\"unit\":\"%s\",\"cold\":%s,\"n\":%zu", bench,
           params, unit, samples_are_cold() ? "true" : "false", s.n);
    printf(",\"min\":%" PRIu64 ",\"p10\":%" PRIu64 ",\"median\":%" PRIu64 ",\"p90\":%" PRIu64
           ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64 ",\"mean\":%.1f",
           s.min, s.p10, s.median, s.p90, s.p99, s.max, s.mean);
    if (sampled)
        print_counters_for_programs();
    printf(",\"cpus\":%u,\"pcid\":%s}\n", machine.ncpus,
           system_uses(&machine, FEATURE_PCID) ? "true" : "false");
}

static void remember(const char *bench, const char *detail, uint64_t median)
{
    for (size_t i = 0; i < MAIN_FIGURES && !samples_are_cold(); i++) {
        struct main_figure *figure = &main_figures[i];
        if (strcmp(figure->bench, bench) != 0 || figure->median != 0)
            continue;
        snprintf(figure->detail, sizeof(figure->detail), "%s", detail);
        figure->median = median;
    }
}

void report_as(const char *bench, const char *unit, const char *params, const char *detail)
{
    const struct summary s = samples_summary();
    if (detail != NULL) {
        remember(bench, detail, s.median);
        print_table_line(bench, detail, s);
    }
    if (detail != NULL && options.with_counters)
        print_counters();
    if (options.for_programs)
        print_for_programs(bench, unit, params, s, true);
}

void report(const char *bench, const char *params, const char *detail)
{
    report_as(bench, options.unit, params, detail);
}

void report_figures(const char *bench, const char *params, const char *detail, struct summary s)
{
    print_table_line(bench, detail, s);
    if (options.for_programs)
        print_for_programs(bench, options.unit, params, s, false);
}

const char *report_unit(void)
{
    return options.unit;
}

void report_skipped(const char *bench, const char *detail, int64_t status)
{
    char label[80];
    snprintf(label, sizeof(label), "%s%s", words_of(bench), detail);
    printf("   %-47s left out: %s\n", label, status_text(status));
    if (options.for_programs)
        printf("BENCH {\"left_out\":\"%s: %s\"}\n", label, status_text(status));
}

static void print_main_figures(void)
{
    printf("\n   %-64s %8s\n", "the main figures", "median");
    for (size_t i = 0; i < MAIN_FIGURES; i++) {
        const struct main_figure *figure = &main_figures[i];
        char label[96];
        snprintf(label, sizeof(label), "%s%s", words_of(figure->bench), figure->detail);
        if (figure->median != 0)
            printf("   %-64s %8" PRIu64 "\n", label, figure->median);
    }
}

static uint64_t main_figure(const char *bench)
{
    for (size_t i = 0; i < MAIN_FIGURES; i++) {
        if (strcmp(main_figures[i].bench, bench) == 0)
            return main_figures[i].median;
    }
    return 0;
}

static void print_headline(uint64_t vas_switch, uint64_t process_switch)
{
    uint64_t tenths = (process_switch * 10 + vas_switch / 2) / vas_switch;
    printf("\n   A process switch costs %" PRIu64 ".%" PRIu64 " times as much as a VAS switch "
           "(%" PRIu64 " : %" PRIu64 ").\n",
           tenths / 10, tenths % 10, process_switch, vas_switch);
}

void report_end(void)
{
    uint64_t vas_switch = main_figure("vas_switch"), process_switch = main_figure("process_switch");
    if (vas_switch != 0 && process_switch != 0) {
        print_main_figures();
        print_headline(vas_switch, process_switch);
    }
    printf("\n");
}

/* --- for all benchmarks ----------------------------------------------------------------------- */

uint64_t count_of(enum counter counter)
{
    uint64_t counters[COUNTERS];
    must(system_counters(counters, COUNTERS), "read the counters");
    return counters[counter];
}
