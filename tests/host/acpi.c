/*
 * The firmware's tables: CPUs are found in good ones, and hostile ones do no harm. Memory that
 * holds no table is poisoned, so whoever reads outside of one is found out.
 */
#include "boot/acpi_madt.h"

#include <arch/phys.h>

#include "exact.h"
#include "poison.h"

#define RAM (16 * MIB)
#define READABLE (14 * MIB) /* what lies above stays poisoned */
#define XSDT (8 * MIB + 4)  /* tables need not be aligned */
#define RSDT (9 * MIB)
#define OTHER (10 * MIB + 12)
#define MADT (11 * MIB + 8)
#define HEADER_BYTES 36
#define BOOT_ID 2

/* A table in the making: its header, then what was put behind. */
struct table {
    unsigned char bytes[8192];
    size_t nbytes;
};

static struct table rsdp;

static void put(struct table *table, uint64_t value, size_t nbytes)
{
    memcpy(table->bytes + table->nbytes, &value, nbytes);
    table->nbytes += nbytes;
}

/* Makes the sum of the bytes zero by the one at `at`. */
static void put_sum(unsigned char *bytes, size_t nbytes, size_t at)
{
    unsigned sum = 0;
    bytes[at] = 0;
    for (size_t i = 0; i < nbytes; i++)
        sum += bytes[i];
    bytes[at] = (unsigned char)-sum;
}

static void begin(struct table *table, const char *signature)
{
    memset(table, 0, sizeof(*table));
    memcpy(table->bytes, signature, 4);
    table->nbytes = HEADER_BYTES;
}

static void set_length(struct table *table, uint32_t nbytes)
{
    memcpy(table->bytes + 4, &nbytes, sizeof(nbytes));
}

static void place_as_it_is(const struct table *table, uint64_t address)
{
    memory_unpoison(machine_ram + address, table->nbytes);
    memcpy(machine_ram + address, table->bytes, table->nbytes);
}

static void place(struct table *table, uint64_t address)
{
    set_length(table, (uint32_t)table->nbytes);
    put_sum(table->bytes, table->nbytes, 9);
    place_as_it_is(table, address);
}

static void make_rsdp(unsigned revision, uint64_t rsdt, uint64_t xsdt)
{
    memset(&rsdp, 0, sizeof(rsdp));
    memcpy(rsdp.bytes, "RSD PTR ", 8);
    rsdp.bytes[15] = (unsigned char)revision;
    rsdp.nbytes = 16;
    put(&rsdp, rsdt, 4);
    put(&rsdp, 36, 4);
    put(&rsdp, xsdt, 8);
    put(&rsdp, 0, 4);
    put_sum(rsdp.bytes, 20, 8);
    put_sum(rsdp.bytes, 36, 32);
    if (revision < 2)
        rsdp.nbytes = 20;
}

static void place_list(const char *signature, uint64_t address, size_t address_bytes)
{
    struct table list;
    begin(&list, signature);
    put(&list, OTHER, address_bytes);
    put(&list, MADT, address_bytes);
    place(&list, address);
}

static void put_apic(struct table *madt, uint8_t id, uint32_t flags)
{
    put(madt, 0x0800, 2);
    put(madt, id, 1);
    put(madt, id, 1);
    put(madt, flags, 4);
}

static void put_x2apic(struct table *madt, uint32_t id, uint32_t flags)
{
    put(madt, 0x1009, 2);
    put(madt, 0, 2);
    put(madt, id, 4);
    put(madt, flags, 4);
    put(madt, id, 4);
}

static void begin_madt(struct table *madt)
{
    begin(madt, "APIC");
    put(madt, 0xfee00000, 4);
    put(madt, 1, 4);
}

/* CPUs 0 to 2 and 300, one that is off, one twice, addresses of all, and an I/O APIC. */
static void make_madt(struct table *madt)
{
    begin_madt(madt);
    put_apic(madt, 0, 1);
    put(madt, 0x0c01, 2);
    put(madt, 0, 8);
    put(madt, 0, 2);
    put_apic(madt, 1, 1);
    put_apic(madt, 7, 2);
    put_apic(madt, BOOT_ID, 1);
    put_apic(madt, 0xff, 1);
    put_x2apic(madt, 1, 1);
    put_x2apic(madt, 300, 1);
    put_x2apic(madt, 301, 0);
    put_x2apic(madt, 0xffffffff, 1);
}

