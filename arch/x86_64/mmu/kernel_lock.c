/* Waiting for the kernel lock: kernel_lock.h says what it is. */
#include <arch/kernel_lock.h>

#include <arch/cpu.h>
#include <arch/mmu.h>

#include "cpu/instr.h"

struct kernel_lock kernel_lock_word;

void kernel_lock_begin(struct cpu *cpu)
{
    if ((cpu->watched & WATCH_LOCK) != 0)
        cpu->lock_taken = cpu_cycles();
}

void kernel_lock_end(struct cpu *cpu)
{
    uint64_t now = cpu_cycles();
    uint64_t held = now - cpu->lock_taken;
    if (cpu->lock_taken == 0)
        return; /* a yield, which is taken in too few instructions to look whether it is watched */
    cpu->lock_taken = 0;
    if ((cpu->watched & WATCH_LOCK) == 0)
        return;
    cpu->lock_times.counts[lock_bucket(held)]++;
    cpu->lock_times.longest = max_u64(cpu->lock_times.longest, held);
}

void kernel_lock_wait(uint32_t ticket)
{
    cpu_count_event(COUNTER_LOCK_WAITS);
    while (__atomic_load_n(&kernel_lock_word.serving, __ATOMIC_ACQUIRE) != ticket) {
        mmu_answer();
        cpu_pause();
    }
}
