/*
 * The table of fixed hardware (FADT), and of the definition block (DSDT) the one package that says
 * what to write to switch off. The DSDT is a program; it is not run, but looked through for that
 * package, which all firmware spells out in constants.
 */
#include "boot/acpi_fadt.h"

#include "base/string.h"

/* Table 5.9, offsets behind the header. */
#define HEADER 36
#define FADT_DSDT (40 - HEADER)
#define FADT_SMI_COMMAND (48 - HEADER)
#define FADT_ACPI_ENABLE (52 - HEADER)
#define FADT_CONTROL_A (64 - HEADER)
#define FADT_CONTROL_B (68 - HEADER)
#define FADT_FLAGS (112 - HEADER)
#define FADT_RESET_SPACE (116 - HEADER)
#define FADT_RESET_ADDRESS (120 - HEADER)
#define FADT_RESET_VALUE (128 - HEADER)
#define FADT_X_DSDT (140 - HEADER)

#define FLAG_RESET 0x400
#define SPACE_IO 1
#define PORT_MAX 0xffff

/* Section 20.2: the codes of names, packages and constants. */
enum aml {
    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_NAME = 0x08,
    AML_BYTE = 0x0a,
    AML_PACKAGE = 0x12,
};
#define SLEEP_TYPE_MAX 7

/* A number of the table; 0 if the table ends before it. */
static uint64_t field(struct acpi_table table, uint64_t offset, uint64_t nbytes)
{
    uint64_t value = 0;
    if (table.n >= offset + nbytes)
        memcpy(&value, table.at + offset, nbytes);
    return value;
}

static uint16_t port_field(struct acpi_table table, uint64_t offset)
{
    uint64_t port = field(table, offset, 4);
    return port <= PORT_MAX ? (uint16_t)port : 0;
}

/* One constant at *at, which is moved behind it. */
static bool take_constant(struct acpi_table table, uint64_t *at, uint16_t *out)
{
    if (*at >= table.n)
        return false;
    uint8_t code = (uint8_t)table.at[(*at)++];
    if (code == AML_BYTE) {
        if (*at >= table.n)
            return false;
        code = (uint8_t)table.at[(*at)++];
    } else if (code != AML_ZERO && code != AML_ONE) {
        return false;
    }
    *out = code;
    return code <= SLEEP_TYPE_MAX;
}

/* Behind the name: a package, its length in one to four bytes, how many elements, the first two. */
static bool take_package(struct acpi_table table, uint64_t at, uint16_t types[2])
{
    if (at + 2 > table.n || (uint8_t)table.at[at] != AML_PACKAGE)
        return false;
    at += 2 + ((uint8_t)table.at[at + 1] >> 6); /* the first byte says how many follow */
    if (at >= table.n || (uint8_t)table.at[at] < 2)
        return false;
    at++;
    return take_constant(table, &at, &types[0]) && take_constant(table, &at, &types[1]);
}

/* \_S5_, as a name that is defined. */
static bool find_sleep_types(struct acpi_table dsdt, uint16_t types[2])
{
    for (uint64_t at = 0; at + 5 <= dsdt.n; at++) {
        if ((uint8_t)dsdt.at[at] != AML_NAME)
            continue;
        uint64_t name = at + 1 + (dsdt.at[at + 1] == '\\');
        if (name + 4 <= dsdt.n && memcmp(dsdt.at + name, "_S5_", 4) == 0 &&
            take_package(dsdt, name + 4, types))
            return true;
    }
    return false;
}

static status_t read_dsdt(const struct acpi_root *root, struct acpi_table fadt,
                          struct acpi_table *out)
{
    uint64_t address = field(fadt, FADT_X_DSDT, 8);
    if (address != 0 && acpi_read_table(root, address, "DSDT", out) == STATUS_OK)
        return STATUS_OK;
    return acpi_read_table(root, field(fadt, FADT_DSDT, 4), "DSDT", out);
}

status_t acpi_find_power(const struct acpi_root *root, struct power_ways *out)
{
    struct acpi_table fadt;
    struct acpi_table dsdt;
    *out = (struct power_ways){0};
    TRY(acpi_find_table(root, "FACP", &fadt));
    uint64_t reset = field(fadt, FADT_RESET_ADDRESS, 8);
    out->has_reset = (field(fadt, FADT_FLAGS, 4) & FLAG_RESET) != 0 && reset != 0 &&
                     reset <= PORT_MAX && field(fadt, FADT_RESET_SPACE, 1) == SPACE_IO;
    out->reset_port = out->has_reset ? (uint16_t)reset : 0;
    out->reset_value = (uint8_t)field(fadt, FADT_RESET_VALUE, 1);
    out->control[0] = port_field(fadt, FADT_CONTROL_A);
    out->control[1] = port_field(fadt, FADT_CONTROL_B);
    out->smi_command = port_field(fadt, FADT_SMI_COMMAND);
    out->acpi_enable = (uint8_t)field(fadt, FADT_ACPI_ENABLE, 1);
    out->has_off = out->control[0] != 0 && read_dsdt(root, fadt, &dsdt) == STATUS_OK &&
                   find_sleep_types(dsdt, out->sleep_type);
    return STATUS_OK;
}
