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
#include <vasco/status.h>

#include "abi/counters.h"
#include "abi/types.h"

#define BENCH_SAMPLES 2000
#define BENCH_SAMPLES_MAX 4096

#define BENCHMARK(name, words) void bench_##name(void);
#include "benchmarks.def"
#undef BENCHMARK

/* --- samples.c -------------------------------------------------------------------------------- */

struct summary {
    size_t n;
    uint64_t min;
    uint64_t median;
    uint64_t p99; /* 99 % of the samples are this or less */
};

/* Learns what measuring costs by itself. Once, before everything else. */
void samples_calibrate(void);

/* Forgets all samples; the first few of the next ones are dropped as well (cold caches). */
void samples_begin(void);

/* Whether there are fewer than `n` samples yet; at most BENCH_SAMPLES_MAX. */
bool samples_wanted(size_t n);

/* Adds what was measured, for one of `parts` equal parts of it. */
void samples_add(uint64_t ticks, uint64_t parts);

/* Adds a value that is no time, just as it is. */
void samples_add_value(uint64_t value);

/* This value alone, which was not measured here but found. */
void samples_set(uint64_t value);

/* At least one sample must be there. */
struct summary samples_summary(void);

/* --- report.c --------------------------------------------------------------------------------- */

/* `unit` is what the time-stamp counter counts: "cycle" or "insn". Prints the head of the table. */
void report_begin(const char *unit);

/* Reports the samples of one benchmark: a line of the table, in which `detail` follows its words,
 * and a line for programs, `BENCH {...}`, in which `params` is a JSON object. */
void report(const char *bench, const char *params, const char *detail);

/* The same for what is no time, or was not sampled here. */
void report_figures(const char *bench, const char *unit, const char *params, const char *detail,
                    struct summary figures);

/* "cycle" or "insn". */
const char *report_unit(void);

/* Says that a case is left out, and why. */
void report_skipped(const char *bench, const char *detail, int64_t status);

/* The headline, if what it compares was measured, and the lines for programs. */
void report_end(bool for_programs);

/* --- main.c ----------------------------------------------------------------------------------- */

/* The value of the program's argument KEY=VALUE, or null. */
const char *bench_option(const char *key);

/* --- operations that several benchmarks share ------------------------------------------------- */

/* A view of a VAS that holds one page, kept by the view alone. */
handle_t make_view(void);

/* The sum of a counter over all CPUs. */
uint64_t count_of(enum counter counter);

/* The result, if it is not a status; else says what could not be done, and ends the program. */
int64_t must(int64_t result, const char *what);

#endif
