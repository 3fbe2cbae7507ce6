/* What the boot loader tells: good information is understood, hostile information does no harm. */
#include "boot/multiboot.h"

#include "exact.h"

enum {
    END = 0,
    CMDLINE = 1,
    MODULE = 3,
    MEMORY = 6,
    SCREEN = 8,
    ACPI_OLD = 14,
    ACPI_NEW = 15,
    EFI = 17
};

/* Multiboot information in the making. */
struct info {
    uint32_t words[4096];
    size_t nbytes;
};

static void put(struct info *info, const void *bytes, size_t nbytes)
{
    memcpy((char *)info->words + info->nbytes, bytes, nbytes);
    info->nbytes += nbytes;
}

static void put32(struct info *info, uint32_t value)
{
    put(info, &value, sizeof(value));
}

static void put64(struct info *info, uint64_t value)
{
    put(info, &value, sizeof(value));
}

static void begin(struct info *info)
{
    memset(info, 0, sizeof(*info));
    info->nbytes = 8;
}

static void tag(struct info *info, uint32_t type, uint32_t nbytes)
{
    info->nbytes = align_up(info->nbytes, 8);
    put32(info, type);
    put32(info, 8 + nbytes);
}

static void finish(struct info *info)
{
    tag(info, END, 0);
    info->words[0] = (uint32_t)info->nbytes;
}

static void put_entry(struct info *info, uint64_t base, uint64_t nbytes, uint32_t type)
{
    put64(info, base);
    put64(info, nbytes);
    put32(info, type);
    put32(info, 0);
}

static void put_memory(struct info *info)
{
    tag(info, MEMORY, 8 + 3 * 24);
    put32(info, 24);
    put32(info, 0);
    put_entry(info, 0, 0x9fc00, 1);
    put_entry(info, 0xf0000, 0x10000, 2);
    put_entry(info, MIB, 127 * MIB, 1);
}

static void put_module(struct info *info, uint32_t start, uint32_t end)
{
    tag(info, MODULE, 8 + 8);
    put32(info, start);
    put32(info, end);
    put(info, "archive", 8);
}

/* `kind`: 1 pixels, 2 text. The colours have `bits` / 3 bits each. */
static void put_screen(struct info *info, uint64_t base, uint32_t pitch, uint32_t width,
                       uint32_t height, uint8_t bits, uint8_t kind)
{
    uint8_t part = bits / 3 < 8 ? bits / 3 : 8;
    const uint8_t rest[] = {bits, kind, 0, 0, (uint8_t)(2 * part), part, part, part, 0, part, 0, 0};
    tag(info, SCREEN, 20 + sizeof(rest) - 2);
    put64(info, base);
    put32(info, pitch);
    put32(info, width);
    put32(info, height);
    put(info, rest, sizeof(rest));
}

static void put_rsdp(struct info *info, uint32_t type, const char *text)
{
    tag(info, type, (uint32_t)strlen(text));
    put(info, text, strlen(text));
}

static struct info *example(void)
{
    static struct info info;
    begin(&info);
    tag(&info, CMDLINE, 9);
    put(&info, "run=\ntour", 9);
    put_module(&info, 0x200000, 0x234567);
    put_module(&info, 0x300000, 0x300001);
    put_memory(&info);
    put_screen(&info, 0xfd000000, 4096, 1024, 768, 32, 1);
    put_rsdp(&info, ACPI_OLD, "RSD PTR 901234567890");
    put_rsdp(&info, ACPI_NEW, "RSD PTR 9012345678901234567890123456 and more");
    finish(&info);
    return &info;
}

static status_t parse(const struct info *info, struct boot_info *out)
{
    char *bytes = exact_copy(info->words, info->nbytes);
    status_t status = multiboot_parse(bytes, info->nbytes, out);
    free(bytes);
    return status;
}

