/* The table of the HPET: see acpi_hpet.h. */
#include "boot/acpi_hpet.h"

#include "base/string.h"
#include "cpu/hpet.h"

/* Behind the header: what it is, then a generic address (ACPI 6.5 table 5.1). */
struct hpet_fields {
    uint32_t block;
    uint8_t space;
    uint8_t width;
    uint8_t offset;
    uint8_t access;
    uint64_t address;
} __attribute__((packed));
_Static_assert(sizeof(struct hpet_fields) == 16, "HPET 1.0a table 3");

#define SPACE_MEMORY 0

status_t acpi_find_hpet(const struct acpi_root *root, paddr_t *out)
{
    struct acpi_table table;
    struct hpet_fields fields;
    TRY(acpi_find_table(root, "HPET", &table));
    if (table.n < sizeof(fields))
        return STATUS_BAD_ARGUMENT;
    memcpy(&fields, table.at, sizeof(fields));
    if (fields.space != SPACE_MEMORY || fields.address == 0 || fields.address % HPET_BYTES != 0)
        return STATUS_BAD_ARGUMENT;
    if (fields.address > root->readable_end.v - HPET_BYTES)
        return STATUS_TOO_LARGE;
    *out = PADDR(fields.address);
    return STATUS_OK;
}
