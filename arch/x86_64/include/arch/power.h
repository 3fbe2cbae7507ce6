/*
 * floor: 2
 *
 * Stopping the machine. In an emulator a test wants an exit code: the boot option `exit=` names
 * how.
 */
#ifndef VASCO_ARCH_POWER_H
#define VASCO_ARCH_POWER_H

#include "base/types.h"

enum power_exit {
    POWER_EXIT_NONE,  /* stop the CPU and say so */
    POWER_EXIT_QEMU,  /* device isa-debug-exit at port 0xf4 */
    POWER_EXIT_BOCHS, /* "Shutdown" to port 0x8900 */
};

#define POWER_CODE_PANIC 2

void power_set_exit(enum power_exit how);

/* Prints "vasco: exit code N" and stops the machine in the chosen way. Code 0 is success, 1
 * failure, POWER_CODE_PANIC a panic; larger codes count as failure. */
_Noreturn void power_stop(uint64_t code);

/* Switches the machine off by ACPI, after "vasco: exit code 0". False, at once, if the firmware
 * does not say how. If it does, but that is not so, the machine stops and says so. */
bool power_off(void);

/* Starts the machine again, by ACPI, the keyboard controller, the chipset's port or a triple fault,
 * whatever does it. */
_Noreturn void power_reboot(void);

#endif