static void place_madt(void)
{
    struct table madt;
    make_madt(&madt);
    place(&madt, MADT);
}

static void put_ioapic(struct table *madt, uint32_t address, uint32_t first)
{
    put(madt, 1, 1);
    put(madt, 12, 1);
    put(madt, 0, 2);
    put(madt, address, 4);
    put(madt, first, 4);
}

static void put_override(struct table *madt, uint8_t irq, uint32_t pin, uint16_t flags)
{
    put(madt, 2, 1);
    put(madt, 10, 1);
    put(madt, 0, 1);
    put(madt, irq, 1);
    put(madt, pin, 4);
    put(madt, flags, 2);
}

static int firmware_setup(void **state)
{
    (void)state;
    struct table other;
    machine_start_bare(RAM);
    random_seed(1);
    begin(&other, "FACP");
    put(&other, 0, 8);
    place(&other, OTHER);
    place_list("XSDT", XSDT, 8);
    place_list("RSDT", RSDT, 4);
    place_madt();
    make_rsdp(2, RSDT, XSDT);
    return 0;
}

static void assert_sound(const struct cpu_list *list, status_t status)
{
    assert_in_range(list->n, 1, CPUS_MAX);
    assert_int_equal(list->apic_ids[0], BOOT_ID);
    for (uint32_t i = 0; i < list->n; i++) {
        for (uint32_t k = 0; k < i; k++)
            assert_int_not_equal(list->apic_ids[i], list->apic_ids[k]);
    }
    if (status != STATUS_OK)
        assert_int_equal(list->n, 1);
}

static status_t find(struct cpu_list *list)
{
    char *bytes = exact_copy(rsdp.bytes, rsdp.nbytes);
    memset(list, 0xff, sizeof(*list));
    const struct acpi_root root = {bytes, rsdp.nbytes, PADDR(READABLE)};
    struct ioapic_pin pin;
    (void)!acpi_find_irq(&root, 1, &pin);
    status_t status = acpi_find_cpus(&root, BOOT_ID, list);
    free(bytes);
    assert_sound(list, status);
    return status;
}

static void assert_all_found(void)
{
    struct cpu_list list;
    assert_ok(find(&list));
    const uint32_t ids[] = {BOOT_ID, 0, 1, 300};
    assert_int_equal(list.n, array_count(ids));
    assert_memory_equal(list.apic_ids, ids, sizeof(ids));
    assert_int_equal(list.left_out, 0);
}

static void assert_refused(status_t expected)
{
    struct cpu_list list;
    assert_int_equal(find(&list), expected);
}

static void test_acpi_finds_enabled_cpus_boot_cpu_first(void **state)
{
    (void)state;
    assert_all_found();
}

static void test_acpi_older_list_serves_without_a_newer_one(void **state)
{
    (void)state;
    make_rsdp(0, RSDT, XSDT + 1);
    assert_all_found();
    make_rsdp(2, RSDT, 0);
    assert_all_found();
    make_rsdp(2, RSDT, UINT64_MAX - 3);
    assert_all_found();
    make_rsdp(2, RSDT, XSDT);
    rsdp.bytes[32]++; /* the sum over all */
    assert_all_found();
    machine_ram[XSDT + 9]++;
    make_rsdp(2, RSDT, XSDT);
    assert_all_found();
}

static void test_acpi_without_a_pointer_there_is_one_cpu(void **state)
{
    (void)state;
    rsdp.nbytes = 0;
    assert_refused(STATUS_NO_DATA);
    rsdp.nbytes = 19;
    assert_refused(STATUS_NO_DATA);
    make_rsdp(2, RSDT, XSDT);
    rsdp.bytes[8]++;
    assert_refused(STATUS_BAD_ARGUMENT);
    make_rsdp(2, 0, 0);
    assert_refused(STATUS_NOT_FOUND);
}

static void test_acpi_wrong_sum_or_signature_is_refused(void **state)
{
    (void)state;
    machine_ram[MADT + HEADER_BYTES + 9]++;
    assert_refused(STATUS_BAD_ARGUMENT);
    place_madt();
    machine_ram[MADT]++;
    assert_refused(STATUS_NOT_FOUND);
    place_madt();
    machine_ram[XSDT + 1]++;
    machine_ram[RSDT + 9]++;
    assert_refused(STATUS_BAD_ARGUMENT);
}

