/* Samples, and what they amount to. */
#include <stdlib.h>

#include "bench.h"

#define WARM_UP 16
#define CALIBRATIONS 1000

static uint64_t values[BENCH_SAMPLES_MAX];
static size_t nvalues;
static size_t ndropped;
static uint64_t overhead;

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

void samples_begin(void)
{
    nvalues = 0;
    ndropped = 0;
}

bool samples_wanted(size_t n)
{
    return nvalues < (n < BENCH_SAMPLES_MAX ? n : BENCH_SAMPLES_MAX);
}

void samples_add_value(uint64_t value)
{
    if (ndropped < WARM_UP)
        ndropped++;
    else if (nvalues < BENCH_SAMPLES_MAX)
        values[nvalues++] = value;
}

void samples_add(uint64_t ticks, uint64_t parts)
{
    uint64_t net = ticks > overhead ? ticks - overhead : 0;
    samples_add_value(net / parts);
}

void samples_set(uint64_t value)
{
    values[0] = value;
    nvalues = 1;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct summary samples_summary(void)
{
    qsort(values, nvalues, sizeof(values[0]), compare);
    return (struct summary){
        .n = nvalues,
        .min = values[0],
        .median = values[nvalues / 2],
        .p99 = values[(nvalues * 99 + 99) / 100 - 1],
    };
}
