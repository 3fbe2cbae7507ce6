/*
 * From the pointer that the loader passes on (RSDP) to a list of tables (XSDT, or the older RSDT),
 * and to the tables.
 *
 * Tables lie at any address, so all is copied out before it is looked at.
 */
#include "boot/acpi.h"

#include <arch/phys.h>

#include "base/string.h"

#define RSDP_OLD_BYTES 20
#define SIGNATURE_BYTES 4

/* More than any firmware has; they bound the time that nonsense takes. */
#define TABLE_BYTES_MAX MIB
#define TABLES_MAX 256

/* Table 5.3. */
struct rsdp {
    char signature[8];
    uint8_t sum;
    char maker[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t nbytes; /* from here on since revision 2 */
    uint64_t xsdt;
    uint8_t whole_sum;
    uint8_t reserved[3];
} __attribute__((packed));
_Static_assert(sizeof(struct rsdp) == ACPI_RSDP_BYTES, "ACPI 6.5 table 5.3");
_Static_assert(offsetof(struct rsdp, nbytes) == RSDP_OLD_BYTES, "ACPI 6.5 table 5.3");

/* Table 5.4. */
struct table_header {
    char signature[SIGNATURE_BYTES];
    uint32_t nbytes; /* this header included */
    uint8_t revision;
    uint8_t sum;
    char maker[26];
};
_Static_assert(sizeof(struct table_header) == 36, "ACPI 6.5 table 5.4");

static bool sum_is_zero(struct acpi_table bytes)
{
    uint8_t sum = 0;
    for (uint64_t i = 0; i < bytes.n; i++)
        sum = (uint8_t)(sum + (uint8_t)bytes.at[i]);
    return sum == 0;
}

/* The contents of the table at this address, behind its header. */
static status_t table_read(uint64_t address, paddr_t end, const char *signature,
                           struct acpi_table *out)
{
    struct table_header header;
    if (address > end.v || end.v - address < sizeof(header))
        return STATUS_TOO_LARGE;
    const char *table = paddr_to_ptr(PADDR(address));
    memcpy(&header, table, sizeof(header));
    if (memcmp(header.signature, signature, SIGNATURE_BYTES) != 0)
        return STATUS_NOT_FOUND;
    if (header.nbytes < sizeof(header) || header.nbytes > TABLE_BYTES_MAX)
        return STATUS_BAD_ARGUMENT;
    if (header.nbytes > end.v - address)
        return STATUS_TOO_LARGE;
    if (!sum_is_zero((struct acpi_table){table, header.nbytes}))
        return STATUS_BAD_ARGUMENT;
    *out = (struct acpi_table){table + sizeof(header), header.nbytes - sizeof(header)};
    return STATUS_OK;
}

/* A list of tables, and how to read it. */
struct list {
    const char *signature;
    uint64_t address;
    uint64_t address_bytes; /* of each that it lists */
};

/* Looks for a table among those that the list names. */
static status_t list_find(struct list list, paddr_t end, const char *signature,
                          struct acpi_table *out)
{
    struct acpi_table addresses;
    TRY(table_read(list.address, end, list.signature, &addresses));
    status_t status = STATUS_NOT_FOUND;
    uint64_t n = min_u64(addresses.n / list.address_bytes, TABLES_MAX);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t address = 0;
        memcpy(&address, addresses.at + i * list.address_bytes, list.address_bytes);
        status_t found = table_read(address, end, signature, out);
        if (found == STATUS_OK)
            return STATUS_OK;
        if (found != STATUS_NOT_FOUND)
            status = found;
    }
    return status;
}

static bool has_xsdt(const struct rsdp *rsdp, size_t nbytes)
{
    return nbytes >= sizeof(*rsdp) && rsdp->revision >= 2 && rsdp->nbytes == sizeof(*rsdp) &&
           rsdp->xsdt != 0 && sum_is_zero((struct acpi_table){(const char *)rsdp, sizeof(*rsdp)});
}

/* By the newer list, or by the older one if that does not lead to it. */
status_t acpi_find_table(const struct acpi_root *root, const char *signature,
                         struct acpi_table *out)
{
    struct rsdp rsdp = {0};
    if (root->nbytes < RSDP_OLD_BYTES)
        return STATUS_NO_DATA;
    memcpy(&rsdp, root->rsdp, min_u64(root->nbytes, sizeof(rsdp)));
    if (memcmp(rsdp.signature, "RSD PTR ", sizeof(rsdp.signature)) != 0 ||
        !sum_is_zero((struct acpi_table){(const char *)&rsdp, RSDP_OLD_BYTES}))
        return STATUS_BAD_ARGUMENT;
    status_t status = STATUS_NOT_FOUND;
    if (has_xsdt(&rsdp, root->nbytes))
        status = list_find((struct list){"XSDT", rsdp.xsdt, sizeof(rsdp.xsdt)}, root->readable_end,
                           signature, out);
    if (status == STATUS_OK || rsdp.rsdt == 0)
        return status;
    status_t old = list_find((struct list){"RSDT", rsdp.rsdt, sizeof(rsdp.rsdt)},
                             root->readable_end, signature, out);
    return old == STATUS_OK || status == STATUS_NOT_FOUND ? old : status;
}

status_t acpi_read_table(const struct acpi_root *root, uint64_t address, const char *signature,
                         struct acpi_table *out)
{
    return table_read(address, root->readable_end, signature, out);
}
