/* Unpacking one page: see unpack.h. The decoder of zlib streams is the one in stb_image.h. */
#include "unpack.h"

#include <string.h>

#include "abi/types.h"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_SUPPORT_ZLIB
#define STBI_NO_FAILURE_STRINGS
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#define STBI_NO_JPEG
#define STBI_NO_PNG
#define STBI_NO_BMP
#define STBI_NO_PSD
#define STBI_NO_TGA
#define STBI_NO_GIF
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_PIC
#define STBI_NO_PNM
#include <stb_image.h>

#define START_BYTES sizeof(uint32_t)

/* Where the stream of a page starts; of the number of pages, where the last one ends. */
static uint32_t start_of(const struct packed *packed, uint64_t page)
{
    uint32_t start;
    memcpy(&start, packed->bytes + sizeof(uint64_t) + page * START_BYTES, sizeof(start));
    return start;
}

/* The streams lie one behind the other, and fill the file. */
bool packed_open(const void *bytes, size_t nbytes, struct packed *out)
{
    struct packed packed = {.bytes = bytes};
    if (nbytes < sizeof(uint64_t))
        return false;
    memcpy(&packed.nbytes, bytes, sizeof(packed.nbytes));
    packed.npages = packed.nbytes / PAGE_BYTES + (packed.nbytes % PAGE_BYTES != 0);
    uint64_t room = (nbytes - sizeof(uint64_t)) / START_BYTES;
    if (packed.npages >= room)
        return false;
    for (uint64_t page = 0; page < packed.npages; page++) {
        if (start_of(&packed, page) > start_of(&packed, page + 1))
            return false;
    }
    *out = packed;
    return start_of(&packed, packed.npages) == nbytes;
}

bool packed_page(const struct packed *packed, uint64_t page, char *out)
{
    uint32_t start = start_of(packed, page);
    int length = (int)(start_of(packed, page + 1) - start);
    uint64_t left = packed->nbytes - page * PAGE_BYTES;
    memset(out, 0, PAGE_BYTES);
    return stbi_zlib_decode_buffer(out, PAGE_BYTES, packed->bytes + start, length) ==
           (int)(left < PAGE_BYTES ? left : PAGE_BYTES);
}
