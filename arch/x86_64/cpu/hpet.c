/* Measuring by the HPET: see hpet.h. */
#include "cpu/hpet.h"

#include "cpu/instr.h"

/* Sections 2.3.4, 2.3.5 and 2.3.7, in words of 32 bits. */
#define REG_PERIOD (4 / 4) /* femtoseconds in a tick */
#define REG_CONFIG (0x10 / 4)
#define REG_COUNTER (0xf0 / 4)
#define CONFIG_ENABLE 0x1

#define PERIOD_MIN 1000000 /* no known one counts faster than 1 GHz */
#define PERIOD_MAX 100000000
#define FEMTOSECONDS ((uint64_t)1000000000000000)
#define SAMPLES 3
#define SAMPLES_PER_SECOND 100
#define SAMPLE_LIMIT ((uint64_t)1 << 31) /* cycles */

/* The counter's rate over a hundredth of a second; 0: it stands still. */
static uint64_t sample(volatile uint32_t *registers, uint64_t hz)
{
    uint32_t begin = registers[REG_COUNTER];
    uint64_t tsc = cpu_read_tsc();
    uint32_t ticks = 0;
    while (ticks < hz / SAMPLES_PER_SECOND) {
        ticks = registers[REG_COUNTER] - begin;
        if (cpu_read_tsc() - tsc > SAMPLE_LIMIT)
            return 0;
    }
    uint64_t elapsed = cpu_read_tsc() - tsc;
    return ticks == 0 ? 0 : elapsed * hz / ticks;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    return max_u64(min_u64(a, b), min_u64(max_u64(a, b), c));
}

uint64_t hpet_measure_tsc(volatile void *registers)
{
    volatile uint32_t *words = registers;
    uint64_t rates[SAMPLES];
    uint32_t period = words[REG_PERIOD];
    if (period < PERIOD_MIN || period > PERIOD_MAX)
        return 0;
    words[REG_CONFIG] |= CONFIG_ENABLE;
    for (int i = 0; i < SAMPLES; i++) {
        rates[i] = sample(words, FEMTOSECONDS / period);
        if (rates[i] == 0)
            return 0;
    }
    return median(rates[0], rates[1], rates[2]);
}
