/* The shell's line: what is typed, and that the screen shows it. */
#include "../../user/shell/line.h"

#include "../../user/shell/words.h"
#include "exact.h"

#define PROMPT "> "

/* One row of a screen, which understands what line.c sends. */
static char row[LINE_COLUMNS + 2];
static size_t column;

static void show(const char *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        if (bytes[i] == '\r') {
            column = 0;
        } else if (bytes[i] == '\b') {
            assert_true(column > 0);
            column--;
        } else if (bytes[i] == '\n') {
            memset(row, ' ', sizeof(row) - 1);
            column = 0;
        } else {
            assert_true(column < LINE_COLUMNS);
            row[column++] = bytes[i];
        }
    }
}

static struct line line;

static void begin(void)
{
    memset(row, ' ', sizeof(row) - 1);
    row[sizeof(row) - 1] = '\0';
    column = 0;
    line.prompt = PROMPT;
    line.show = show;
    line_begin(&line);
}

static enum line_event type(const char *keys)
{
    enum line_event event = LINE_GOES_ON;
    for (; *keys != '\0'; keys++)
        event = line_feed(&line, *keys);
    return event;
}

/* Whether the text is so, and the row and its cursor show it. */
static void check_line(const char *text, size_t cursor)
{
    assert_string_equal(line.text, text);
    assert_int_equal(line.length, strlen(text));
    assert_int_equal(line.cursor, cursor);
    size_t room = LINE_COLUMNS - strlen(PROMPT);
    assert_true(line.window <= cursor && cursor - line.window <= room);
    assert_int_equal(column, strlen(PROMPT) + cursor - line.window);
    assert_memory_equal(row, PROMPT, strlen(PROMPT));
    size_t n = line.length - line.window < room ? line.length - line.window : room;
    assert_memory_equal(row + strlen(PROMPT), text + line.window, n);
    for (size_t i = strlen(PROMPT) + n; i < LINE_COLUMNS; i++)
        assert_int_equal(row[i], ' ');
}

static void test_line_keys_do_what_they_say(void **state)
{
    static const struct {
        const char *keys;
        const char *text;
        size_t cursor;
    } cases[] = {
        {"abc", "abc", 3},
        {"abc\x7f", "ab", 2},
        {"ac\033[Db", "abc", 2},
        {"abc\001x", "xabc", 1},
        {"abc\001\005x", "abcx", 4},
        {"abc\033[H\033[3~", "bc", 0},
        {"abc\033OH\033OFx", "abcx", 4},
        {"ab cd\027", "ab ", 3},
        {"ab  \027", "", 0},
        {"abc\002\013", "ab", 2},
        {"abc\002\025", "c", 0},
        {"\x7f\033[D\033[3~", "", 0},
        {"a\033[17~b", "ab", 2},
        {"a\033xb", "ab", 2},
        {"a\200\377b", "ab", 2},
        {"abc\033[1~\033[4~d", "abcd", 4},
        {"abc\002\004", "ab", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        assert_int_equal(type(cases[i].keys), LINE_GOES_ON);
        check_line(cases[i].text, cases[i].cursor);
    }
}

static void test_line_events(void **state)
{
    (void)state;
    begin();
    assert_int_equal(type("abc\r"), LINE_DONE);
    assert_string_equal(line.text, "abc");
    begin();
    assert_int_equal(type("abc\003"), LINE_BROKEN);
    begin();
    assert_int_equal(type("\004"), LINE_END);
    begin();
    assert_int_equal(type("a\t"), LINE_TAB);
}

static void test_line_slides_when_it_is_long(void **state)
{
    static char text[LINE_BYTES + 10];
    (void)state;
    begin();
    for (size_t i = 0; i < LINE_BYTES + 5; i++) {
        char key = (char)('a' + i % 26);
        line_feed(&line, key);
        if (i < LINE_BYTES - 1)
            text[i] = key;
        check_line(text, strlen(text));
    }
    for (size_t i = strlen(text); i > 0; i--) {
        type("\033[D");
        check_line(text, i - 1);
    }
}

static void test_line_history_keeps_the_newest(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_HISTORY + 5; i++) {
        char number[] = {(char)('0' + i / 10), (char)('0' + i % 10), '\0'};
        begin();
        type(number);
        line_remember(&line);
        line_remember(&line); /* the same twice is one */
    }
    begin();
    type("new\033[A");
    check_line("68", 2);
    for (int i = 0; i < LINE_HISTORY + 20; i++)
        type("\033[A");
    check_line("05", 2);
    for (int i = 0; i < LINE_HISTORY + 20; i++)
        type("\033[B");
    check_line("new", 3);
    for (size_t i = 0; i < line.nhistory; i++)
        free(line.history[i]);
    line.nhistory = 0;
}

static void test_line_any_keys_are_harmless(void **state)
{
    static const char keys[] = "ab \x7f\001\005\013\025\027\002\006\020\016\033[ABCDHF3~O\004";
    uint32_t random = 1;
    (void)state;
    begin();
    for (int i = 0; i < 200000; i++) {
        random = random * 1103515245 + 12345;
        if (line_feed(&line, keys[(random >> 16) % (sizeof(keys) - 1)]) != LINE_GOES_ON)
            begin();
        if (random % 64 == 0)
            line_remember(&line);
        assert_int_equal(strlen(line.text), line.length);
        assert_true(line.cursor <= line.length);
    }
    for (size_t i = 0; i < line.nhistory; i++)
        free(line.history[i]);
    line.nhistory = 0;
}

static void test_words_are_parted_by_blanks(void **state)
{
    char *words[WORDS_MAX + 1];
    char text[] = "  one  'two three' fo\"u r\"  ''";
    char many[2 * WORDS_MAX + 3];
    (void)state;
    assert_int_equal(words_split(text, words), 4);
    assert_string_equal(words[0], "one");
    assert_string_equal(words[1], "two three");
    assert_string_equal(words[2], "fou r");
    assert_string_equal(words[3], "");
    assert_null(words[4]);
    char open[] = "one 'two";
    assert_int_equal(words_split(open, words), -1);
    for (int n = WORDS_MAX; n <= WORDS_MAX + 1; n++) {
        memset(many, 0, sizeof(many));
        for (int i = 0; i < n; i++)
            memcpy(&many[2 * i], "x ", 2);
        assert_int_equal(words_split(many, words), n == WORDS_MAX ? n : -2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_keys_do_what_they_say),
        cmocka_unit_test(test_line_events),
        cmocka_unit_test(test_line_slides_when_it_is_long),
        cmocka_unit_test(test_line_history_keeps_the_newest),
        cmocka_unit_test(test_line_any_keys_are_harmless),
        cmocka_unit_test(test_words_are_parted_by_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
