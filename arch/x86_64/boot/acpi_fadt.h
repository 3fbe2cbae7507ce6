/*
 * floor 8: how the machine is switched off and reset (ACPI 6.5 sections 4.8 and 5.2.9).
 */
#ifndef VASCO_BOOT_ACPI_FADT_H
#define VASCO_BOOT_ACPI_FADT_H

#include "boot/acpi.h"
#include "cpu/power.h"

/* What the FADT and the package _S5_ of the DSDT say. What they do not is left zero: a machine that
 * cannot be switched off is no error. Statuses of acpi_find_table, of the FADT. */
status_t must_check acpi_find_power(const struct acpi_root *root, struct power_ways *out);

#endif
