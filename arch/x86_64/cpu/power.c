/* Stopping the machine: see arch/power.h. */
#include <arch/cpu.h>
#include <arch/power.h>

#include "base/log.h"
#include "cpu/console.h"
#include "cpu/instr.h"
#include "cpu/keyboard.h"
#include "cpu/power.h"

#define QEMU_PORT 0xf4 /* isa-debug-exit: QEMU ends with status 2 * value + 1 */
#define QEMU_SUCCESS 0x10
#define QEMU_FAILURE 0x11
#define QEMU_PANIC 0x12
#define BOCHS_PORT 0x8900

/* PM1 control registers (ACPI 6.5 table 4.16). */
#define CONTROL_ACPI 0x0001 /* SCI_EN: the registers are ours */
#define CONTROL_TYPE_SHIFT 10
#define CONTROL_TYPE (7u << CONTROL_TYPE_SHIFT)
#define CONTROL_SLEEP 0x2000

/* The chipset's reset control (Intel ICH datasheet, RST_CNT). */
#define CHIPSET_RESET 0xcf9
#define CHIPSET_HARD 0x02
#define CHIPSET_NOW 0x06

#define DELAY_PORT 0x80 /* nobody answers there; a read takes about a microsecond */
#define PATIENCE 1000000

static enum power_exit exit_how = POWER_EXIT_NONE;
static struct power_ways off_and_reset;

void power_set_ways(const struct power_ways *found)
{
    off_and_reset = *found;
}

static void wait(uint32_t microseconds)
{
    for (uint32_t i = 0; i < microseconds; i++)
        (void)cpu_in8(DELAY_PORT);
}

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

static void last_words(uint64_t code)
{
    if (cpu_count > 1)
        cpu_stop_others();
    if (exit_how == POWER_EXIT_NONE)
        log_line("power", "the machine stops, and can be switched off");
    log_text("vasco: exit code %lu\n", code);
    console_drain();
}

void power_stop(uint64_t code)
{
    last_words(code);
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

/* --- off, and on again ------------------------------------------------------------------------ */

/* Until the firmware has handed the registers over, for a second at most. */
static void enter_acpi_mode(void)
{
    uint16_t port = off_and_reset.control[0];
    if (off_and_reset.smi_command == 0 || off_and_reset.acpi_enable == 0 ||
        (cpu_in16(port) & CONTROL_ACPI) != 0)
        return;
    cpu_out8(off_and_reset.smi_command, off_and_reset.acpi_enable);
    for (uint32_t i = 0; i < PATIENCE && (cpu_in16(port) & CONTROL_ACPI) == 0; i++)
        wait(1);
}

static void sleep_for_ever(uint16_t port, uint16_t type)
{
    if (port == 0)
        return;
    uint16_t value = (uint16_t)(cpu_in16(port) & ~(CONTROL_TYPE | CONTROL_SLEEP));
    value |= (uint16_t)(type << CONTROL_TYPE_SHIFT);
    cpu_out16(port, value);
    cpu_out16(port, value | CONTROL_SLEEP);
}

bool power_off(void)
{
    if (!off_and_reset.has_off)
        return false;
    last_words(0);
    enter_acpi_mode();
    sleep_for_ever(off_and_reset.control[0], off_and_reset.sleep_type[0]);
    sleep_for_ever(off_and_reset.control[1], off_and_reset.sleep_type[1]);
    wait(PATIENCE);
    log_text("The firmware does not switch off. The machine can be switched off by hand.\n");
    console_drain();
    cpu_stop();
}

/* Without handlers the first exception ends in a shutdown, which resets the machine (SDM 3A 6.15,
 * "Interrupt 8"). */
static _Noreturn void fault_thrice(void)
{
    const struct table_pointer none = {0};
    cpu_lidt(&none);
    for (;;)
        cpu_breakpoint();
}

void power_reboot(void)
{
    if (cpu_count > 1)
        cpu_stop_others();
    log_text("vasco: the machine starts again\n");
    console_drain();
    if (off_and_reset.has_reset) {
        cpu_out8(off_and_reset.reset_port, off_and_reset.reset_value);
        wait(PATIENCE / 10);
    }
    keyboard_reset_cpu();
    wait(PATIENCE / 10);
    cpu_out8(CHIPSET_RESET, CHIPSET_HARD);
    cpu_out8(CHIPSET_RESET, CHIPSET_NOW);
    wait(PATIENCE / 10);
    fault_thrice();
}
