/*
 * floor 2: text on a screen, of pixels or of letters (the text mode of a PC).
 *
 * What is put is kept in memory, a letter a cell, and drawn later, in steps: screen_draw_some draws
 * some cells that do not show yet what they should. So a text that scrolls quickly is not drawn
 * line by line, scrolling draws only what changes, and no step takes long.
 *
 * Letters are those of ASCII. A character of several bytes (UTF-8) is a question mark.
 *
 * A panic may come here at any moment, while another CPU stopped in the middle of a step: all
 * positions are always inside the screen.
 */
#ifndef VASCO_CPU_SCREEN_H
#define VASCO_CPU_SCREEN_H

#include "base/types.h"

#define SCREEN_COLUMNS_MAX 320
#define SCREEN_ROWS_MAX 128
#define SCREEN_BYTES_MAX (512 * MIB)

enum screen_kind {
    SCREEN_NONE,
    SCREEN_TEXT,
    SCREEN_PIXELS,
};

/* What the boot loader left: boot/screen_mode.h. */
struct screen_mode {
    enum screen_kind kind;
    paddr_t base;
    uint32_t width, height; /* in pixels, or in letters */
    uint32_t pitch;         /* bytes from one row to the next */
    uint32_t cell_bytes;    /* of a pixel, 2 to 4, or of a letter: 2 */
    uint32_t ink;           /* a pixel of a letter; others are 0 */
};

/* From the first byte to the last. */
static inline uint64_t screen_mode_bytes(const struct screen_mode *mode)
{
    return (uint64_t)(mode->height - 1) * mode->pitch + (uint64_t)mode->width * mode->cell_bytes;
}

/* Clears the screen, which is at `memory`, and begins at its top. */
void screen_init(const struct screen_mode *mode, void *memory);

/* 0 without a screen. */
uint32_t screen_columns(void);
uint32_t screen_rows(void);

/* '\n', '\r', '\b' and '\t' move; other characters that are not printable are left out. */
void screen_put(char c);

/* Whether something is not drawn yet. */
bool screen_is_behind(void);

/* Draws a little of it. */
void screen_draw_some(void);

#endif
