/*
 * Time. The rate of the time-stamp counter is measured against the HPET, if there is one, and with
 * that of the APIC's timer against the PIT, as the median of SAMPLES short measurements, so that
 * one disturbed by the firmware (SMM) or by a busy host does no harm. Where the PIT stands still
 * (its clock can be gated), the timer is measured against the counter; without an HPET CPUID has to
 * tell.
 */
#include <arch/clock.h>
#include <arch/vectors.h>

#include "base/log.h"
#include "cpu/apic.h"
#include "cpu/instr.h"
#include "cpu/pic.h"
#include "cpu/pit.h"

#define SAMPLES 5
#define SAMPLES_PER_SECOND 100
#define SAMPLE_LIMIT ((uint64_t)1 << 31) /* cycles: half a second or more on every machine */
#define HZ_LEAST 1000000
#define HZ_ASSUMED 1000000000
#define NANOSECONDS 1000000000
#define SCALE_SHIFT 32

struct rates {
    uint64_t tsc_hz;
    uint64_t timer_hz;
};

static struct rates rates;
static uint64_t hpet_tsc_hz; /* 0: there is none */
static uint64_t start;
static uint64_t scale; /* nanoseconds per tick of the counter, in units of 2^-32 */

uint64_t clock_now(void)
{
    return (uint64_t)((unsigned __int128)(cpu_read_tsc() - start) * scale >> SCALE_SHIFT);
}

uint64_t clock_tsc_hz(void)
{
    return rates.tsc_hz;
}

static bool sample_take(struct rates *out)
{
    apic_timer_start_silent();
    pit_start(PIT_HZ / SAMPLES_PER_SECOND);
    uint32_t timer = apic_timer_elapsed();
    uint64_t tsc = cpu_read_tsc();
    uint64_t ntsc = 0;
    while (!pit_is_done()) {
        ntsc = cpu_read_tsc() - tsc;
        if (ntsc > SAMPLE_LIMIT)
            return false;
    }
    ntsc = cpu_read_tsc() - tsc;
    out->tsc_hz = ntsc * SAMPLES_PER_SECOND;
    out->timer_hz = (uint64_t)(apic_timer_elapsed() - timer) * SAMPLES_PER_SECOND;
    return out->tsc_hz >= HZ_LEAST && out->timer_hz >= HZ_LEAST;
}

/* Inserts a sample, in order of the counter's rate. */
static void sample_insert(struct rates *samples, size_t n, struct rates sample)
{
    for (; n > 0 && samples[n - 1].tsc_hz > sample.tsc_hz; n--)
        samples[n] = samples[n - 1];
    samples[n] = sample;
}

static bool rates_measure(struct rates *out)
{
    struct rates samples[SAMPLES];
    for (size_t n = 0; n < SAMPLES; n++) {
        struct rates sample;
        if (!sample_take(&sample))
            return false;
        sample_insert(samples, n, sample);
    }
    *out = samples[SAMPLES / 2];
    return true;
}

/* CPUID leaf 0x15 has the crystal's rate and its ratio to the counter's, leaf 0x16 the base rate in
 * MHz (SDM 3B 18.7.3). The APIC's timer runs from the crystal. */
static bool rates_ask(struct rates *out)
{
    uint32_t highest = cpu_id(0, 0).eax;
    struct cpuid crystal = highest >= 0x15 ? cpu_id(0x15, 0) : (struct cpuid){0};
    if (crystal.eax == 0 || crystal.ebx == 0)
        return false;
    if (crystal.ecx != 0)
        out->tsc_hz = (uint64_t)crystal.ecx * crystal.ebx / crystal.eax;
    else if (highest >= 0x16)
        out->tsc_hz = (uint64_t)(cpu_id(0x16, 0).eax & 0xffff) * 1000000;
    out->timer_hz = out->tsc_hz * crystal.eax / crystal.ebx;
    return out->tsc_hz >= HZ_LEAST && out->timer_hz >= HZ_LEAST;
}

void clock_use_tsc_hz(uint64_t hz)
{
    hpet_tsc_hz = hz;
}

/* The APIC's timer, by a counter whose rate is known. */
static bool rates_measure_timer(struct rates *out)
{
    if (hpet_tsc_hz < HZ_LEAST)
        return false;
    apic_timer_start_silent();
    uint32_t timer = apic_timer_elapsed();
    uint64_t tsc = cpu_read_tsc();
    while (cpu_read_tsc() - tsc < hpet_tsc_hz / SAMPLES_PER_SECOND)
        ;
    timer = apic_timer_elapsed() - timer;
    out->timer_hz = timer * hpet_tsc_hz / (cpu_read_tsc() - tsc);
    out->tsc_hz = hpet_tsc_hz;
    return out->timer_hz >= HZ_LEAST;
}

/* Two clocks of known rates. Where they differ by more than a sixty-fourth, the HPET is believed:
 * it tells how much time has gone by, whatever has come between, and the PIT only that it has. */
static const char *compare_with_hpet(void)
{
    uint64_t pit = rates.tsc_hz;
    uint64_t apart = max_u64(pit, hpet_tsc_hz) - min_u64(pit, hpet_tsc_hz);
    if (hpet_tsc_hz < HZ_LEAST)
        return "measured by the PIT";
    if (apart <= hpet_tsc_hz / 64) {
        rates.tsc_hz = hpet_tsc_hz;
        return "measured by HPET and PIT";
    }
    if (!rates_measure_timer(&rates))
        return "measured by the PIT";
    log_line("clock", "by the PIT the TSC has %lu kHz: the HPET is believed", pit / 1000);
    return "measured by the HPET";
}

static void rates_find(void)
{
    const char *how = "measured by the HPET; the PIT stands still";
    if (rates_measure(&rates)) {
        how = compare_with_hpet();
    } else if (!rates_measure_timer(&rates)) {
        how = "from CPUID";
        rates = (struct rates){0};
        if (!rates_ask(&rates)) {
            how = "assumed: the PIT stands still and CPUID is silent";
            rates = (struct rates){HZ_ASSUMED, HZ_ASSUMED};
        }
    }
    scale = ((uint64_t)NANOSECONDS << SCALE_SHIFT) / rates.tsc_hz;
    start = cpu_read_tsc();
    log_line("clock", "TSC %lu kHz, APIC timer %lu kHz (%s); %d ticks a second",
             rates.tsc_hz / 1000, rates.timer_hz / 1000, how, TICKS_PER_SECOND);
}

void clock_start(void)
{
    apic_timer_start_periodic((uint32_t)(rates.timer_hz / TICKS_PER_SECOND), VECTOR_TIMER);
}

void clock_init(void)
{
    pic_disable();
    apic_init();
    rates_find();
    clock_start();
}

void clock_tick_off(void)
{
    apic_timer_set_periodic(false, VECTOR_TIMER);
}

void clock_tick_on(void)
{
    apic_timer_set_periodic(true, VECTOR_TIMER);
}
