/* How a machine is switched off, out of good tables and out of hostile ones. */
#include "boot/acpi_fadt.h"
#include "boot/acpi_hpet.h"

#include <arch/phys.h>
#include <string.h>

#include "exact.h"
#include "poison.h"

#define RAM (16 * MIB)
#define RSDT (8 * MIB + 4)
#define FADT (9 * MIB + 12)
#define DSDT (10 * MIB)
#define HEADER_BYTES 36
#define FADT_BYTES 244

static unsigned char rsdp[20];
static unsigned char fadt[FADT_BYTES];
static unsigned char dsdt[4096];
static size_t dsdt_bytes;

static void set_sum(unsigned char *bytes, size_t nbytes, size_t at)
{
    unsigned sum = 0;
    bytes[at] = 0;
    for (size_t i = 0; i < nbytes; i++)
        sum += bytes[i];
    bytes[at] = (unsigned char)-sum;
}

static void place(uint64_t address, unsigned char *table, uint32_t nbytes)
{
    memcpy(table + 4, &nbytes, sizeof(nbytes));
    set_sum(table, nbytes, 9);
    memory_unpoison(machine_ram + address, nbytes);
    memcpy(machine_ram + address, table, nbytes);
}

static void put(unsigned char *table, size_t at, uint64_t value, size_t nbytes)
{
    memcpy(table + at, &value, nbytes);
}

/* Good tables, of a machine with \_S5_ { 5, 0 }. */
static void begin(void)
{
    static const unsigned char code[] = "\x10\x20xx\x08_S4_\x12\x03\x01\x00"
                                        "\x08\\_S5_\x12\x06\x04\x0a\x05\x00\x00\x00yy";
    memset(fadt, 0, sizeof(fadt));
    memcpy(fadt, "FACP", 4);
    put(fadt, 40, DSDT, 4);
    put(fadt, 48, 0xb2, 4);
    put(fadt, 52, 0xf1, 1);
    put(fadt, 64, 0x604, 4);
    put(fadt, 112, 0x400, 4);
    put(fadt, 116, 1, 1);
    put(fadt, 120, 0xcf9, 8);
    put(fadt, 128, 6, 1);
    memset(dsdt, 0, sizeof(dsdt));
    memcpy(dsdt, "DSDT", 4);
    memcpy(dsdt + HEADER_BYTES, code, sizeof(code) - 1);
    dsdt_bytes = HEADER_BYTES + sizeof(code) - 1;
}

static status_t find(uint32_t fadt_bytes, struct power_ways *ways)
{
    unsigned char rsdt[HEADER_BYTES + 4] = "RSDT";
    const struct acpi_root root = {rsdp, sizeof(rsdp), PADDR(RAM)};
    memset(rsdp, 0, sizeof(rsdp));
    memcpy(rsdp, "RSD PTR ", 8);
    put(rsdp, 16, RSDT, 4);
    set_sum(rsdp, sizeof(rsdp), 8);
    put(rsdt, HEADER_BYTES, FADT, 4);
    memory_poison(machine_ram, RAM);
    place(RSDT, rsdt, sizeof(rsdt));
    place(FADT, fadt, fadt_bytes);
    place(DSDT, dsdt, (uint32_t)dsdt_bytes);
    status_t status = acpi_find_power(&root, ways);
    memory_unpoison(machine_ram, RAM);
    return status;
}

static int setup(void **state)
{
    (void)state;
    machine_start_bare(RAM);
    begin();
    return 0;
}

static void test_power_ways_are_found(void **state)
{
    struct power_ways ways;
    (void)state;
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_true(ways.has_off && ways.has_reset);
    assert_int_equal(ways.control[0], 0x604);
    assert_int_equal(ways.control[1], 0);
    assert_int_equal(ways.sleep_type[0], 5);
    assert_int_equal(ways.sleep_type[1], 0);
    assert_int_equal(ways.smi_command, 0xb2);
    assert_int_equal(ways.acpi_enable, 0xf1);
    assert_int_equal(ways.reset_port, 0xcf9);
    assert_int_equal(ways.reset_value, 6);
}

