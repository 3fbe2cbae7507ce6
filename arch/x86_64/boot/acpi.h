/*
 * floor 8: which CPUs the machine has, from the firmware's tables (ACPI specification 6.5, sections
 * 5.2.5 to 5.2.8 and 5.2.12).
 *
 * The parser trusts nothing: it reads a table only where it is told that there is memory, and only
 * inside the table. It runs in host tests as it is.
 */
#ifndef VASCO_BOOT_ACPI_H
#define VASCO_BOOT_ACPI_H

#include <arch/cpu.h>

#include "base/status.h"
#include "base/types.h"

#define ACPI_RSDP_BYTES 36 /* of the pointer to the tables; its first version has 20 */

/* The CPUs that the firmware has enabled. */
struct cpu_list {
    uint32_t n;
    uint32_t apic_ids[CPUS_MAX]; /* all different; the first is the boot CPU's */
    uint32_t left_out;           /* further ones, for which there is no place */
};

/* `rsdp` is a copy of the pointer, nbytes long; memory can be read up to readable_end. NO_DATA
 * without a pointer, NOT_FOUND without a table of CPUs, TOO_LARGE if it may lie beyond
 * readable_end, BAD_ARGUMENT if the tables contradict themselves: then the list has the boot CPU
 * only. */
status_t must_check acpi_find_cpus(const void *rsdp, size_t nbytes, paddr_t readable_end,
                                   uint32_t boot_apic_id, struct cpu_list *out);

#endif
