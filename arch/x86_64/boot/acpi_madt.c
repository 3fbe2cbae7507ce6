/*
 * The table of interrupt controllers (MADT, ACPI 6.5 section 5.2.12): it has an entry for each
 * CPU's local APIC, for each I/O APIC, and for what arrives there otherwise than usual.
 */
#include "boot/acpi_madt.h"

#include "base/string.h"

#define APIC_ENABLED 0x1
#define APIC_ID_ALL_OLD 0xff /* an address of all, not of one (SDM 3A 10.6.2.1) */
#define APIC_ID_ALL 0xffffffff

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
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
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

/* Table 5.24. */
struct madt_ioapic {
    struct madt_entry entry;
    uint8_t id;
    uint8_t reserved;
    uint32_t address;
    uint32_t first; /* the number of its first pin among those of all */
};
_Static_assert(sizeof(struct madt_ioapic) == 12, "ACPI 6.5 table 5.24");

/* Table 5.25: an ISA interrupt that arrives otherwise than by its number, edge and active high. */
struct madt_override {
    struct madt_entry entry;
    uint8_t bus;
    uint8_t irq;
    uint32_t pin;
    uint16_t flags;
} __attribute__((packed));
_Static_assert(sizeof(struct madt_override) == 10, "ACPI 6.5 table 5.25");

/* Table 5.26. */
#define OVERRIDE_POLARITY 0x3
#define OVERRIDE_LOW 0x3
#define OVERRIDE_TRIGGER 0xc
#define OVERRIDE_LEVEL 0xc

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

static status_t madt_entry_add(struct acpi_table entry, uint8_t type, struct cpu_list *list)
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

static status_t madt_parse(struct acpi_table madt, struct cpu_list *list)
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
        TRY(madt_entry_add((struct acpi_table){madt.at + at, entry.nbytes}, entry.type, list));
    }
    return STATUS_OK;
}

static void only_boot_cpu(struct cpu_list *list, uint32_t apic_id)
{
    list->n = 1;
    list->apic_ids[0] = apic_id;
    list->left_out = 0;
}

status_t acpi_find_cpus(const struct acpi_root *root, uint32_t boot_apic_id, struct cpu_list *out)
{
    struct acpi_table madt;
    only_boot_cpu(out, boot_apic_id);
    TRY(acpi_find_table(root, "APIC", &madt));
    status_t status = madt_parse(madt, out);
    if (status != STATUS_OK)
        only_boot_cpu(out, boot_apic_id);
    return status;
}

/* --- interrupts of devices -------------------------------------------------------------------- */

/* Calls `see` for each entry that is whole. */
static void madt_for_each(struct acpi_table madt,
                          void (*see)(struct acpi_table entry, uint8_t type, void *data),
                          void *data)
{
    struct madt_entry entry;
    for (uint64_t at = sizeof(struct madt_fields); at + sizeof(entry) <= madt.n;
         at += entry.nbytes) {
        memcpy(&entry, madt.at + at, sizeof(entry));
        if (entry.nbytes < sizeof(entry) || entry.nbytes > madt.n - at)
            return;
        see((struct acpi_table){madt.at + at, entry.nbytes}, entry.type, data);
    }
}

struct irq_search {
    uint32_t irq;
    struct ioapic_pin *out;
};

static void see_override(struct acpi_table entry, uint8_t type, void *data)
{
    const struct irq_search *search = data;
    struct madt_override o;
    if (type != MADT_OVERRIDE || entry.n < sizeof(o))
        return;
    memcpy(&o, entry.at, sizeof(o));
    if (o.bus != 0 || o.irq != search->irq)
        return;
    search->out->pin = o.pin;
    search->out->active_low = (o.flags & OVERRIDE_POLARITY) == OVERRIDE_LOW;
    search->out->level = (o.flags & OVERRIDE_TRIGGER) == OVERRIDE_LEVEL;
}

/* The I/O APIC with the highest first pin that is not above the one that is looked for. */
struct ioapic_search {
    uint32_t pin;
    struct madt_ioapic best; /* without an address: none */
};

static void see_ioapic(struct acpi_table entry, uint8_t type, void *data)
{
    struct ioapic_search *search = data;
    struct madt_ioapic io;
    if (type != MADT_IOAPIC || entry.n < sizeof(io))
        return;
    memcpy(&io, entry.at, sizeof(io));
    if (io.first <= search->pin && (search->best.address == 0 || io.first >= search->best.first))
        search->best = io;
}

status_t acpi_find_irq(const struct acpi_root *root, uint32_t irq, struct ioapic_pin *out)
{
    struct acpi_table madt;
    *out = (struct ioapic_pin){.pin = irq};
    TRY(acpi_find_table(root, "APIC", &madt));
    madt_for_each(madt, see_override, &(struct irq_search){irq, out});
    struct ioapic_search search = {.pin = out->pin};
    madt_for_each(madt, see_ioapic, &search);
    uint64_t address = search.best.address;
    if (address == 0 || address % 16 != 0 || address > root->readable_end.v - PAGE_SIZE)
        return STATUS_NOT_FOUND;
    out->address = address;
    out->pin -= search.best.first;
    return STATUS_OK;
}