static void test_acpi_table_out_of_reach_is_refused(void **state)
{
    (void)state;
    make_rsdp(2, 0, 1ull << 32);
    assert_refused(STATUS_TOO_LARGE);
    make_rsdp(2, 0, UINT64_MAX);
    assert_refused(STATUS_TOO_LARGE);
    struct table list;
    begin(&list, "XSDT");
    put(&list, READABLE - HEADER_BYTES + 1, 8);
    place(&list, XSDT);
    make_rsdp(2, 0, XSDT);
    assert_refused(STATUS_TOO_LARGE);
    struct table madt;
    make_madt(&madt);
    place(&madt, READABLE - HEADER_BYTES); /* all but its header lies above */
    memory_poison(machine_ram + READABLE, RAM - READABLE);
    begin(&list, "XSDT");
    put(&list, READABLE - HEADER_BYTES, 8);
    place(&list, XSDT);
    assert_refused(STATUS_TOO_LARGE);
}

static void test_acpi_length_is_not_believed(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, HEADER_BYTES - 1, MIB + 1, UINT32_MAX};
    struct table madt;
    for (size_t i = 0; i < array_count(lengths); i++) {
        make_madt(&madt);
        set_length(&madt, lengths[i]);
        place_as_it_is(&madt, MADT);
        assert_refused(STATUS_BAD_ARGUMENT);
    }
}

/* An entry of no length would be the next one for ever. */
static void test_acpi_entries_must_have_a_length_that_fits(void **state)
{
    (void)state;
    static const uint16_t entries[] = {0x0000, 0x0100, 0x0700, 0x0f09, 0x0055, 0x0155, 0x0355};
    struct table madt;
    for (size_t i = 0; i < array_count(entries); i++) {
        make_madt(&madt);
        put(&madt, entries[i], 2);
        place(&madt, MADT);
        assert_refused(STATUS_BAD_ARGUMENT);
    }
}

static void test_acpi_cut_anywhere_is_harmless(void **state)
{
    (void)state;
    struct table madt;
    struct cpu_list list;
    make_madt(&madt);
    for (size_t nbytes = madt.nbytes; nbytes >= HEADER_BYTES; nbytes--) {
        memory_poison(machine_ram + align_down(MADT, 8), sizeof(madt));
        madt.nbytes = nbytes;
        place(&madt, MADT);
        find(&list);
    }
    make_rsdp(2, RSDT, XSDT);
    for (; rsdp.nbytes > 0; rsdp.nbytes--)
        find(&list);
}

static void test_acpi_more_cpus_than_places_are_counted(void **state)
{
    (void)state;
    struct table madt;
    struct cpu_list list;
    begin_madt(&madt);
    for (uint32_t id = 0; id < CPUS_MAX + 10; id++)
        put_x2apic(&madt, id * 3, 1);
    place(&madt, MADT);
    assert_ok(find(&list));
    assert_int_equal(list.n, CPUS_MAX);
    assert_int_equal(list.left_out, 11);
}

/* A list of more tables than are looked at, each of which is the list itself. */
static void test_acpi_list_that_lists_itself_ends(void **state)
{
    (void)state;
    struct table list;
    begin(&list, "XSDT");
    while (list.nbytes + 8 <= sizeof(list.bytes))
        put(&list, XSDT, 8);
    place(&list, XSDT);
    make_rsdp(2, XSDT, XSDT);
    assert_refused(STATUS_NOT_FOUND);
}

static void test_acpi_with_any_byte_changed_is_harmless(void **state)
{
    (void)state;
    static const struct {
        uint64_t address, nbytes;
    } tables[] = {{XSDT, 52}, {RSDT, 44}, {MADT, 150}};
    struct cpu_list list;
    memory_unpoison(machine_ram, READABLE); /* an address that was changed is read */
    for (size_t i = 0; i < array_count(tables); i++) {
        unsigned char *bytes = (unsigned char *)machine_ram + tables[i].address;
        for (size_t at = 0; at < tables[i].nbytes; at++) {
            unsigned char kept = bytes[at], sum = bytes[9];
            for (int value = 0; value < 256; value++) {
                bytes[at] = (unsigned char)value;
                find(&list);
                if (at != 9)
                    bytes[9] = (unsigned char)(sum + kept - value);
                find(&list);
                bytes[9] = sum;
            }
            bytes[at] = kept;
        }
    }
    assert_all_found();
}

