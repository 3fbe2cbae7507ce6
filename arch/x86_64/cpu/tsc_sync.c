/*
 * The leader asks for the follower's counter and reads its own before and after. If they agree the
 * answer lies between the two; how far from their middle it lies is the difference, known to half
 * of their distance. Of many rounds the shortest counts.
 */
#include "cpu/tsc_sync.h"

#include "cpu/instr.h"
#include "cpu/registers.h"

#define ROUNDS 50
#define FEATURE_LEAF 7
#define FEATURE_TSC_ADJUST ((uint32_t)1 << 1) /* EBX (SDM 2A, CPUID) */

static struct {
    uint32_t asked;    /* questions so far, */
    uint32_t answered; /* and answers */
    bool last;         /* no more questions */
    int64_t add;       /* to the follower's counter, before it answers */
    uint64_t answer;
} talk;

static uint64_t ask(int64_t add, bool last)
{
    uint32_t number = talk.asked + 1;
    talk.add = add;
    talk.last = last;
    __atomic_store_n(&talk.asked, number, __ATOMIC_RELEASE);
    while (__atomic_load_n(&talk.answered, __ATOMIC_ACQUIRE) != number)
        cpu_pause();
    return talk.answer;
}

static int64_t measure(void)
{
    uint64_t shortest = UINT64_MAX;
    int64_t ahead = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t before = cpu_read_tsc_in_order();
        uint64_t answer = ask(0, false);
        uint64_t ticks = cpu_read_tsc_in_order() - before;
        if (ticks < shortest) {
            shortest = ticks;
            ahead = (int64_t)(answer - (before + ticks / 2));
        }
    }
    uint64_t distance = (uint64_t)(ahead < 0 ? -ahead : ahead);
    return distance > shortest / 2 + 1 ? ahead : 0;
}

struct tsc_sync tsc_sync_lead(void)
{
    struct tsc_sync sync;
    sync.found = sync.left = measure();
    if (sync.found != 0) {
        ask(-sync.found, false);
        sync.left = measure();
    }
    ask(0, true);
    return sync;
}

static void add_to_counter(int64_t add)
{
    if (cpu_id(0, 0).eax >= FEATURE_LEAF && cpu_id(FEATURE_LEAF, 0).ebx & FEATURE_TSC_ADJUST)
        cpu_write_msr(MSR_TSC_ADJUST, cpu_read_msr(MSR_TSC_ADJUST) + (uint64_t)add);
}

/* All questions to CPUs before this one have been answered. */
void tsc_sync_follow(void)
{
    bool last;
    do {
        uint32_t number = talk.answered + 1;
        while (__atomic_load_n(&talk.asked, __ATOMIC_ACQUIRE) != number)
            cpu_pause();
        last = talk.last;
        if (talk.add != 0)
            add_to_counter(talk.add);
        talk.answer = cpu_read_tsc_in_order();
        __atomic_store_n(&talk.answered, number, __ATOMIC_RELEASE);
    } while (!last);
}
