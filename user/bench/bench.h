/*
 * The frame of the benchmarks. A benchmark measures its operation many times, each time by itself
 * between two readings of the time-stamp counter:
 *
 *     samples_begin();
 *     while (samples_wanted(BENCH_SAMPLES)) {
 *         uint64_t start = clock_tsc();
 *         the operation;
 *         samples_add(clock_tsc() - start, 1);
 *     }
 *     report("null_syscall", "{}", "");
 *
 * What two readings with nothing between them differ by is taken off. Where the time-stamp counter
 * counts instructions (QEMU's icount), so do the samples.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/clock.h>
#include <vasco/must.h>
#include <vasco/status.h>
#include <vasco/system.h>

#include "abi/counters.h"
#include "abi/types.h"

#define BENCH_SAMPLES 2000
#define BENCH_SAMPLES_MAX 4096

#define BENCHMARK(name, kind, words) void bench_##name(void);
#include "benchmarks.def"
#undef BENCHMARK

/* --- samples.c -------------------------------------------------------------------------------- */

struct summary {
    size_t n;
    uint64_t min;
    uint64_t p10, median, p90, p99; /* so many percent of the samples are this or less */
    uint64_t max;
    double mean;
};

/* Learns what measuring costs by itself. Once, before everything else. */
void samples_calibrate(void);

/* What two readings with nothing between them differ by, which each sample is less by. */
uint64_t samples_overhead(void);

/* Makes what cold samples need; false without the memory. With `instructions` only little. */
bool samples_can_be_cold(bool instructions);

/* From now on samples are cold: few, and before each the caches and the TLB are filled with other
 * things. Or not. */
void samples_set_cold(bool is_cold);
bool samples_are_cold(void);

/* Forgets all samples. Of the next ones the first few are dropped as well, unless cold ones are
 * wanted. */
void samples_begin(void);

/* The same, and none is dropped: for long rounds. */
void samples_begin_rounds(void);

/* Forgets samples that have been reported, for others of the same operations: what was counted for
 * these stays. */
void samples_replace(void);

/* Whether there are fewer than `n` samples yet; at most BENCH_SAMPLES_MAX, and fewer of cold ones.
 */
bool samples_wanted(size_t n);

/* Adds what was measured, for one of `parts` equal parts of it. */
void samples_add(uint64_t ticks, uint64_t parts);

/* Adds how many operations would have been made in a million ticks, when some were in these. */
void samples_add_rate(uint64_t operations, uint64_t ticks);

/* Adds a value that is no time, just as it is. */
void samples_add_value(uint64_t value);

/* What is done between these two, after samples_begin, counts for no operation: checks of what was
 * measured. */
void samples_pause(void);
void samples_resume(void);

/* At least one sample must be there. */
struct summary samples_summary(void);

/* What a counter of the kernel has grown by for each operation, what lies between them included;
 * summed over all CPUs; but not in pauses. To be asked after samples_summary. */
double samples_counted(enum counter counter);

/* --- report.c --------------------------------------------------------------------------------- */

/* `unit` is what the time-stamp counter counts: "cycle" or "insn". Prints what machine this is and
 * the head of the table; with `for_programs` also a line `BENCH {"run":{...}}`. */
struct report_options {
    const char *unit;
    uint64_t seed;
    bool for_programs;  /* each figure once more, as a line for programs */
    bool with_counters; /* what the kernel has counted, below each figure of the table */
};
void report_begin(struct report_options options);

/* Tells programs that the i-th of n turns begins, with this benchmark. */
void report_turn(const char *bench, size_t i, size_t n);

/* Reports the samples of one benchmark: a line of the table, in which `detail` follows its words,
 * and a line for programs, `BENCH {...}`, in which `params` is a JSON object. */
void report(const char *bench, const char *params, const char *detail);

/* The same for samples that are no times. Without a detail, which is null then, the table has no
 * line of them. */
void report_as(const char *bench, const char *unit, const char *params, const char *detail);

/* The same for what was not sampled here. */
void report_figures(const char *bench, const char *params, const char *detail,
                    struct summary figures);

/* "cycle" or "insn". */
const char *report_unit(void);

/* Says that a case is left out, and why; to programs too. */
void report_skipped(const char *bench, const char *detail, int64_t status);

/* The headline, if what it compares was measured. */
void report_end(void);

/* --- operations that several benchmarks share ------------------------------------------------- */

/* A view of a VAS that holds one page, kept by the view alone. */
handle_t make_view(void);

/* The sum of a counter over all CPUs. */
uint64_t count_of(enum counter counter);

#endif