static void test_multiboot_understands_its_tags(void **state)
{
    (void)state;
    struct boot_info boot;
    assert_ok(parse(example(), &boot));
    assert_string_equal(boot.cmdline, "run=?tour");
    assert_int_equal(boot.archive.v, 0x200000);
    assert_int_equal(boot.archive_bytes, 0x34567);
    assert_int_equal(boot.nranges, 3);
    assert_int_equal(boot.ranges[0].nbytes, 0x9fc00);
    assert_int_equal(boot.ranges[1].kind, MEMORY_RESERVED);
    assert_int_equal(boot.ranges[2].base.v, MIB);
    assert_int_equal(boot.ranges[2].kind, MEMORY_AVAILABLE);
    assert_int_equal(boot.screen.kind, SCREEN_PIXELS);
    assert_int_equal(boot.screen.base.v, 0xfd000000);
    assert_int_equal(boot.screen.pitch, 4096);
    assert_int_equal(boot.rsdp_bytes, ACPI_RSDP_BYTES);
    assert_memory_equal(boot.rsdp, "RSD PTR 9012345678901234567890123456", ACPI_RSDP_BYTES);
}

static void test_multiboot_old_pointer_to_acpi_serves_without_a_new_one(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    put_memory(&info);
    finish(&info);
    assert_ok(parse(&info, &boot));
    assert_int_equal(boot.rsdp_bytes, 0);
    begin(&info);
    put_memory(&info);
    put_rsdp(&info, ACPI_OLD, "RSD PTR 901234567890");
    finish(&info);
    assert_ok(parse(&info, &boot));
    assert_int_equal(boot.rsdp_bytes, 20);
    assert_memory_equal(boot.rsdp, "RSD PTR 901234567890", 20);
}

static void test_multiboot_command_line_is_cut_and_terminated(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    tag(&info, CMDLINE, 400);
    for (int i = 0; i < 400; i++)
        put(&info, "w", 1);
    put_memory(&info);
    finish(&info);
    assert_ok(parse(&info, &boot));
    assert_int_equal(strlen(boot.cmdline), BOOT_CMDLINE_BYTES - 1);
}

static void test_multiboot_firmware_map_serves_without_a_plain_one(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    tag(&info, EFI, 8 + 2 * 48);
    put32(&info, 48);
    put32(&info, 1);
    for (uint64_t i = 0; i < 2; i++) {
        const uint64_t words[6] = {i == 0 ? 7 : 6, i << 30, 0, i == 0 ? 16 : UINT64_MAX, 0xf};
        put(&info, words, sizeof(words));
    }
    finish(&info);
    assert_ok(parse(&info, &boot));
    assert_int_equal(boot.nranges, 2);
    assert_int_equal(boot.ranges[0].nbytes, 16 * PAGE_SIZE);
    assert_int_equal(boot.ranges[0].kind, MEMORY_AVAILABLE);
    assert_int_equal(boot.ranges[1].kind, MEMORY_RESERVED);
    assert_true(boot.ranges[1].nbytes <= UINT64_MAX - boot.ranges[1].base.v);
}

static struct screen_mode screen_of(uint64_t base, uint32_t pitch, uint32_t width, uint32_t height,
                                    uint8_t bits, uint8_t kind)
{
    static struct info info;
    struct boot_info boot;
    begin(&info);
    put_memory(&info);
    put_screen(&info, base, pitch, width, height, bits, kind);
    finish(&info);
    assert_ok(parse(&info, &boot));
    return boot.screen;
}

static void test_multiboot_screens_of_each_depth(void **state)
{
    (void)state;
    static const struct {
        uint8_t bits;
        uint32_t cell_bytes, ink;
    } depths[] = {{15, 2, 0x5294}, {16, 2, 0x5294}, {24, 3, 0xaaaaaa}, {32, 4, 0xaaaaaa}};
    const uint64_t above_4_gib = 0x4000000000;
    for (size_t i = 0; i < array_count(depths); i++) {
        struct screen_mode mode = screen_of(above_4_gib, 8192, 1920, 1080, depths[i].bits, 1);
        assert_int_equal(mode.kind, SCREEN_PIXELS);
        assert_int_equal(mode.base.v, above_4_gib);
        assert_int_equal(mode.cell_bytes, depths[i].cell_bytes);
        assert_int_equal(mode.ink, depths[i].ink);
        assert_int_equal(screen_mode_bytes(&mode), 1079 * 8192 + 1920 * depths[i].cell_bytes);
    }
    struct screen_mode text = screen_of(0xb8000, 160, 80, 25, 16, 2);
    assert_int_equal(text.kind, SCREEN_TEXT);
    assert_int_equal(text.width, 80);
}