static void test_acpi_garbage_with_right_sums_is_harmless(void **state)
{
    (void)state;
    struct cpu_list list;
    struct table madt;
    for (int round = 0; round < 20000; round++) {
        begin_madt(&madt);
        size_t nbytes = random_below(120);
        while (madt.nbytes < HEADER_BYTES + 8 + nbytes)
            put(&madt, random_below(2) == 0 ? random_below(20) : random_below(256), 1);
        memory_poison(machine_ram + align_down(MADT, 8), sizeof(madt));
        place(&madt, MADT);
        find(&list);
    }
    memory_unpoison(machine_ram, READABLE);
    for (int round = 0; round < 20000; round++) {
        make_rsdp(2, random_below(READABLE + MIB), random_below(2 * READABLE));
        for (uint64_t n = random_below(8); n > 0; n--)
            machine_ram[XSDT + random_below(52)] = (char)random_below(256);
        find(&list);
    }
}

/* --- interrupts of devices -------------------------------------------------------------------- */

static status_t find_irq(uint32_t irq, struct ioapic_pin *out)
{
    char *bytes = exact_copy(rsdp.bytes, rsdp.nbytes);
    const struct acpi_root root = {bytes, rsdp.nbytes, PADDR(4 * GIB)};
    status_t status = acpi_find_irq(&root, irq, out);
    free(bytes);
    return status;
}

static void test_acpi_irqs_arrive_where_it_is_said(void **state)
{
    struct table madt;
    struct ioapic_pin pin;
    (void)state;
    begin_madt(&madt);
    put_ioapic(&madt, 0xfec10000, 24);
    put_ioapic(&madt, 0xfec00000, 0);
    put_override(&madt, 4, 30, 0xf);
    put_override(&madt, 9, 9, 0x5);
    set_length(&madt, (uint32_t)madt.nbytes);
    put_sum(madt.bytes, madt.nbytes, 9);
    place_as_it_is(&madt, MADT);
    assert_int_equal(find_irq(1, &pin), STATUS_OK);
    assert_true(pin.address == 0xfec00000 && pin.pin == 1 && !pin.level && !pin.active_low);
    assert_int_equal(find_irq(4, &pin), STATUS_OK);
    assert_true(pin.address == 0xfec10000 && pin.pin == 6 && pin.level && pin.active_low);
    assert_int_equal(find_irq(9, &pin), STATUS_OK);
    assert_true(pin.pin == 9 && !pin.level && !pin.active_low);
}

static void test_acpi_irqs_without_an_io_apic_arrive_nowhere(void **state)
{
    struct table madt;
    struct ioapic_pin pin;
    (void)state;
    for (int what = 0; what < 3; what++) {
        begin_madt(&madt);
        if (what > 0)
            put_ioapic(&madt, what == 1 ? 0xfec00008 : 0xfffff800, 0);
        set_length(&madt, (uint32_t)madt.nbytes);
        put_sum(madt.bytes, madt.nbytes, 9);
        place_as_it_is(&madt, MADT);
        assert_int_equal(find_irq(1, &pin), STATUS_NOT_FOUND);
        assert_int_equal(pin.address, 0);
    }
}

int main(void)
{
#define FIRMWARE_TEST(f) cmocka_unit_test_setup(f, firmware_setup)
    const struct CMUnitTest tests[] = {
        FIRMWARE_TEST(test_acpi_finds_enabled_cpus_boot_cpu_first),
        FIRMWARE_TEST(test_acpi_older_list_serves_without_a_newer_one),
        FIRMWARE_TEST(test_acpi_without_a_pointer_there_is_one_cpu),
        FIRMWARE_TEST(test_acpi_wrong_sum_or_signature_is_refused),
        FIRMWARE_TEST(test_acpi_table_out_of_reach_is_refused),
        FIRMWARE_TEST(test_acpi_length_is_not_believed),
        FIRMWARE_TEST(test_acpi_entries_must_have_a_length_that_fits),
        FIRMWARE_TEST(test_acpi_cut_anywhere_is_harmless),
        FIRMWARE_TEST(test_acpi_more_cpus_than_places_are_counted),
        FIRMWARE_TEST(test_acpi_list_that_lists_itself_ends),
        FIRMWARE_TEST(test_acpi_with_any_byte_changed_is_harmless),
        FIRMWARE_TEST(test_acpi_garbage_with_right_sums_is_harmless),
        FIRMWARE_TEST(test_acpi_irqs_arrive_where_it_is_said),
        FIRMWARE_TEST(test_acpi_irqs_without_an_io_apic_arrive_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
