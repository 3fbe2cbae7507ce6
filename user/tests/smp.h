/*
 * Several CPUs: what the tests of smp*.c share. With one CPU they are skipped.
 */
#ifndef TESTS_SMP_H
#define TESTS_SMP_H

#include "test.h"
#include "worker.h"

#define SMP_MAX 8 /* CPUs that these tests make use of, at most */

/* CPUs that there are, SMP_MAX at most. */
size_t smp_cpus(void);

#define needs_cpus(n)                                                                              \
    do {                                                                                           \
        if (smp_cpus() < (n))                                                                      \
            skip("fewer CPUs");                                                                    \
    } while (0)

/* Which CPU this is, as the CPU itself says: the id of its APIC, which is no number of the
 * kernel's. And what it says on CPU number `cpu`. */
uint32_t smp_apic_id(void);
uint32_t smp_apic_id_of(size_t cpu);

/* worker_start, on a CPU. */
bool smp_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *), size_t cpu);

/* What others bring about, in a while: however busy the machine is that emulates this one. */
#define SMP_PATIENCE (30000 * MILLISECOND)
#define check_comes(x)                                                                             \
    do {                                                                                           \
        uint64_t limit_ = (uint64_t)sys_clock_read() + SMP_PATIENCE;                               \
        while (!(x) && (uint64_t)sys_clock_read() < limit_)                                        \
            sys_thread_sleep(0);                                                                   \
        check(x);                                                                                  \
    } while (0)

/*
 * A while without a call. Whoever wants the kernel lock all the time makes these tests slow where
 * fewer CPUs emulate more: the lock is given on in the order of coming, and each of those who wait
 * has to get its time first.
 */
void smp_linger(uint64_t turns);

/* --- workers that touch what may be gone ------------------------------------------------------ */

/* What smp_load gives where there is nothing. */
#define SMP_NOTHING 0xdeadULL

/* The faults that a worker has met, by their kind. */
struct smp_faults {
    volatile uint64_t pages, lost;
};

/* Sets a handler for the calling worker, in slot `slot`: an access that is refused is left out, and
 * whoever loses its view goes on at home. */
void smp_survive(size_t slot);
struct smp_faults *smp_faults(size_t slot);

/* The word at an address; and a store there. Instructions of 3 bytes, which the handler skips. */
static inline uint64_t smp_load(uint64_t address)
{
    uint64_t word;
    __asm__ volatile("movq (%1), %0" : "=a"(word) : "c"(address) : "memory");
    return word;
}

static inline void smp_store(uint64_t address, uint64_t word)
{
    __asm__ volatile("movq %0, (%1)" : : "a"(word), "c"(address) : "memory");
}

#endif