static void test_multiboot_screens_that_make_no_sense_are_none(void **state)
{
    (void)state;
    static const struct {
        uint64_t base;
        uint32_t pitch, width, height;
        uint8_t bits, kind;
    } bad[] = {
        {0xfd000000, 4095, 1024, 768, 32, 1},                 /* rows overlap */
        {0xfd000000, 4096, 1024, 0, 32, 1},                   /* nothing */
        {0xfd000000, 4096, 7, 768, 32, 1},                    /* no letter fits */
        {0xfd000000, 4096, 1024, 768, 8, 1},                  /* no colours */
        {0xfd000000, 4096, 1024, 768, 33, 1},                 /* no such pixel */
        {0xfd000000, 4096, 1024, 768, 32, 0},                 /* palette */
        {0xfd000000, 4096, 1024, 768, 32, 3},                 /* no such kind */
        {0xfd000000, UINT32_MAX, 1024, 768, 32, 1},           /* too large */
        {0xfd000000, UINT32_MAX, 0x40000001, 768, 32, 1},     /* a row's bytes overflow */
        {0xfd000000, UINT32_MAX, 1024, UINT32_MAX, 32, 1},    /* too large */
        {(uint64_t)1 << 52, 4096, 1024, 768, 32, 1},          /* no such address */
        {((uint64_t)1 << 52) - 4096, 4096, 1024, 768, 32, 1}, /* its end is none */
        {UINT64_MAX, 4096, 1024, 768, 32, 1},                 /* the end overflows */
        {0x7fff000, 4096, 1024, 768, 32, 1},                  /* begins in memory */
        {0x100, 4096, 1024, 768, 32, 1},                      /* the same */
        {0xa0000, 4096, 1024, 768, 32, 1},                    /* reaches into memory */
        {0xb8000, 159, 80, 25, 16, 2},                        /* rows overlap */
        {0xb8000, 160, 80, 25, 8, 2},                         /* no such letter */
    };
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(screen_of(bad[i].base, bad[i].pitch, bad[i].width, bad[i].height,
                                   bad[i].bits, bad[i].kind)
                             .kind,
                         SCREEN_NONE);
}

static void test_multiboot_screen_is_known_though_the_rest_is_refused(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    put_screen(&info, 0xfd000000, 4096, 1024, 768, 32, 1);
    put_module(&info, 0x200001, 0x300000);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_UNALIGNED);
    assert_int_equal(boot.screen.kind, SCREEN_PIXELS);
    begin(&info);
    put_screen(&info, 0xfd000000, 4096, 1024, 768, 32, 1);
    assert_int_equal(parse(&info, &boot), STATUS_BAD_ARGUMENT);
    assert_int_equal(boot.screen.kind, SCREEN_NONE);
}

static void test_multiboot_refuses_what_contradicts_itself(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_NO_DATA);
    begin(&info);
    put_module(&info, 0x200000, 0x1fffff);
    put_memory(&info);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_BAD_ARGUMENT);
    begin(&info);
    put_module(&info, 0x200001, 0x300000);
    put_memory(&info);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_UNALIGNED);
    begin(&info);
    tag(&info, MEMORY, 8);
    put64(&info, 0);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_BAD_ARGUMENT);
}

static void test_multiboot_refuses_more_ranges_than_it_can_keep(void **state)
{
    (void)state;
    static struct info info;
    struct boot_info boot;
    begin(&info);
    tag(&info, MEMORY, 8 + (BOOT_RANGES + 1) * 24);
    put64(&info, 24);
    for (uint64_t i = 0; i <= BOOT_RANGES; i++)
        put_entry(&info, i * 2 * MIB, MIB, 1);
    finish(&info);
    assert_int_equal(parse(&info, &boot), STATUS_TOO_LARGE);
}

