/* The frame of the tests: runs them, keeps their findings, prints TAP. */
#include "test.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <vasco/status.h>

#include "account.h"
#include "kit.h"

#define NOTES 8
#define NOTE_BYTES 160

struct test {
    const char *name;
    void (*function)(void);
};

static const struct test tests[] = {
#define TEST(name) {"test_" #name, test_##name},
#include "tests.def"
#undef TEST
};
#define TESTS (sizeof(tests) / sizeof(tests[0]))

/* What the running test has found so far. */
static struct {
    bool failed;
    const char *skipped;
    size_t nnotes;
    char notes[NOTES][NOTE_BYTES];
} found;

static bool run_is_small;

size_t test_scaled(size_t n)
{
    size_t less = n / 16 > 0 ? n / 16 : 1;
    return run_is_small ? less : n;
}

void test_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (found.nnotes < NOTES)
        vsnprintf(found.notes[found.nnotes], NOTE_BYTES, format, args);
    va_end(args);
    found.nnotes++;
}

void test_skip(const char *why)
{
    found.skipped = why;
}

void test_expect_log(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# expect: ");
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
}

bool test_check(bool holds, const char *text, const char *file, int line)
{
    if (!holds) {
        found.failed = true;
        test_note("%s:%d: %s does not hold", file, line, text);
    }
    return holds;
}

/* A value as people read it: statuses by name, small numbers decimal, addresses hexadecimal. */
static const char *value_text(int64_t value, char text[40])
{
    if (value < 0 && strcmp(status_name(value), "unknown") != 0)
        snprintf(text, 40, "%s", status_name(value));
    else if (value >= -65536 && value <= 65536)
        snprintf(text, 40, "%" PRId64, value);
    else
        snprintf(text, 40, "0x%" PRIx64, (uint64_t)value);
    return text;
}

bool test_check_eq(int64_t actual, int64_t expected, const char *text, const char *file, int line)
{
    char is[40], should_be[40];
    if (actual != expected) {
        found.failed = true;
        test_note("%s:%d: %s is %s, not %s", file, line, text, value_text(actual, is),
                  value_text(expected, should_be));
    }
    return actual == expected;
}

static void verdict_print(size_t number, const char *name)
{
    printf("%s %zu - %s", found.failed ? "not ok" : "ok", number, name);
    if (found.skipped != NULL)
        printf(" # SKIP %s", found.skipped);
    printf("\n");
    for (size_t i = 0; i < found.nnotes && i < NOTES; i++)
        printf("# %s\n", found.notes[i]);
    if (found.nnotes > NOTES)
        printf("# and %zu more\n", found.nnotes - NOTES);
    fflush(stdout);
}

/* Runs one test; true if it passed. */
static bool test_run(size_t number, const struct test *test)
{
    struct account before, after;
    memset(&found, 0, sizeof(found));
    account_take(&before);
    test->function();
    if (!account_settle(&before, &after)) {
        found.failed = true;
        test_note("leaves behind: %" PRId64 " frames taken, %" PRId64 " frames charged, %" PRId64
                  " object bytes, %" PRId64 " capabilities",
                  (int64_t)(before.free_frames - after.free_frames),
                  (int64_t)(after.charged_frames - before.charged_frames),
                  (int64_t)(after.object_bytes - before.object_bytes),
                  (int64_t)(after.ncaps - before.ncaps));
    }
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    verdict_print(number, test->name);
    return !found.failed;
}

static bool test_is_chosen(const struct test *test, const char *filter)
{
    return filter == NULL || strstr(test->name, filter) != NULL;
}

size_t test_run_all(const struct test_run *run)
{
    size_t nchosen = 0, number = 0, nfailed = 0;
    run_is_small = run->small;
    for (size_t i = 0; i < TESTS; i++)
        nchosen += test_is_chosen(&tests[i], run->filter);
    if (nchosen == 0)
        printf("# no test has '%s' in its name\n", run->filter);
    printf("1..%zu\n", nchosen);
    account_warm_up();
    for (size_t i = 0; i < TESTS; i++)
        if (test_is_chosen(&tests[i], run->filter) && !test_run(++number, &tests[i]))
            nfailed++;
    return nchosen == 0 ? 1 : nfailed;
}
