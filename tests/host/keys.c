/* Keys of a PC's keyboard: what is typed is what a serial terminal would have sent. */
#include "cpu/keys.h"

#include <string.h>

#include "machine.h"

#define SHIFT "\x2a"
#define NO_SHIFT "\xaa"
#define CTRL "\x1d"
#define NO_CTRL "\x9d"

static void check(const char *codes, size_t ncodes, const char *expected)
{
    struct keys keys = {0};
    char text[64];
    size_t n = 0;
    for (size_t i = 0; i < ncodes; i++)
        n += keys_take(&keys, (uint8_t)codes[i], &text[n]);
    text[n] = '\0';
    assert_string_equal(text, expected);
}
#define check_keys(codes, expected) check(codes, sizeof(codes) - 1, expected)

static void test_keys_letters_digits_and_signs(void **state)
{
    (void)state;
    check_keys("\x1e\x9e\x30\xb0\x02\x82\x39\xb9\x1c\x9c", "ab1 \r");
    check_keys(SHIFT "\x1e\x02\x28\x0c" NO_SHIFT "\x1e", "A!\"_a");
    check_keys("\x36\x1e\xb6\x1e", "Aa");
    check_keys("\x0e\x0f\x01", "\x7f\t\033");
    check_keys("\x2b\x56\x29\x1a\x1b\x27\x33\x34\x35", "\\`[];,./");
}

static void test_keys_caps_lock_is_for_letters(void **state)
{
    (void)state;
    check_keys("\x3a\xba\x1e\x02" SHIFT "\x1e\x02" NO_SHIFT "\x3a\xba\x1e", "A1a!a");
}

static void test_keys_control(void **state)
{
    (void)state;
    check_keys(CTRL "\x2e\x1e\x26" NO_CTRL "\x2e", "\003\001\014c");
    check_keys("\xe0\x1d\x2e\xe0\x9d\x2e", "\003c");
    check_keys(CTRL "\x02" NO_CTRL, "1");
}

static void test_keys_that_move_are_sequences(void **state)
{
    (void)state;
    check_keys("\xe0\x48\xe0\xc8\xe0\x50\xe0\x4d\xe0\x4b", "\033[A\033[B\033[C\033[D");
    check_keys("\xe0\x47\xe0\x4f\xe0\x53\xe0\x49\xe0\x51", "\033[H\033[F\033[3~\033[5~\033[6~");
    check_keys("\x48\x4a\x4e", "\033[A-+");
    check_keys("\xe0\x1c\xe0\x35", "\r/");
    /* The shifts that the keyboard makes up around them are none. */
    check_keys("\xe0\x2a\xe0\x48\xe0\xaa\x1e", "\033[Aa");
}

static void test_keys_others_are_nothing(void **state)
{
    (void)state;
    check_keys("\xe1\x1d\x45\xe1\x9d\xc5\x1e", "a"); /* pause */
    check_keys("\x38\x3b\x44\x45\x46\x57\x58\xe0\x5b\xe0\x38\x7f\xff\x00\x1e", "a");
}

static void test_keys_any_bytes_are_harmless(void **state)
{
    struct keys keys = {0};
    char out[KEYS_BYTES_MAX];
    (void)state;
    random_seed(1);
    for (int i = 0; i < 1000000; i++)
        assert_true(keys_take(&keys, (uint8_t)random_below(256), out) <= KEYS_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_letters_digits_and_signs),
        cmocka_unit_test(test_keys_caps_lock_is_for_letters),
        cmocka_unit_test(test_keys_control),
        cmocka_unit_test(test_keys_that_move_are_sequences),
        cmocka_unit_test(test_keys_others_are_nothing),
        cmocka_unit_test(test_keys_any_bytes_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
