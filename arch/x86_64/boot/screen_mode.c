/* The loader's word on the screen: see screen_mode.h. */
#include "boot/screen_mode.h"

#include "base/string.h"
#include "cpu/font.h"

#define PHYSICAL_END ((uint64_t)1 << 52) /* SDM 3A 4.1.4 */

enum tag_kind {
    KIND_PALETTE, /* no longer to be met where this kernel runs */
    KIND_RGB,
    KIND_TEXT,
};

struct tag_screen {
    uint64_t base;
    uint32_t pitch, width, height;
    uint8_t bits;
    uint8_t kind;
    uint16_t reserved;
};
_Static_assert(sizeof(struct tag_screen) == 24, "as the specification has it");

/* Of each colour: where its bits are in a pixel. */
struct tag_colour {
    uint8_t position, nbits;
};

#define COLOURS 3

/* Light grey, as in text mode: two thirds of each colour. */
static bool ink_of(const struct tag_colour colours[COLOURS], uint32_t bits, uint32_t *out)
{
    *out = 0;
    for (uint32_t i = 0; i < COLOURS; i++) {
        uint32_t position = colours[i].position;
        uint32_t nbits = colours[i].nbits;
        if (nbits == 0 || nbits > 16 || position + nbits > bits)
            return false;
        *out |= (((uint32_t)1 << nbits) - 1) * 2 / 3 << position;
    }
    return true;
}

static bool is_possible(const struct screen_mode *mode)
{
    bool is_text = mode->kind == SCREEN_TEXT;
    if (mode->width < (is_text ? 1 : FONT_WIDTH) || mode->height < (is_text ? 1 : FONT_HEIGHT))
        return false;
    if (mode->width > SCREEN_BYTES_MAX || mode->height > SCREEN_BYTES_MAX)
        return false;
    uint64_t nbytes = screen_mode_bytes(mode);
    return (uint64_t)mode->width * mode->cell_bytes <= mode->pitch && nbytes <= SCREEN_BYTES_MAX &&
           mode->base.v < PHYSICAL_END && PHYSICAL_END - mode->base.v >= nbytes;
}

struct screen_mode screen_mode_parse(const char *bytes, size_t nbytes)
{
    const struct screen_mode none = {.kind = SCREEN_NONE};
    struct tag_screen tag;
    struct tag_colour colours[COLOURS];
    if (nbytes < sizeof(tag)) /* or there is no tag */
        return none;
    memcpy(&tag, bytes, sizeof(tag));
    struct screen_mode mode = {
        .base = PADDR(tag.base), .width = tag.width, .height = tag.height, .pitch = tag.pitch};
    if (tag.kind == KIND_TEXT && tag.bits == 16) {
        mode.kind = SCREEN_TEXT;
        mode.cell_bytes = 2;
    } else if (tag.kind == KIND_RGB && tag.bits >= 15 && tag.bits <= 32 &&
               nbytes - sizeof(tag) >= sizeof(colours)) {
        mode.kind = SCREEN_PIXELS;
        mode.cell_bytes = (tag.bits + 7U) / 8;
        memcpy(colours, bytes + sizeof(tag), sizeof(colours));
        if (!ink_of(colours, tag.bits, &mode.ink))
            return none;
    }
    return mode.kind != SCREEN_NONE && is_possible(&mode) ? mode : none;
}
