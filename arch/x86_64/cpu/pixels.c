/* Letters as pixels: see pixels.h. */
#include "cpu/pixels.h"

#include "base/string.h"

/* Letters become larger with every so many pixels. */
#define SCALE_WIDTH 1280
#define SCALE_HEIGHT 720

uint32_t pixels_scale(uint32_t width, uint32_t height)
{
    uint64_t scale = min_u64(width / SCALE_WIDTH, height / SCALE_HEIGHT);
    return (uint32_t)max_u64(1, min_u64(scale, PIXELS_SCALE_MAX));
}

/* Eight dots take whole words, of however many bytes a pixel is. */
static void make_pattern(struct pixels *pixels, uint32_t dots, const struct screen_mode *mode)
{
    char *to = (char *)pixels->patterns[dots];
    for (uint32_t i = 0; i < FONT_WIDTH * pixels->scale; i++) {
        bool is_set = dots >> (FONT_WIDTH - 1 - i / pixels->scale) & 1;
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
            __builtin_memcpy(memory + x, &nothing, sizeof(nothing));
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
    pixels->nwords = scale * mode->cell_bytes;
    for (uint32_t dots = 0; dots < array_count(pixels->patterns); dots++)
        make_pattern(pixels, dots, mode);
    clear(mode, memory);
}

void pixels_draw(const struct pixels *pixels, uint32_t column, uint32_t row, char letter)
{
    const uint8_t *glyph = font_glyphs[letter - FONT_FIRST];
    uint32_t nwords = pixels->nwords;
    char *line = pixels->memory + row * FONT_HEIGHT * pixels->scale * pixels->pitch +
                 column * nwords * sizeof(uint64_t);
    for (uint32_t y = 0; y < FONT_HEIGHT; y++) {
        const uint64_t *pattern = pixels->patterns[glyph[y]];
        for (uint32_t i = 0; i < pixels->scale; i++, line += pixels->pitch) {
            for (uint32_t word = 0; word < nwords; word++)
                __builtin_memcpy(line + word * sizeof(*pattern), &pattern[word], sizeof(*pattern));
        }
    }
}
