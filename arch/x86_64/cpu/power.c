/* Stopping the machine: see arch/power.h. */
#include <arch/cpu.h>
#include <arch/power.h>

#include "base/log.h"
#include "cpu/console.h"
#include "cpu/instr.h"

#define QEMU_PORT 0xf4 /* isa-debug-exit: QEMU ends with status 2 * value + 1 */
#define QEMU_SUCCESS 0x10
#define QEMU_FAILURE 0x11
#define QEMU_PANIC 0x12
#define BOCHS_PORT 0x8900

static enum power_exit exit_how = POWER_EXIT_NONE;

void power_set_exit(enum power_exit how)
{
    exit_how = how;
}

static void stop_qemu(uint64_t code)
{
    cpu_out8(QEMU_PORT, code == 0                  ? QEMU_SUCCESS
                        : code == POWER_CODE_PANIC ? QEMU_PANIC
                                                   : QEMU_FAILURE);
}

static void stop_bochs(void)
{
    for (const char *c = "Shutdown"; *c != '\0'; c++)
        cpu_out8(BOCHS_PORT, (uint8_t)*c);
}

void power_stop(uint64_t code)
{
    if (cpu_count > 1)
        cpu_stop_others();
    log_text("vasco: exit code %lu\n", code);
    console_drain();
    switch (exit_how) {
    case POWER_EXIT_QEMU:
        stop_qemu(code);
        break;
    case POWER_EXIT_BOCHS:
        stop_bochs();
        break;
    case POWER_EXIT_NONE:
        break;
    }
    cpu_stop();
}
