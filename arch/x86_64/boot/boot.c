/* The boot loader's hand-over: see boot.h. */
#include "boot/boot.h"

#include <arch/clock.h>
#include <arch/phys.h>
#include <arch/vectors.h>

#include "base/log.h"
#include "base/option.h"
#include "base/string.h"
#include "boot/acpi_fadt.h"
#include "boot/acpi_hpet.h"
#include "boot/acpi_madt.h"
#include "boot/memory.h"
#include "cpu/apic.h"
#include "cpu/console.h"
#include "cpu/hpet.h"

/* More than any loader writes; a larger size is nonsense. */
#define INFO_BYTES_MAX MIB

status_t boot_parse(uint32_t magic, paddr_t info, struct boot_info *out)
{
    if (magic != MULTIBOOT_MAGIC)
        return STATUS_UNSUPPORTED;
    uint32_t nbytes;
    memcpy(&nbytes, paddr_to_ptr(info), sizeof(nbytes));
    if (nbytes > INFO_BYTES_MAX)
        return STATUS_TOO_LARGE;
    return multiboot_parse(paddr_to_ptr(info), nbytes, out);
}

bool boot_option(const struct boot_info *boot, const char *name, char *value, size_t nbytes)
{
    return option_find(boot->cmdline, name, value, nbytes);
}

/* The boot option `cpus=N`, or no bound without it. */
static uint64_t cpus_wanted(const struct boot_info *boot)
{
    char text[24];
    uint64_t n;
    if (!boot_option(boot, "cpus", text, sizeof(text)))
        return CPUS_MAX;
    if (option_number(text, &n) == STATUS_OK && n > 0)
        return n;
    log_line("cpu", "cpus=%s is no number of CPUs: all are used", text);
    return CPUS_MAX;
}

static const char *why_no_cpus(status_t status)
{
    switch ((int)status) {
    case STATUS_NO_DATA:
        return "the boot loader passes no ACPI tables on";
    case STATUS_NOT_FOUND:
        return "the ACPI tables say nothing of CPUs";
    case STATUS_TOO_LARGE:
        return "the ACPI tables lie above 4 GiB";
    default:
        return "the ACPI tables contradict themselves";
    }
}

static struct acpi_root acpi_root(const struct boot_info *boot)
{
    return (struct acpi_root){boot->rsdp, boot->rsdp_bytes, PADDR(EARLY_WINDOW_END)};
}

void boot_find_clock(const struct boot_info *boot)
{
    const struct acpi_root root = acpi_root(boot);
    paddr_t registers;
    if (acpi_find_hpet(&root, &registers) == STATUS_OK)
        clock_use_tsc_hz(hpet_measure_tsc(paddr_to_ptr(registers)));
}

/* ISA interrupts (IBM PC/AT Technical Reference). */
#define IRQ_KEYBOARD 1
#define IRQ_SERIAL 4

static bool route(const struct acpi_root *root, uint32_t irq)
{
    struct ioapic_pin pin;
    return acpi_find_irq(root, irq, &pin) == STATUS_OK &&
           ioapic_route(paddr_to_ptr(PADDR(pin.address)), &pin, VECTOR_INPUT, apic_id_by_cpuid());
}

void boot_find_input(const struct boot_info *boot)
{
    const struct acpi_root root = acpi_root(boot);
    struct ioapic_pin pin;
    if (acpi_find_irq(&root, IRQ_KEYBOARD, &pin) == STATUS_OK &&
        ioapic_init(paddr_to_ptr(PADDR(pin.address))) && route(&root, IRQ_KEYBOARD) &&
        route(&root, IRQ_SERIAL))
        console_let_interrupt();
    else
        log_line("console", "no I/O APIC: the console looks for what is typed when it is asked");
}

void boot_find_power(const struct boot_info *boot)
{
    const struct acpi_root root = acpi_root(boot);
    struct power_ways ways;
    status_t status = acpi_find_power(&root, &ways);
    if (status != STATUS_OK || !ways.has_off)
        log_line("power", "the firmware does not say how to switch off: that is done by hand");
    power_set_ways(&ways);
}

void boot_find_cpus(const struct boot_info *boot, struct cpu_list *out)
{
    const struct acpi_root root = acpi_root(boot);
    status_t status = acpi_find_cpus(&root, apic_id_by_cpuid(), out);
    if (status != STATUS_OK)
        log_line("cpu", "%s: only this CPU is used", why_no_cpus(status));
    if (out->left_out > 0)
        log_line("cpu", "%u CPUs are left out: there is room for %d", out->left_out, CPUS_MAX);
    uint64_t wanted = cpus_wanted(boot);
    if (wanted < out->n) {
        log_line("cpu", "%lu of %u CPUs are used, as the option cpus= says", wanted, out->n);
        out->n = (uint32_t)wanted;
    }
}
