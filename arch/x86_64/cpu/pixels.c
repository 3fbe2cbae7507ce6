/* Letters as pixels: see pixels.h. */
#include "cpu/pixels.h"

#include "base/string.h"

/* Letters become larger with every so many pixels. */
#define SCALE_WIDTH 1280
#define SCALE_HEIGHT 720

#define DOTS 4 /* of a pattern */

uint32_t pixels_scale(uint32_t width, uint32_t height)
{
    uint64_t scale = min_u64(width / SCALE_WIDTH, height / SCALE_HEIGHT);
    return (uint32_t)max_u64(1, min_u64(scale, PIXELS_SCALE_MAX));
}

/* Four dots of the font take whole words, of however many bytes a pixel is. */
static void make_pattern(struct pixels *pixels, uint32_t dots, const struct screen_mode *mode)
{
    char *to = (char *)pixels->patterns[dots];
    for (uint32_t i = 0; i < DOTS * pixels->scale; i++) {
        bool is_set = dots >> (DOTS - 1 - i / pixels->scale) & 1;
        uint32_t value = is_set ? mode->ink : 0;
        memcpy(to, &value, mode->cell_bytes);
        to += mode->cell_bytes;
    }
}

static void clear(const struct screen_mode *mode, char *memory)
{
    const uint64_t nothing = 0;
    uint64_t nbytes = (uint64_t)mode->width * mode->cell_bytes;
    for (uint32_t y = 0; y < mode->height; y++, memory += mode->pitch) {
        uint64_t x = 0;
        for (; x + sizeof(nothing) <= nbytes; x += sizeof(nothing))
            memcpy(memory + x, &nothing, sizeof(nothing));
        for (; x < nbytes; x++)
            memory[x] = 0;
    }
}

void pixels_init(struct pixels *pixels, const struct screen_mode *mode, void *memory)
{
    uint32_t scale = pixels_scale(mode->width, mode->height);
    pixels->memory = memory;
    pixels->pitch = mode->pitch;
    pixels->scale = scale;
    pixels->cell_bytes = (uint64_t)FONT_WIDTH * scale * mode->cell_bytes;
    pixels->pattern_words = scale * mode->cell_bytes * DOTS / sizeof(uint32_t);
    for (uint32_t dots = 0; dots < array_count(pixels->patterns); dots++)
        make_pattern(pixels, dots, mode);
    clear(mode, memory);
}

/* In as wide stores as there are. */
static void copy_words(char *to, const uint32_t *from, uint32_t nwords)
{
    uint32_t i = 0;
    for (; i + 2 <= nwords; i += 2)
        memcpy(to + sizeof(*from) * i, &from[i], 2 * sizeof(*from));
    if (i < nwords)
        memcpy(to + sizeof(*from) * i, &from[i], sizeof(*from));
}

void pixels_draw(const struct pixels *pixels, uint32_t column, uint32_t row, char letter)
{
    const uint8_t *glyph = font_glyphs[letter - FONT_FIRST];
    uint32_t nwords = pixels->pattern_words;
    char *line = pixels->memory + row * FONT_HEIGHT * pixels->scale * pixels->pitch +
                 column * pixels->cell_bytes;
    for (uint32_t y = 0; y < FONT_HEIGHT; y++) {
        const uint32_t *left = pixels->patterns[glyph[y] >> DOTS];
        const uint32_t *right = pixels->patterns[glyph[y] & ((1 << DOTS) - 1)];
        for (uint32_t i = 0; i < pixels->scale; i++, line += pixels->pitch) {
            copy_words(line, left, nwords);
            copy_words(line + nwords * sizeof(*left), right, nwords);
        }
    }
}
