/* Formatting, lists, strings, names and statuses. */
#include <stdio.h>

#include "base/format.h"
#include "base/list.h"
#include "base/log.h"
#include "base/option.h"
#include "base/status.h"
#include "base/string.h"
#include "machine.h"

/* Formats with ours and the host's and compares text and length. */
#define assert_formats(...)                                                                        \
    do {                                                                                           \
        char ours[200];                                                                            \
        char theirs[200];                                                                          \
        size_t length = format_buffer(ours, sizeof(ours), __VA_ARGS__);                            \
        assert_int_equal(length, snprintf(theirs, sizeof(theirs), __VA_ARGS__));                   \
        assert_string_equal(ours, theirs);                                                         \
    } while (0)

static void test_format_numbers_are_printfs(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, 9, 10, -10, 12345, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < array_count(values); i++) {
        int value = (int)values[i];
        assert_formats("%d|%u|%x", value, (unsigned)value, (unsigned)value);
        assert_formats("%5d|%-5d|%8x|%08x", value, value, (unsigned)value, (unsigned)value);
        assert_formats("%ld|%lu|%lx", (long)value, (unsigned long)value, (unsigned long)value);
    }
    assert_formats("%lu %lx %ld %ld", UINT64_MAX, UINT64_MAX, INT64_MAX, INT64_MIN);
    assert_formats("%llu %llx", 1ULL << 63, 1ULL << 63);
    assert_formats("%016lx %-20lu| %20ld", 0xabcdefUL, 77UL, -77L);
}

static void test_format_zeroes_stand_between_sign_and_digits(void **state)
{
    (void)state;
    assert_formats("%05d|%05d|%03d", -42, 42, -1234);
}

static void test_format_texts_are_printfs(void **state)
{
    (void)state;
    assert_formats("%s|%10s|%-10s|%2s", "text", "text", "text", "text");
    assert_formats("%.*s|%.*s|%.*s", 2, "text", 0, "text", 9, "text");
    assert_formats("%c%c%%", 'a', 'b');
    assert_formats("plain");
    char text[8];
    const char *volatile none = NULL;
    assert_int_equal(format_buffer(text, sizeof(text), "%s", none), 6);
    assert_string_equal(text, "(null)");
    format_buffer(text, sizeof(text), "%.*s", 3, "abc\xff\xff\xff");
    assert_string_equal(text, "abc");
}

static void test_format_pointer_is_sixteen_digits(void **state)
{
    (void)state;
    char text[20];
    format_buffer(text, sizeof(text), "%p", (void *)0xffff800000001000);
    assert_string_equal(text, "ffff800000001000");
}

static void test_format_buffer_cuts_and_terminates(void **state)
{
    (void)state;
    char text[5] = "zzzz";
    assert_int_equal(format_buffer(text, sizeof(text), "%s", "longer"), 6);
    assert_string_equal(text, "long");
    assert_int_equal(format_buffer(text, 1, "x"), 1);
    assert_string_equal(text, "");
}

static void test_log_line_says_who_speaks(void **state)
{
    (void)state;
    log_line("mem", "%d MiB", 5);
    assert_string_equal(machine.output, "[mem] 5 MiB\n");
}

struct item {
    int value;
    struct list node;
};

