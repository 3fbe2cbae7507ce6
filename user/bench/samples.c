/* Samples, and what they amount to. */
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/seg.h>

#include "bench.h"

#define WARM_UP 16
#define CALIBRATIONS 1000
#define MILLION 1000000

/* Read between two samples that shall be cold: more than the caches hold, and than the TLB reaches.
 * Where instructions are counted nothing is cold, and a short way shows it. */
#define SWEEP_BASE (HOME_FREE_BASE + (UINT64_C(128) << 30))
#define SWEEP_BYTES (UINT64_C(64) << 20)
#define SWEEP_BYTES_COUNTED (UINT64_C(8) << 20)
#define SWEEP_STEP 64 /* a cache line */
#define COLD_SAMPLES 100
#define COLD_SAMPLES_COUNTED 8

static uint64_t values[BENCH_SAMPLES_MAX];
static size_t nvalues;
static size_t nto_drop;
static uint64_t overhead;

/* What the kernel has counted between the first sample and the last. */
static struct {
    uint64_t before[COUNTERS], after[COUNTERS], pause[COUNTERS];
    uint64_t operations;
    bool is_over;
} counted;

static struct {
    bool is_on;
    uint64_t nbytes;
    size_t nsamples;
} cold;

void samples_calibrate(void)
{
    overhead = UINT64_MAX;
    for (int i = 0; i < CALIBRATIONS; i++) {
        uint64_t start = clock_tsc();
        uint64_t ticks = clock_tsc() - start;
        overhead = ticks < overhead ? ticks : overhead;
    }
    /* So that no sample has to wait for its place in memory. */
    for (size_t i = 0; i < BENCH_SAMPLES_MAX; i++)
        *(volatile uint64_t *)&values[i] = 0;
}

uint64_t samples_overhead(void)
{
    return overhead;
}

/* --- warm and cold ---------------------------------------------------------------------------- */

bool samples_can_be_cold(bool instructions)
{
    cold.nbytes = instructions ? SWEEP_BYTES_COUNTED : SWEEP_BYTES;
    cold.nsamples = instructions ? COLD_SAMPLES_COUNTED : COLD_SAMPLES;
    handle_t seg = seg_create("sweep", SWEEP_BASE, cold.nbytes, SEG_EAGER);
    bool can = seg >= 0 && seg_attach(HANDLE_SELF, seg, ACCESS_READ) == STATUS_OK;
    if (seg >= 0)
        cap_delete(seg);
    return can;
}

void samples_set_cold(bool is_cold)
{
    cold.is_on = is_cold;
}

bool samples_are_cold(void)
{
    return cold.is_on;
}

static void sweep(void)
{
    for (uint64_t at = SWEEP_BASE; at < SWEEP_BASE + cold.nbytes; at += SWEEP_STEP)
        (void)*(const volatile char *)at;
}

/* --- adding ----------------------------------------------------------------------------------- */

static void begin(size_t ndropped)
{
    nvalues = 0;
    nto_drop = ndropped;
    counted.operations = 0;
    counted.is_over = false;
    must(system_counters(counted.before, COUNTERS), "read the counters");
    counted.before[COUNTER_SYSCALLS]++; /* the one that reads them again */
}

void samples_begin(void)
{
    begin(cold.is_on ? 0 : WARM_UP);
}

void samples_begin_rounds(void)
{
    begin(0);
}

void samples_replace(void)
{
    nvalues = 0;
}

static void end(void)
{
    if (!counted.is_over)
        must(system_counters(counted.after, COUNTERS), "read the counters");
    counted.is_over = true;
}

void samples_pause(void)
{
    must(system_counters(counted.pause, COUNTERS), "read the counters");
}

void samples_resume(void)
{
    uint64_t now[COUNTERS];
    must(system_counters(now, COUNTERS), "read the counters");
    for (size_t i = 0; i < COUNTERS; i++)
        counted.before[i] += now[i] - counted.pause[i];
    counted.before[COUNTER_SYSCALLS]++; /* the first of the two */
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool samples_wanted(size_t n)
{
    bool wanted = nvalues < least(least(n, BENCH_SAMPLES_MAX), cold.is_on ? cold.nsamples : n);
    if (!wanted)
        end();
    else if (cold.is_on)
        sweep();
    return wanted;
}

static void add(uint64_t value, uint64_t operations)
{
    counted.operations += counted.is_over ? 0 : operations;
    if (nto_drop > 0)
        nto_drop--;
    else if (nvalues < BENCH_SAMPLES_MAX)
        values[nvalues++] = value;
}

void samples_add(uint64_t ticks, uint64_t parts)
{
    uint64_t net = ticks > overhead ? ticks - overhead : 0;
    add(net / parts, parts);
}

void samples_add_rate(uint64_t operations, uint64_t ticks)
{
    add(operations * MILLION / ticks, operations);
}

void samples_add_value(uint64_t value)
{
    add(value, 1);
}

/* --- looking ---------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The least value that `percent` of all are not above. */
static uint64_t percentile(size_t percent)
{
    return values[(nvalues * percent + 99) / 100 - 1];
}

struct summary samples_summary(void)
{
    double sum = 0;
    end();
    must(nvalues > 0 ? STATUS_OK : STATUS_NO_DATA, "take a sample");
    qsort(values, nvalues, sizeof(values[0]), compare);
    for (size_t i = 0; i < nvalues; i++)
        sum += (double)values[i];
    return (struct summary){
        .n = nvalues,
        .min = values[0],
        .p10 = percentile(10),
        .median = values[nvalues / 2],
        .p90 = percentile(90),
        .p99 = percentile(99),
        .max = values[nvalues - 1],
        .mean = sum / (double)nvalues,
    };
}

double samples_counted(enum counter counter)
{
    uint64_t n = counted.after[counter] - counted.before[counter];
    return counted.operations == 0 ? 0 : (double)n / (double)counted.operations;
}
