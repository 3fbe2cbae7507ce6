/* What hardware reports of itself: see mishap.h. */
#include "trap/mishap.h"

#include <arch/cpu.h>

#include "base/log.h"
#include "cpu/instr.h"
#include "cpu/registers.h"
#include "trap/panic.h"

/* System control port B (IBM PS/2 Technical Reference): what has pulled the NMI line. */
#define CONTROL_B 0x61
#define CONTROL_B_MEMORY 0x80
#define CONTROL_B_CARD 0x40

void mishap_nmi(const struct trap_frame *f)
{
    uint8_t reason = cpu_in8(CONTROL_B);
    const char *what = (reason & CONTROL_B_MEMORY) != 0 ? "memory or the bus reports an error"
                       : (reason & CONTROL_B_CARD) != 0 ? "a card reports an error"
                                                        : "nobody says why";
    cpu_count_event(COUNTER_STRAYS);
    log_line("trap", "non-maskable interrupt at 0x%lx: %s", f->rip, what);
}

/* CPUID leaf 1: machine checks, and registers that tell of them (SDM 3B 16.3). */
static uint32_t bank_count(void)
{
    const uint32_t both = 1u << 7 | 1u << 14;
    if ((cpu_id(1, 0).edx & both) != both)
        return 0;
    return (uint32_t)(cpu_read_msr(MSR_MCG_CAP) & MCG_CAP_BANKS);
}

/* The first bank that has something to say speaks. */
void mishap_machine_check(const struct trap_frame *f)
{
    uint32_t nbanks = bank_count();
    for (uint32_t bank = 0; bank < nbanks; bank++) {
        uint64_t status = cpu_read_msr(MSR_MC0_STATUS + MSR_MC_STEP * bank);
        if ((status & MC_STATUS_VALID) == 0)
            continue;
        bool has_address = (status & MC_STATUS_ADDRESS) != 0;
        uint64_t address = has_address ? cpu_read_msr(MSR_MC0_ADDRESS + MSR_MC_STEP * bank) : 0;
        panic_with_frame(f,
                         "machine check: the hardware reports an error in bank %u, status 0x%lx, "
                         "address 0x%lx",
                         bank, status, address);
    }
    panic_with_frame(f, "machine check: a hardware error of which no bank tells");
}
