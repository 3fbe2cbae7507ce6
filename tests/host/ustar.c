/* The archive: files are found, and a hostile archive is never read outside of its bytes. */
#include "base/ustar.h"

#include <stdio.h>

#include "exact.h"

#define RECORD 512

/* An archive in the making. */
struct archive {
    char bytes[32 * RECORD];
    size_t nbytes;
};

static void add(struct archive *a, const char *name, char kind, const char *text, size_t nbytes)
{
    char *h = a->bytes + a->nbytes;
    memset(h, 0, RECORD);
    memcpy(h, name, strlen(name) < 100 ? strlen(name) : 100);
    snprintf(h + 124, 12, "%011zo", nbytes);
    h[156] = kind;
    memcpy(h + 257, "ustar\00000", 8);
    memset(h + RECORD, 0, align_up(nbytes, RECORD));
    memcpy(h + RECORD, text, nbytes);
    a->nbytes += RECORD + align_up(nbytes, RECORD);
}

static void finish(struct archive *a)
{
    memset(a->bytes + a->nbytes, 0, 2 * RECORD);
    a->nbytes += 2 * RECORD;
}

static void example(struct archive *a)
{
    a->nbytes = 0;
    add(a, "bin/", '5', "", 0);
    add(a, "bin/a", '0', "first", 5);
    add(a, "bin/empty", '0', "", 0);
    add(a, "bin/ab", '\0', "second", 6);
    finish(a);
}

static void test_ustar_finds_each_file_and_its_bytes(void **state)
{
    (void)state;
    static struct archive a;
    struct file file;
    example(&a);
    assert_ok(ustar_find(a.bytes, a.nbytes, "bin/a", &file));
    assert_int_equal(file.nbytes, 5);
    assert_memory_equal(file.bytes, "first", 5);
    assert_ok(ustar_find(a.bytes, a.nbytes, "bin/ab", &file));
    assert_memory_equal(file.bytes, "second", 6);
    assert_ok(ustar_find(a.bytes, a.nbytes, "bin/empty", &file));
    assert_int_equal(file.nbytes, 0);
}

static void test_ustar_finds_neither_folders_nor_parts_of_names(void **state)
{
    (void)state;
    static struct archive a;
    struct file file;
    example(&a);
    const char *const names[] = {"bin/", "bin", "bin/abc", "a", ""};
    for (size_t i = 0; i < array_count(names); i++)
        assert_int_equal(ustar_find(a.bytes, a.nbytes, names[i], &file), STATUS_NO_DATA);
}

static void test_ustar_name_may_fill_its_field(void **state)
{
    (void)state;
    static struct archive a;
    struct file file;
    char name[101];
    memset(name, 'n', 100);
    name[100] = '\0';
    a.nbytes = 0;
    add(&a, name, '0', "x", 1);
    finish(&a);
    assert_ok(ustar_find(a.bytes, a.nbytes, name, &file));
    assert_int_equal(file.nbytes, 1);
}

static void test_ustar_damaged_before_the_file_is_an_error(void **state)
{
    (void)state;
    static struct archive a;
    struct file file;
    example(&a);
    a.bytes[257] = 'X';
    assert_int_equal(ustar_find(a.bytes, a.nbytes, "bin/a", &file), STATUS_BAD_ARGUMENT);
    example(&a);
    memset(a.bytes + RECORD + 124, '7', 12);
    assert_int_equal(ustar_find(a.bytes, a.nbytes, "bin/a", &file), STATUS_BAD_ARGUMENT);
    example(&a);
    memset(a.bytes + RECORD + 124, 'z', 12);
    assert_int_equal(ustar_find(a.bytes, a.nbytes, "bin/ab", &file), STATUS_BAD_ARGUMENT);
}

/* Whatever is found must lie inside the archive. */
static void find_all(const struct archive *a, size_t nbytes)
{
    const char *const names[] = {"bin/a", "bin/ab", "bin/empty", "none"};
    char *bytes = exact_copy(a->bytes, nbytes);
    for (size_t i = 0; i < array_count(names); i++) {
        struct file file;
        if (ustar_find(bytes, nbytes, names[i], &file) != STATUS_OK)
            continue;
        const char *start = file.bytes;
        assert_true(start >= bytes && file.nbytes <= (size_t)(bytes + nbytes - start));
    }
    free(bytes);
}

static void test_ustar_cut_anywhere_stays_inside(void **state)
{
    (void)state;
    static struct archive a;
    example(&a);
    for (size_t nbytes = 0; nbytes <= a.nbytes; nbytes++)
        find_all(&a, nbytes);
}

static void test_ustar_with_any_byte_changed_stays_inside(void **state)
{
    (void)state;
    static struct archive a;
    const char values[] = {0, '0', '7', '9', ' ', -1, -128};
    example(&a);
    size_t nbytes = a.nbytes - 2 * RECORD;
    for (size_t at = 0; at < nbytes; at++) {
        char kept = a.bytes[at];
        for (size_t i = 0; i < array_count(values); i++) {
            a.bytes[at] = values[i];
            find_all(&a, nbytes);
        }
        a.bytes[at] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ustar_finds_each_file_and_its_bytes),
        cmocka_unit_test(test_ustar_finds_neither_folders_nor_parts_of_names),
        cmocka_unit_test(test_ustar_name_may_fill_its_field),
        cmocka_unit_test(test_ustar_damaged_before_the_file_is_an_error),
        cmocka_unit_test(test_ustar_cut_anywhere_stays_inside),
        cmocka_unit_test(test_ustar_with_any_byte_changed_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
