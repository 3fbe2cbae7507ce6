/* Text on a screen: each letter is drawn where it belongs, and nothing is written anywhere else. */
#include "cpu/screen.h"

#include <stdio.h>

#include "cpu/pixels.h"
#include "exact.h"

#define GAP 0x77 /* what lies between the rows */
#define MARK 0x55
#define STEP_LETTERS 4 /* of the smallest size: what one step draws at most */

/* A screen in memory of exactly its size. */
static struct screen_mode mode;
static char *memory;

static void screen_begin(struct screen_mode wanted)
{
    free(memory);
    mode = wanted;
    memory = malloc(screen_mode_bytes(&mode));
    assert_non_null(memory);
    memset(memory, GAP, screen_mode_bytes(&mode));
    screen_init(&mode, memory);
}

static struct screen_mode pixels_of(uint32_t width, uint32_t height, uint32_t cell_bytes)
{
    const uint32_t inks[] = {[2] = 0xaaaa, [3] = 0xaabbcc, [4] = 0x00aabbcc};
    return (struct screen_mode){.kind = SCREEN_PIXELS,
                                .width = width,
                                .height = height,
                                .pitch = width * cell_bytes + 6,
                                .cell_bytes = cell_bytes,
                                .ink = inks[cell_bytes]};
}

static struct screen_mode text_of(uint32_t width, uint32_t height)
{
    return (struct screen_mode){
        .kind = SCREEN_TEXT, .width = width, .height = height, .pitch = width * 2, .cell_bytes = 2};
}

static void say(const char *text)
{
    while (*text != '\0')
        screen_put(*text++);
}

static void draw_all(void)
{
    for (int nsteps = 0; screen_is_behind(); nsteps++) {
        assert_true(nsteps < SCREEN_COLUMNS_MAX * SCREEN_ROWS_MAX);
        screen_draw_some();
    }
}

static uint32_t cell_at(uint32_t x, uint32_t y)
{
    uint32_t value = 0;
    memcpy(&value, memory + (uint64_t)y * mode.pitch + (uint64_t)x * mode.cell_bytes,
           mode.cell_bytes);
    return value;
}

/* Whether the font has a dot at this pixel of a screen with these rows; a row may be shorter. */
static bool is_set(const char *const *rows, uint32_t nrows, uint32_t x, uint32_t y)
{
    uint32_t scale = pixels_scale(mode.width, mode.height);
    uint32_t column = x / (8 * scale);
    uint32_t row = y / (16 * scale);
    if (row >= nrows || column >= strlen(rows[row]))
        return false;
    uint8_t dots = font_glyphs[rows[row][column] - ' '][y / scale % 16];
    return dots >> (7 - x / scale % 8) & 1;
}

static void assert_shows(const char *const *rows, uint32_t nrows)
{
    draw_all();
    for (uint32_t y = 0; y < mode.height; y++) {
        for (uint32_t x = 0; x < mode.width; x++)
            assert_int_equal(cell_at(x, y), is_set(rows, nrows, x, y) ? mode.ink : 0);
        for (uint32_t i = mode.width * mode.cell_bytes; y + 1 < mode.height && i < mode.pitch; i++)
            assert_int_equal(memory[(uint64_t)y * mode.pitch + i], GAP);
    }
}

static void assert_text(const char *const *rows, uint32_t nrows)
{
    draw_all();
    for (uint32_t y = 0; y < mode.height; y++) {
        for (uint32_t x = 0; x < mode.width; x++) {
            char letter = y < nrows && x < strlen(rows[y]) ? rows[y][x] : ' ';
            assert_int_equal(cell_at(x, y), 0x0700 | letter);
        }
    }
}

static void test_screen_letters_are_at_their_places_in_each_depth_and_size(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
    } sizes[] = {{77, 50}, {640, 400}, {2560, 1440}};
    const char *const rows[] = {"Vasco: #~!", " 0x7"};
    for (size_t i = 0; i < array_count(sizes); i++) {
        for (uint32_t cell_bytes = 2; cell_bytes <= 4; cell_bytes++) {
            screen_begin(pixels_of(sizes[i].width, sizes[i].height, cell_bytes));
            say("Vasco: #~");
            if (sizes[i].width == 77) {
                say("\n 0x7");
                const char *const narrow[] = {"Vasco: #~", " 0x7"};
                assert_shows(narrow, 2);
            } else {
                say("!\n 0x7");
                assert_shows(rows, 2);
            }
        }
    }
}

static void test_screen_letters_grow_with_the_screen(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height, columns, rows;
    } sizes[] = {{640, 400, 80, 25},    {1024, 768, 128, 48},  {1920, 1080, 240, 67},
                 {2560, 1440, 160, 45}, {2560, 1080, 320, 67}, {3840, 2160, 160, 45},
                 {7680, 4320, 240, 67}, {8000, 600, 320, 37},  {640, 4000, 80, 128}};
    for (size_t i = 0; i < array_count(sizes); i++) {
        screen_begin(pixels_of(sizes[i].width, sizes[i].height, 2));
        assert_int_equal(screen_columns(), sizes[i].columns);
        assert_int_equal(screen_rows(), sizes[i].rows);
    }
    screen_begin(text_of(80, 25));
    assert_int_equal(screen_columns(), 80);
    assert_int_equal(screen_rows(), 25);
}