static void assert_order(struct list *l, const char *expected)
{
    char text[10];
    size_t n = 0;
    list_for_each(node, l)
        text[n++] = (char)('0' + list_item(node, struct item, node)->value);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void test_list_keeps_its_order(void **state)
{
    (void)state;
    struct list l;
    struct item items[5] = {{.value = 0}, {.value = 1}, {.value = 2}, {.value = 3}, {.value = 4}};
    list_init(&l);
    assert_true(list_is_empty(&l));
    list_push_back(&l, &items[1].node);
    list_push_back(&l, &items[3].node);
    list_push_front(&l, &items[0].node);
    list_insert_before(&items[3].node, &items[2].node);
    list_insert_before(&l, &items[4].node);
    assert_order(&l, "01234");
    list_remove(&items[0].node);
    list_remove(&items[2].node);
    list_remove(&items[2].node);
    list_remove(&items[4].node);
    assert_order(&l, "13");
    assert_true(list_is_empty(&items[2].node));
    assert_ptr_equal(list_first(&l), &items[1].node);
}

/* Through pointers, so that the compiler does not use what it knows of these functions. */
static void test_string_memory_functions_do_what_c_says(void **state)
{
    (void)state;
    void *(*volatile copy)(void *, const void *, size_t) = memcpy;
    void *(*volatile move)(void *, const void *, size_t) = memmove;
    void *(*volatile set)(void *, int, size_t) = memset;
    int (*volatile compare)(const void *, const void *, size_t) = memcmp;
    char text[] = "0123456789";
    assert_ptr_equal(move(text + 2, text, 5), text + 2);
    assert_string_equal(text, "0101234789");
    move(text, text + 2, 5);
    assert_string_equal(text, "0123434789");
    assert_ptr_equal(copy(text, "abc", 3), text);
    assert_ptr_equal(set(text + 3, 'x', 4), text + 3);
    assert_string_equal(text, "abcxxxx789");
    assert_int_equal(compare("a\xff", "a\x01", 2), 1);
    assert_int_equal(compare("a\x01", "a\xff", 2), -1);
    assert_int_equal(compare("abc", "abd", 2), 0);
}

static void test_string_comparisons_are_of_unsigned_bytes(void **state)
{
    (void)state;
    size_t (*volatile length)(const char *) = strlen;
    int (*volatile compare)(const char *, const char *) = strcmp;
    int (*volatile compare_n)(const char *, const char *, size_t) = strncmp;
    assert_int_equal(length(""), 0);
    assert_int_equal(length("four"), 4);
    assert_true(compare("a", "b") < 0 && compare("b", "a") > 0 && compare("", "") == 0);
    assert_true(compare("a\xff", "a\x01") > 0 && compare("ab", "a") > 0);
    assert_int_equal(compare_n("abX", "abY", 2), 0);
    assert_true(compare_n("abX", "abY", 3) < 0);
    assert_int_equal(compare_n("ab", "ab", 100), 0);
}

static void test_name_keeps_printable_bytes_up_to_the_first_zero(void **state)
{
    (void)state;
    char text[20];
    format_buffer(text, sizeof(text), "%.*s", NAME_ARG(name_from_words(0x6463620a61, 'z')));
    assert_string_equal(text, "a?bcd");
    format_buffer(text, sizeof(text), "%.*s",
                  NAME_ARG(name_from_words(0x3837363534333231, 0x3837363534333231)));
    assert_string_equal(text, "1234567812345678");
    format_buffer(text, sizeof(text), "%.*s", NAME_ARG(name_from_string("abcdefghijklmnopqrst")));
    assert_string_equal(text, "abcdefghijklmnop");
    assert_int_equal(name_from_words(0xff00000041, 0).text[4], 0);
}

static void test_option_is_a_whole_word_and_the_first_counts(void **state)
{
    (void)state;
    char value[4];
    const char *cmdline = "run=tour nocpus cpus=12345 cpus=1 cpusx";
    assert_true(option_find(cmdline, "cpus", value, sizeof(value)));
    assert_string_equal(value, "123");
    assert_true(option_find(cmdline, "nocpus", value, sizeof(value)));
    assert_string_equal(value, "");
    assert_false(option_find(cmdline, "cpu", NULL, 0));
}

static void test_option_number_is_decimal_and_nothing_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1a"};
    uint64_t n = 7;
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(option_number(bad[i], &n), STATUS_BAD_ARGUMENT);
    assert_int_equal(option_number("18446744073709551616", &n), STATUS_TOO_LARGE);
    assert_int_equal(option_number("99999999999999999999", &n), STATUS_TOO_LARGE);
    assert_int_equal(n, 7);
    assert_ok(option_number("18446744073709551615", &n));
    assert_true(n == UINT64_MAX);
    assert_ok(option_number("064", &n));
    assert_int_equal(n, 64);
}

static void test_status_each_has_its_text(void **state)
{
    (void)state;
#define STATUS(name, value, text) assert_string_equal(status_text(STATUS_##name), text);
#include "abi/status.def"
#undef STATUS
    assert_string_equal(status_text((status_t)77), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_numbers_are_printfs),
        cmocka_unit_test(test_format_zeroes_stand_between_sign_and_digits),
        cmocka_unit_test(test_format_texts_are_printfs),
        cmocka_unit_test(test_format_pointer_is_sixteen_digits),
        cmocka_unit_test(test_format_buffer_cuts_and_terminates),
        MACHINE_TEST(test_log_line_says_who_speaks),
        cmocka_unit_test(test_list_keeps_its_order),
        cmocka_unit_test(test_string_memory_functions_do_what_c_says),
        cmocka_unit_test(test_string_comparisons_are_of_unsigned_bytes),
        cmocka_unit_test(test_name_keeps_printable_bytes_up_to_the_first_zero),
        cmocka_unit_test(test_option_is_a_whole_word_and_the_first_counts),
        cmocka_unit_test(test_option_number_is_decimal_and_nothing_else),
        cmocka_unit_test(test_status_each_has_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
