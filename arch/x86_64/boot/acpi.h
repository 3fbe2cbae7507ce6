/*
 * floor 8: the firmware's tables (ACPI specification 6.5, sections 5.2.5 to 5.2.8). What single
 * tables mean is told by acpi_madt.h and the others.
 *
 * The parsers trust nothing: they read a table only where they are told that there is memory, and
 * only inside the table. They run in host tests as they are.
 */
#ifndef VASCO_BOOT_ACPI_H
#define VASCO_BOOT_ACPI_H

#include "base/status.h"
#include "base/types.h"

#define ACPI_RSDP_BYTES 36 /* of the pointer to the tables; its first version has 20 */

/* Where the tables begin: a copy of the pointer, nbytes long (0: there is none). Memory can be read
 * up to readable_end. */
struct acpi_root {
    const void *rsdp;
    size_t nbytes;
    paddr_t readable_end;
};

/* The contents of a table, behind its header, or what is left of one. */
struct acpi_table {
    const char *at;
    uint64_t n;
};

/* The first sound table with this signature of four letters. NO_DATA without a pointer, NOT_FOUND
 * if no table has it, TOO_LARGE if it may lie beyond readable_end, BAD_ARGUMENT if the tables
 * contradict themselves. */
status_t must_check acpi_find_table(const struct acpi_root *root, const char *signature,
                                    struct acpi_table *out);

/* The same for the table at this address, which another table tells. */
status_t must_check acpi_read_table(const struct acpi_root *root, uint64_t address,
                                    const char *signature, struct acpi_table *out);

#endif
