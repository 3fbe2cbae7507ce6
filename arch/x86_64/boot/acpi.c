/*
 * From the pointer that the loader passes on (RSDP) to a list of tables (XSDT, or the older RSDT),
 * to the table of interrupt controllers (MADT), which has an entry for each CPU's local APIC.
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

#define APIC_ENABLED 0x1
#define APIC_ID_ALL_OLD 0xff /* an address of all, not of one (SDM 3A 10.6.2.1) */
#define APIC_ID_ALL 0xffffffff

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

/* Tables 5.19 and 5.20: the MADT's own fields, then entries that each begin with these two. */
struct madt_fields {
    uint32_t apic_address;
    uint32_t flags;
};

struct madt_entry {
    uint8_t type;
    uint8_t nbytes;
};

enum madt_type {
    MADT_APIC = 0,
    MADT_X2APIC = 9,
};

/* Table 5.21. */
struct madt_apic {
    struct madt_entry entry;
    uint8_t processor;
    uint8_t apic_id;
    uint32_t flags;
};
_Static_assert(sizeof(struct madt_apic) == 8, "ACPI 6.5 table 5.21");

/* Table 5.34. */
struct madt_x2apic {
    struct madt_entry entry;
    uint16_t reserved;
    uint32_t apic_id;
    uint32_t flags;
    uint32_t processor;
};
_Static_assert(sizeof(struct madt_x2apic) == 16, "ACPI 6.5 table 5.34");

/* A table, or what is left of one. */
struct bytes {
    const char *at;
    uint64_t n;
};

static bool sum_is_zero(struct bytes bytes)
{
    uint8_t sum = 0;
    for (uint64_t i = 0; i < bytes.n; i++)
        sum = (uint8_t)(sum + (uint8_t)bytes.at[i]);
    return sum == 0;
}

/* The contents of the table at this address, behind its header. */
static status_t table_read(uint64_t address, paddr_t end, const char *signature, struct bytes *out)
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
    if (!sum_is_zero((struct bytes){table, header.nbytes}))
        return STATUS_BAD_ARGUMENT;
    *out = (struct bytes){table + sizeof(header), header.nbytes - sizeof(header)};
    return STATUS_OK;
}

/* Looks for the MADT among those that the table at `root` lists, by addresses of so many bytes. */
static status_t madt_find(uint64_t root, paddr_t end, const char *signature, uint64_t address_bytes,
                          struct bytes *out)
{
    struct bytes list;
    TRY(table_read(root, end, signature, &list));
    status_t status = STATUS_NOT_FOUND;
    uint64_t n = min_u64(list.n / address_bytes, TABLES_MAX);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t address = 0;
        memcpy(&address, list.at + i * address_bytes, address_bytes);
        status_t found = table_read(address, end, "APIC", out);
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
           rsdp->xsdt != 0 && sum_is_zero((struct bytes){(const char *)rsdp, sizeof(*rsdp)});
}

/* By the newer list, or by the older one if that does not lead to it. */
static status_t madt_of_rsdp(const struct rsdp *rsdp, size_t nbytes, paddr_t end, struct bytes *out)
{
    status_t status = STATUS_NOT_FOUND;
    if (has_xsdt(rsdp, nbytes))
        status = madt_find(rsdp->xsdt, end, "XSDT", sizeof(rsdp->xsdt), out);
    if (status == STATUS_OK || rsdp->rsdt == 0)
        return status;
    status_t old = madt_find(rsdp->rsdt, end, "RSDT", sizeof(rsdp->rsdt), out);
    return old == STATUS_OK || status == STATUS_NOT_FOUND ? old : status;
}

static void cpu_list_add(struct cpu_list *list, uint32_t apic_id)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->apic_ids[i] == apic_id)
            return;
    }
    if (list->n < CPUS_MAX)
        list->apic_ids[list->n++] = apic_id;
    else
        list->left_out++;
}

static status_t madt_entry_add(struct bytes entry, uint8_t type, struct cpu_list *list)
{
    struct madt_apic apic;
    struct madt_x2apic x2apic;
    if (type == MADT_APIC) {
        if (entry.n < sizeof(apic))
            return STATUS_BAD_ARGUMENT;
        memcpy(&apic, entry.at, sizeof(apic));
        if ((apic.flags & APIC_ENABLED) && apic.apic_id != APIC_ID_ALL_OLD)
            cpu_list_add(list, apic.apic_id);
    } else if (type == MADT_X2APIC) {
        if (entry.n < sizeof(x2apic))
            return STATUS_BAD_ARGUMENT;
        memcpy(&x2apic, entry.at, sizeof(x2apic));
        if ((x2apic.flags & APIC_ENABLED) && x2apic.apic_id != APIC_ID_ALL)
            cpu_list_add(list, x2apic.apic_id);
    }
    return STATUS_OK;
}

static status_t madt_parse(struct bytes madt, struct cpu_list *list)
{
    if (madt.n < sizeof(struct madt_fields))
        return STATUS_BAD_ARGUMENT;
    struct madt_entry entry;
    for (uint64_t at = sizeof(struct madt_fields); at < madt.n; at += entry.nbytes) {
        if (madt.n - at < sizeof(entry))
            return STATUS_BAD_ARGUMENT;
        memcpy(&entry, madt.at + at, sizeof(entry));
        if (entry.nbytes < sizeof(entry) || entry.nbytes > madt.n - at)
            return STATUS_BAD_ARGUMENT;
        TRY(madt_entry_add((struct bytes){madt.at + at, entry.nbytes}, entry.type, list));
    }
    return STATUS_OK;
}

static void only_boot_cpu(struct cpu_list *list, uint32_t apic_id)
{
    list->n = 1;
    list->apic_ids[0] = apic_id;
    list->left_out = 0;
}

status_t acpi_find_cpus(const void *rsdp_bytes, size_t nbytes, paddr_t readable_end,
                        uint32_t boot_apic_id, struct cpu_list *out)
{
    struct rsdp rsdp = {0};
    struct bytes madt;
    only_boot_cpu(out, boot_apic_id);
    if (nbytes < RSDP_OLD_BYTES)
        return STATUS_NO_DATA;
    memcpy(&rsdp, rsdp_bytes, min_u64(nbytes, sizeof(rsdp)));
    if (memcmp(rsdp.signature, "RSD PTR ", sizeof(rsdp.signature)) != 0 ||
        !sum_is_zero((struct bytes){(const char *)&rsdp, RSDP_OLD_BYTES}))
        return STATUS_BAD_ARGUMENT;
    TRY(madt_of_rsdp(&rsdp, nbytes, readable_end, &madt));
    status_t status = madt_parse(madt, out);
    if (status != STATUS_OK)
        only_boot_cpu(out, boot_apic_id);
    return status;
}
