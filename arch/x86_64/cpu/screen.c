/*
 * Text on a screen: see screen.h.
 *
 *    wanted: lines in a ring           shown: rows of the screen
 *      +------------------+              +------------------+
 *      | newest lines     |        top ->| oldest line      | row 0
 *      +------------------+              |                  |
 * top->| oldest line      |              |                  |
 *      +------------------+              +------------------+
 *
 * The rows from `stale` to before `stale_end` may show something else than what is wanted.
 */
#include "cpu/screen.h"

#include "base/string.h"
#include "cpu/pixels.h"

#define TAB 8
#define STEP_PIXELS 512 /* after so many a step ends: a few thousand instructions */
#define TEXT_GREY_ON_BLACK 0x0700

typedef uint64_t cells_t; /* so many cells are compared at once */

static char wanted[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX] __attribute__((aligned(sizeof(cells_t))));
static char shown[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX] __attribute__((aligned(sizeof(cells_t))));
_Static_assert(SCREEN_COLUMNS_MAX % sizeof(cells_t) == 0, "rows are compared in whole words");

static struct {
    uint32_t columns, rows;
    uint32_t column; /* where the next letter goes; `columns`: to the next row */
    uint32_t row;
    uint32_t top; /* index of the line in row 0 */
    uint32_t stale, stale_end;
    bool is_text;
    char *text; /* the memory of a text mode */
    uint64_t text_pitch;
    uint32_t cell_pixels; /* what drawing a cell counts */
    struct pixels pixels;
} screen;

uint32_t screen_columns(void)
{
    return screen.columns;
}

uint32_t screen_rows(void)
{
    return screen.rows;
}

/* --- cells ------------------------------------------------------------------------------------ */

static char *line_of(uint32_t row)
{
    uint32_t line = screen.top + row;
    return wanted[line < screen.rows ? line : line - screen.rows];
}

static void mark_stale(uint32_t from, uint32_t end)
{
    bool none = screen.stale >= screen.stale_end;
    screen.stale = none ? from : (uint32_t)min_u64(screen.stale, from);
    screen.stale_end = none ? end : (uint32_t)max_u64(screen.stale_end, end);
}

static void next_row(void)
{
    screen.column = 0;
    if (screen.row + 1 < screen.rows) {
        screen.row++;
        return;
    }
    screen.top = screen.top + 1 < screen.rows ? screen.top + 1 : 0;
    memset(line_of(screen.row), ' ', screen.columns);
    mark_stale(0, screen.rows);
}

static void put_letter(char letter)
{
    if (screen.column >= screen.columns)
        next_row();
    line_of(screen.row)[screen.column++] = letter;
    mark_stale(screen.row, screen.row + 1);
}

static bool is_within_character(unsigned char byte)
{
    return byte >= 0x80 && byte < 0xc0;
}

static void put_other(char c)
{
    switch (c) {
    case '\n':
        next_row();
        return;
    case '\r':
        screen.column = 0;
        return;
    case '\b':
        screen.column -= screen.column > 0 ? 1 : 0;
        return;
    case '\t':
        screen.column =
            (uint32_t)min_u64(align_up((uint64_t)screen.column + 1, TAB), screen.columns - 1);
        return;
    default:
        if ((unsigned char)c >= 0x80 && !is_within_character((unsigned char)c))
            put_letter('?');
    }
}

void screen_put(char c)
{
    if (screen.rows == 0)
        return;
    if (c >= ' ' && c <= '~')
        put_letter(c);
    else
        put_other(c);
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void draw(uint32_t column, uint32_t row, char letter)
{
    if (screen.is_text) {
        uint16_t cell = (uint16_t)(TEXT_GREY_ON_BLACK | (unsigned char)letter);
        char *to = screen.text + row * screen.text_pitch + column * sizeof(cell);
        __builtin_memcpy(to, &cell, sizeof(cell)); /* in one store */
    } else {
        pixels_draw(&screen.pixels, column, row, letter);
    }
}

static bool are_equal(const char *a, const char *b)
{
    cells_t first, second;
    __builtin_memcpy(&first, a, sizeof(first));
    __builtin_memcpy(&second, b, sizeof(second));
    return first == second;
}

/* Draws the cells of a row that have changed, but not many more than STEP_PIXELS; true: all. */
static bool draw_row(uint32_t row)
{
    const char *want = line_of(row);
    char *have = shown[row];
    uint32_t npixels = 0;
    for (uint32_t first = 0; first < screen.columns; first += sizeof(cells_t)) {
        if (are_equal(&want[first], &have[first]))
            continue;
        for (uint32_t i = first; i < first + sizeof(cells_t); i++) {
            if (want[i] == have[i])
                continue;
            if (npixels >= STEP_PIXELS)
                return false;
            draw(i, row, want[i]);
            have[i] = want[i];
            npixels += screen.cell_pixels;
        }
    }
    return true;
}

bool screen_is_behind(void)
{
    return screen.stale < screen.stale_end;
}

void screen_draw_some(void)
{
    uint32_t row = screen.stale;
    if (row < screen.stale_end && draw_row(row))
        screen.stale = row + 1;
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void init_text(const struct screen_mode *mode, char *memory)
{
    screen.is_text = true;
    screen.text = memory;
    screen.text_pitch = mode->pitch;
    screen.cell_pixels = STEP_PIXELS / SCREEN_COLUMNS_MAX;
    screen.columns = (uint32_t)min_u64(mode->width, SCREEN_COLUMNS_MAX);
    screen.rows = (uint32_t)min_u64(mode->height, SCREEN_ROWS_MAX);
    for (uint32_t row = 0; row < screen.rows; row++) {
        for (uint32_t column = 0; column < screen.columns; column++)
            draw(column, row, ' ');
    }
}

static void init_pixels(const struct screen_mode *mode, char *memory)
{
    pixels_init(&screen.pixels, mode, memory);
    uint32_t width = FONT_WIDTH * screen.pixels.scale;
    uint32_t height = FONT_HEIGHT * screen.pixels.scale;
    screen.is_text = false;
    screen.cell_pixels = width * height;
    screen.columns = (uint32_t)min_u64(mode->width / width, SCREEN_COLUMNS_MAX);
    screen.rows = (uint32_t)min_u64(mode->height / height, SCREEN_ROWS_MAX);
}

void screen_init(const struct screen_mode *mode, void *memory)
{
    screen.column = screen.row = screen.top = 0;
    screen.stale = screen.stale_end = 0;
    memset(wanted, ' ', sizeof(wanted));
    memset(shown, ' ', sizeof(shown));
    if (mode->kind == SCREEN_TEXT)
        init_text(mode, memory);
    else
        init_pixels(mode, memory);
}
