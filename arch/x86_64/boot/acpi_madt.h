/*
 * floor 8: which CPUs the machine has (ACPI 6.5 section 5.2.12).
 */
#ifndef VASCO_BOOT_ACPI_MADT_H
#define VASCO_BOOT_ACPI_MADT_H

#include <arch/cpu.h>

#include "boot/acpi.h"
#include "cpu/ioapic.h"

/* The CPUs that the firmware has enabled. */
struct cpu_list {
    uint32_t n;
    uint32_t apic_ids[CPUS_MAX]; /* all different; the first is the boot CPU's */
    uint32_t left_out;           /* further ones, for which there is no place */
};

/* Errors as acpi_find_table; then the list has the boot CPU only. */
status_t must_check acpi_find_cpus(const struct acpi_root *root, uint32_t boot_apic_id,
                                   struct cpu_list *out);

/* Where the interrupt of an ISA device arrives (irq 0 to 15). Errors as acpi_find_table, and
 * NOT_FOUND if no I/O APIC has it. */
status_t must_check acpi_find_irq(const struct acpi_root *root, uint32_t irq,
                                  struct ioapic_pin *out);

#endif