static void test_power_the_newer_address_of_the_dsdt_counts(void **state)
{
    struct power_ways ways;
    (void)state;
    put(fadt, 40, 1, 4);
    put(fadt, 140, DSDT, 8);
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_true(ways.has_off);
    put(fadt, 40, DSDT, 4);
    put(fadt, 140, UINT64_MAX, 8);
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_true(ways.has_off);
}

static void test_power_what_is_missing_is_not_made_up(void **state)
{
    struct power_ways ways;
    (void)state;
    put(fadt, 64, 0x10000, 4); /* no port */
    put(fadt, 116, 0, 1);      /* memory */
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_false(ways.has_off || ways.has_reset);
    begin();
    for (size_t i = HEADER_BYTES; i < dsdt_bytes; i++) {
        if (memcmp(dsdt + i, "_S5_", 4) == 0)
            dsdt[i + 2] = '3';
    }
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_false(ways.has_off);
    begin();
    put(fadt, 112, 0, 4);
    assert_int_equal(find(FADT_BYTES, &ways), STATUS_OK);
    assert_true(ways.has_off && !ways.has_reset);
}

/* Tables that end anywhere, and packages that promise more than there is. */
static void test_power_tables_of_any_length_are_read_within(void **state)
{
    struct power_ways ways;
    (void)state;
    for (uint32_t n = HEADER_BYTES; n <= FADT_BYTES; n++)
        (void)find(n, &ways);
    size_t whole = dsdt_bytes;
    for (dsdt_bytes = HEADER_BYTES; dsdt_bytes <= whole; dsdt_bytes++)
        (void)find(FADT_BYTES, &ways);
    dsdt_bytes = whole;
    random_seed(1);
    for (int round = 0; round < 300; round++) {
        begin();
        for (int i = 0; i < 4; i++)
            dsdt[HEADER_BYTES + random_below(whole - HEADER_BYTES)] = (uint8_t)random_below(256);
        dsdt_bytes = HEADER_BYTES + random_below(whole - HEADER_BYTES + 1);
        if (find(FADT_BYTES, &ways) == STATUS_OK && ways.has_off)
            assert_true(ways.sleep_type[0] <= 7 && ways.sleep_type[1] <= 7);
    }
}

/* The table of the HPET in the place of the FADT: of this kind and address. */
static status_t find_hpet(uint32_t nbytes, uint64_t space, uint64_t address, uint64_t end,
                          paddr_t *out)
{
    struct power_ways ways;
    memset(fadt, 0, sizeof(fadt));
    memcpy(fadt, "HPET", 4);
    put(fadt, 40, space, 1);
    put(fadt, 44, address, 8);
    assert_int_equal(find(nbytes, &ways), STATUS_NOT_FOUND);
    const struct acpi_root root = {rsdp, sizeof(rsdp), PADDR(end)};
    return acpi_find_hpet(&root, out);
}

static void test_hpet_is_found_where_it_can_be(void **state)
{
    paddr_t registers;
    (void)state;
    assert_int_equal(find_hpet(56, 0, 0xfed00000, 4 * GIB, &registers), STATUS_OK);
    assert_int_equal(registers.v, 0xfed00000);
    assert_int_equal(find_hpet(56, 1, 0xfed00000, 4 * GIB, &registers), STATUS_BAD_ARGUMENT);
    assert_int_equal(find_hpet(56, 0, 0, 4 * GIB, &registers), STATUS_BAD_ARGUMENT);
    assert_int_equal(find_hpet(56, 0, 0xfed00004, 4 * GIB, &registers), STATUS_BAD_ARGUMENT);
    assert_int_equal(find_hpet(56, 0, 4 * GIB, 4 * GIB, &registers), STATUS_TOO_LARGE);
    assert_int_equal(find_hpet(51, 0, 0xfed00000, 4 * GIB, &registers), STATUS_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_power_ways_are_found, setup),
        cmocka_unit_test_setup(test_power_the_newer_address_of_the_dsdt_counts, setup),
        cmocka_unit_test_setup(test_power_what_is_missing_is_not_made_up, setup),
        cmocka_unit_test_setup(test_power_tables_of_any_length_are_read_within, setup),
        cmocka_unit_test_setup(test_hpet_is_found_where_it_can_be, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
