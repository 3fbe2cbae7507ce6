/* ELF files: good ones are understood; of hostile ones nothing outside is read or handed on. */
#include "base/elf.h"

#include "exact.h"

#define NPROGRAMS 3
#define FILE_BYTES (sizeof(struct elf_header) + NPROGRAMS * sizeof(struct elf_program) + 64)

struct image {
    struct elf_header header;
    struct elf_program programs[NPROGRAMS];
    char data[64];
};
_Static_assert(sizeof(struct image) == FILE_BYTES, "no padding");

static struct image example(void)
{
    const uint64_t data = offsetof(struct image, data);
    return (struct image){
        .header =
            {
                .magic = {0x7f, 'E', 'L', 'F'},
                .class = ELF_CLASS_64,
                .data = ELF_DATA_LITTLE,
                .type = ELF_TYPE_EXECUTABLE,
                .machine = ELF_MACHINE_X86_64,
                .version = 1,
                .entry = 0x400010,
                .program_offset = offsetof(struct image, programs),
                .header_bytes = sizeof(struct elf_header),
                .program_bytes = sizeof(struct elf_program),
                .nprograms = NPROGRAMS,
            },
        .programs =
            {
                {ELF_LOAD, ELF_READ | ELF_EXECUTE, data, 0x400000, 0, 64, 64, 0x1000},
                {ELF_TLS, ELF_READ, data, 0x600000, 0, 8, 16, 8},
                {ELF_LOAD, ELF_READ | ELF_WRITE, data + 32, 0x600000, 0, 32, 0x3000, 0x1000},
            },
    };
}

static status_t open_image(const struct image *image, struct elf *elf)
{
    return elf_open(image, sizeof(*image), elf);
}

static void test_elf_open_understands_an_executable(void **state)
{
    (void)state;
    struct image image = example();
    struct elf elf;
    assert_ok(open_image(&image, &elf));
    assert_int_equal(elf.entry, 0x400010);
    assert_int_equal(elf.nprograms, NPROGRAMS);
    for (uint32_t i = 0; i < NPROGRAMS; i++) {
        struct elf_program p = elf_program(&elf, i);
        assert_memory_equal(&p, &image.programs[i], sizeof(p));
    }
}

/* One member changed to a value that makes the file wrong. */
#define assert_refused(member, value)                                                              \
    do {                                                                                           \
        struct image wrong = example();                                                            \
        struct elf none;                                                                           \
        wrong.member = (value);                                                                    \
        assert_int_equal(open_image(&wrong, &none), STATUS_BAD_ARGUMENT);                          \
    } while (0)

static void test_elf_open_refuses_other_files(void **state)
{
    (void)state;
    assert_refused(header.magic[0], 'E');
    assert_refused(header.magic[3], 'E');
    assert_refused(header.class, 1);
    assert_refused(header.data, 2);
    assert_refused(header.type, 3);
    assert_refused(header.machine, 3);
    assert_refused(header.program_bytes, 32);
    assert_refused(header.nprograms, 6);
    assert_refused(header.program_offset, UINT64_MAX);
    assert_refused(header.program_offset, FILE_BYTES);
}

static void test_elf_open_refuses_parts_outside_of_file_or_home(void **state)
{
    (void)state;
    assert_refused(programs[0].offset, FILE_BYTES);
    assert_refused(programs[0].offset, UINT64_MAX - 8);
    assert_refused(programs[0].file_bytes, UINT64_MAX);
    assert_refused(programs[0].memory_bytes, 63);
    assert_refused(programs[2].vaddr, 0);
    assert_refused(programs[2].vaddr, HOME_FIRST_SEG - 1);
    assert_refused(programs[2].vaddr, HOME_END - 0x2fff);
    assert_refused(programs[2].vaddr, 0xffffffff80000000);
    assert_refused(programs[2].memory_bytes, HOME_END);
    assert_refused(programs[2].memory_bytes, UINT64_MAX);
    struct image edge = example();
    struct elf elf;
    edge.programs[2].vaddr = HOME_END - 0x3000;
    assert_ok(open_image(&edge, &elf));
}

static void test_elf_open_refuses_an_entry_that_is_not_in_a_home(void **state)
{
    (void)state;
    assert_refused(header.entry, 0xffffffff80100000);
    assert_refused(header.entry, (uint64_t)1 << 47);
    assert_refused(header.entry, HOME_END);
}

/* Opens a copy of exact length; whatever is accepted must be sound. */
static void open_hostile(const void *bytes, size_t nbytes)
{
    char *copy = exact_copy(bytes, nbytes);
    struct elf elf;
    if (elf_open(copy, nbytes, &elf) == STATUS_OK) {
        for (uint32_t i = 0; i < elf.nprograms; i++) {
            struct elf_program p = elf_program(&elf, i);
            if (p.type != ELF_LOAD)
                continue;
            assert_true(p.offset <= nbytes && p.file_bytes <= nbytes - p.offset);
            assert_true(p.file_bytes <= p.memory_bytes);
            assert_true(p.vaddr >= HOME_FIRST_SEG && p.vaddr <= HOME_END);
            assert_true(p.memory_bytes <= HOME_END - p.vaddr);
        }
    }
    free(copy);
}

static void test_elf_with_any_byte_changed_to_any_value_is_harmless(void **state)
{
    (void)state;
    struct image image = example();
    unsigned char *bytes = (unsigned char *)&image;
    for (size_t at = 0; at < offsetof(struct image, data); at++) {
        unsigned char kept = bytes[at];
        for (int value = 0; value < 256; value++) {
            bytes[at] = (unsigned char)value;
            open_hostile(bytes, sizeof(image));
        }
        bytes[at] = kept;
    }
}

static void test_elf_cut_anywhere_is_harmless(void **state)
{
    (void)state;
    struct image image = example();
    for (size_t nbytes = 0; nbytes <= sizeof(image); nbytes++)
        open_hostile(&image, nbytes);
}

static void test_elf_with_random_words_is_harmless(void **state)
{
    (void)state;
    random_seed(11);
    for (int round = 0; round < 20000; round++) {
        struct image image = example();
        uint64_t *words = (uint64_t *)(void *)&image;
        for (uint64_t n = random_below(4) + 1; n > 0; n--) {
            const uint64_t values[] = {0, UINT64_MAX, FILE_BYTES, HOME_END, random_below(1 << 20)};
            words[3 + random_below(sizeof(image) / 8 - 3)] = values[random_below(5)];
        }
        open_hostile(&image, sizeof(image));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elf_open_understands_an_executable),
        cmocka_unit_test(test_elf_open_refuses_other_files),
        cmocka_unit_test(test_elf_open_refuses_parts_outside_of_file_or_home),
        cmocka_unit_test(test_elf_open_refuses_an_entry_that_is_not_in_a_home),
        cmocka_unit_test(test_elf_with_any_byte_changed_to_any_value_is_harmless),
        cmocka_unit_test(test_elf_cut_anywhere_is_harmless),
        cmocka_unit_test(test_elf_with_random_words_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