/* The drawing code relies on it. */
static void assert_sound_screen(const struct boot_info *boot)
{
    const struct screen_mode *mode = &boot->screen;
    if (mode->kind == SCREEN_NONE)
        return;
    bool is_text = mode->kind == SCREEN_TEXT;
    assert_true(is_text || mode->kind == SCREEN_PIXELS);
    assert_in_range(mode->cell_bytes, 2, is_text ? 2 : 4);
    assert_true(mode->width >= (is_text ? 1 : 8) && mode->height >= (is_text ? 1 : 16));
    assert_true(mode->pitch / mode->cell_bytes >= mode->width);
    assert_true(screen_mode_bytes(mode) <= SCREEN_BYTES_MAX);
    assert_true(mode->base.v + screen_mode_bytes(mode) <= (uint64_t)1 << 52);
    for (uint32_t i = 0; i < boot->nranges; i++) {
        const struct memory_range *r = &boot->ranges[i];
        assert_true(r->kind != MEMORY_AVAILABLE || r->base.v + r->nbytes <= mode->base.v ||
                    r->base.v >= mode->base.v + screen_mode_bytes(mode));
    }
}

/* What is accepted must be sound. */
static void parse_hostile(const struct info *info, size_t nbytes)
{
    struct boot_info boot;
    char *bytes = exact_copy(info->words, nbytes);
    memset(&boot, 0xff, sizeof(boot));
    if (multiboot_parse(bytes, nbytes, &boot) == STATUS_OK) {
        assert_true(strnlen(boot.cmdline, BOOT_CMDLINE_BYTES) < BOOT_CMDLINE_BYTES);
        assert_true(boot.archive.v % PAGE_SIZE == 0 && boot.archive_bytes <= UINT32_MAX);
        assert_true(boot.rsdp_bytes <= sizeof(boot.rsdp));
        assert_true(boot.nranges > 0 && boot.nranges <= BOOT_RANGES);
        assert_sound_screen(&boot);
        for (uint32_t i = 0; i < boot.nranges; i++) {
            assert_true(boot.ranges[i].nbytes <= UINT64_MAX - boot.ranges[i].base.v);
            assert_true(boot.ranges[i].kind <= MEMORY_BAD);
        }
    }
    free(bytes);
}

static void test_multiboot_cut_anywhere_is_harmless(void **state)
{
    (void)state;
    const struct info *info = example();
    for (size_t nbytes = 0; nbytes <= info->nbytes; nbytes++)
        parse_hostile(info, nbytes);
}

static void test_multiboot_with_any_byte_changed_is_harmless(void **state)
{
    (void)state;
    struct info *info = example();
    unsigned char *bytes = (unsigned char *)info->words;
    for (size_t at = 0; at < info->nbytes; at++) {
        unsigned char kept = bytes[at];
        for (int value = 0; value < 256; value++) {
            bytes[at] = (unsigned char)value;
            parse_hostile(info, info->nbytes);
        }
        bytes[at] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiboot_understands_its_tags),
        cmocka_unit_test(test_multiboot_old_pointer_to_acpi_serves_without_a_new_one),
        cmocka_unit_test(test_multiboot_command_line_is_cut_and_terminated),
        cmocka_unit_test(test_multiboot_firmware_map_serves_without_a_plain_one),
        cmocka_unit_test(test_multiboot_screens_of_each_depth),
        cmocka_unit_test(test_multiboot_screens_that_make_no_sense_are_none),
        cmocka_unit_test(test_multiboot_screen_is_known_though_the_rest_is_refused),
        cmocka_unit_test(test_multiboot_refuses_what_contradicts_itself),
        cmocka_unit_test(test_multiboot_refuses_more_ranges_than_it_can_keep),
        cmocka_unit_test(test_multiboot_cut_anywhere_is_harmless),
        cmocka_unit_test(test_multiboot_with_any_byte_changed_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
