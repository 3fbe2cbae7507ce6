/*
 * floor 8: where the high-precision event timer is (IA-PC HPET specification 1.0a, section 3.2.4).
 */
#ifndef VASCO_BOOT_ACPI_HPET_H
#define VASCO_BOOT_ACPI_HPET_H

#include "boot/acpi.h"

/* The address of its registers. Statuses of acpi_find_table; BAD_ARGUMENT if it is not in memory,
 * or not aligned; TOO_LARGE if it cannot be read. */
status_t must_check acpi_find_hpet(const struct acpi_root *root, paddr_t *out);

#endif
