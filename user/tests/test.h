/*
 * The frame that every test stands in.
 *
 * A test is a function `test_NOUN_WHAT_MUST_HOLD` without parameters, entered once in tests.def. It
 * makes what it needs, checks, and takes everything away again: the frame compares the system's
 * memory before and after, and a test that leaves something behind has failed. Then the kernel
 * checks itself, and panics if the test has broken it.
 *
 *   check(x)               records a failure and goes on
 *   require(x)             the same, and leaves the function
 *   check_eq(a, b)         prints both values; statuses by their names
 *   require_eq(a, b)
 *   skip("why")            leaves the function; the test counts as passed, marked # SKIP
 *
 * Only the first thread of the program may check; other threads hand their findings over.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/objects.h"
#include "abi/status.h"
#include "abi/types.h"

#define TEST(name) void test_##name(void);
#include "tests.def"
#undef TEST

bool test_check(bool holds, const char *text, const char *file, int line);
bool test_check_eq(int64_t actual, int64_t expected, const char *text, const char *file, int line);
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_skip(const char *why);

#define check(x) test_check((x), #x, __FILE__, __LINE__)
#define check_eq(actual, expected)                                                                 \
    test_check_eq((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
#define require(x)                                                                                 \
    do {                                                                                           \
        if (!check(x))                                                                             \
            return;                                                                                \
    } while (0)
#define require_eq(actual, expected)                                                               \
    do {                                                                                           \
        if (!check_eq(actual, expected))                                                           \
            return;                                                                                \
    } while (0)
#define skip(why)                                                                                  \
    do {                                                                                           \
        test_skip(why);                                                                            \
        return;                                                                                    \
    } while (0)

/* A line that tells the reader of the log which kernel message must follow: an extended regular
 * expression. tests/guest/faults checks it. */
void test_expect_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The larger of n / 16 and 1 with `scale=small`, else n: for loops that slow emulators shorten. */
size_t test_scaled(size_t n);

/* The whole run: every test whose name contains `filter`. Returns the number that failed. */
struct test_run {
    const char *filter;
    bool small;
};
size_t test_run_all(const struct test_run *run);

#endif
