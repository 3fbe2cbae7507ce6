/*
 * floor 2: letters on a screen of pixels, whose colour is in the pixel itself.
 *
 * Large screens have large letters: each dot of the font is a square of `scale` times `scale`
 * pixels. The screen's memory is only written: reading it is slow, as it is not cached.
 *
 * Memory is what it is given: host tests use it as it is.
 */
#ifndef VASCO_CPU_PIXELS_H
#define VASCO_CPU_PIXELS_H

#include "cpu/font.h"
#include "cpu/screen.h"

#define PIXELS_SCALE_MAX 4
#define PIXEL_BYTES_MAX 4

struct pixels {
    char *memory;
    uint64_t pitch;
    uint32_t scale;
    uint32_t nwords; /* a row of a letter takes, as pixels */
    /* For each row that a letter can have. */
    uint64_t patterns[256][PIXELS_SCALE_MAX * PIXEL_BYTES_MAX];
};

/* Clears the screen. The mode is of pixels, and one that screen_mode_parse gives. */
void pixels_init(struct pixels *pixels, const struct screen_mode *mode, void *memory);

/* How large letters are on a screen of this size. */
uint32_t pixels_scale(uint32_t width, uint32_t height);

/* The letter must be printable, the place on the screen. */
void pixels_draw(const struct pixels *pixels, uint32_t column, uint32_t row, char letter);

#endif