static void test_screen_scrolls_and_breaks_long_lines(void **state)
{
    (void)state;
    const char *const rows[] = {"two", "three-th", "ree"};
    const char *const later[] = {"ree", "four", ""};
    screen_begin(pixels_of(64, 48, 4));
    say("one\ntwo\nthree-three");
    assert_shows(rows, 3);
    say("\nfour\n");
    assert_shows(later, 3);
    screen_begin(text_of(8, 3));
    say("one\ntwo\nthree-three");
    assert_text(rows, 3);
    say("\nfour\n");
    assert_text(later, 3);
}

static void test_screen_full_row_begins_no_other_by_itself(void **state)
{
    (void)state;
    const char *const rows[] = {"12345678", "9"};
    screen_begin(text_of(8, 3));
    say("12345678\n9");
    assert_text(rows, 2);
}

static void test_screen_controls_move_and_others_are_left_out(void **state)
{
    (void)state;
    const char *const rows[] = {"Xbd     t      e", "u?", ""};
    screen_begin(text_of(16, 3));
    say("abc\bd\tt\t\t\t\te\rX\nu\x1b\x7f\xe2\x82\xac\n\b\b");
    assert_text(rows, 3);
}

static void test_screen_draws_only_cells_that_change(void **state)
{
    (void)state;
    screen_begin(pixels_of(640, 400, 4));
    say("same\nsame\nsame\n");
    draw_all();
    memset(memory, MARK, screen_mode_bytes(&mode));
    say("x");
    draw_all();
    for (uint32_t y = 0; y < mode.height; y++) {
        for (uint32_t x = 0; x < mode.width; x++) {
            bool is_touched = cell_at(x, y) != 0x55555555;
            assert_int_equal(is_touched, x < 8 && y >= 48 && y < 64);
        }
    }
    for (int i = 0; i < 25; i++)
        say("same\n");
    draw_all();
    memset(memory, MARK, screen_mode_bytes(&mode));
    say("same\n"); /* the last row but one; all above look as before */
    draw_all();
    for (uint32_t y = 0; y < 23 * 16; y++) {
        for (uint32_t x = 0; x < mode.width; x++)
            assert_int_equal(cell_at(x, y), 0x55555555);
    }
}

static void test_screen_steps_are_short_and_what_is_said_meanwhile_is_drawn(void **state)
{
    (void)state;
    screen_begin(pixels_of(640, 400, 4));
    for (int i = 0; i < 2000; i++)
        screen_put((char)('a' + i % 26));
    while (screen_is_behind()) {
        memset(memory, MARK, screen_mode_bytes(&mode));
        screen_draw_some();
        unsigned touched = 0;
        for (uint32_t y = 0; y < mode.height; y++) {
            for (uint32_t x = 0; x < mode.width; x++)
                touched += cell_at(x, y) != 0x55555555;
        }
        assert_in_range(touched, 0, STEP_LETTERS * 8 * 16);
    }
    const char *const rows[] = {"two", "three"};
    screen_begin(pixels_of(64, 32, 4));
    say("one\ntwo");
    screen_draw_some();
    say("\nthree");
    screen_draw_some();
    assert_shows(rows, 2);
}

/* The address sanitizer watches. */
static void test_screen_of_any_size_keeps_to_its_memory(void **state)
{
    (void)state;
    random_seed(11);
    for (int round = 0; round < 200; round++) {
        uint32_t width = 8 + (uint32_t)random_below(round % 10 == 0 ? 6000 : 400);
        uint32_t height = 16 + (uint32_t)random_below(round % 10 == 0 ? 3000 : 300);
        bool is_text = random_below(4) == 0;
        screen_begin(is_text ? text_of(width, height)
                             : pixels_of(width, height, 2 + (uint32_t)random_below(3)));
        for (int i = 0; i < 3000; i++) {
            screen_put((char)(random_below(8) == 0 ? random_below(256) : ' ' + random_below(95)));
            if (random_below(100) == 0)
                screen_draw_some();
            if (random_below(40) == 0)
                screen_put('\n');
        }
        draw_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screen_letters_are_at_their_places_in_each_depth_and_size),
        cmocka_unit_test(test_screen_letters_grow_with_the_screen),
        cmocka_unit_test(test_screen_scrolls_and_breaks_long_lines),
        cmocka_unit_test(test_screen_full_row_begins_no_other_by_itself),
        cmocka_unit_test(test_screen_controls_move_and_others_are_left_out),
        cmocka_unit_test(test_screen_draws_only_cells_that_change),
        cmocka_unit_test(test_screen_steps_are_short_and_what_is_said_meanwhile_is_drawn),
        cmocka_unit_test(test_screen_of_any_size_keeps_to_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
