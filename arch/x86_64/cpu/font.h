/*
 * floor 2: the letters that are drawn on a screen of pixels: printable ASCII, 8 by 16, those of a
 * PC's text mode. The table is made at build time (cpu/font.py).
 */
#ifndef VASCO_CPU_FONT_H
#define VASCO_CPU_FONT_H

#include "base/types.h"

#define FONT_FIRST ' '
#define FONT_GLYPHS 95 /* to '~' */
#define FONT_WIDTH 8
#define FONT_HEIGHT 16

/* A byte for each row, from the top; its highest bit is the left one. */
extern const uint8_t font_glyphs[FONT_GLYPHS][FONT_HEIGHT];

#endif
