/*
 * A file as user/textpager/pack makes it: pages of 4 KiB, each of which can be unpacked by itself.
 */
#ifndef TEXTPAGER_UNPACK_H
#define TEXTPAGER_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packed {
    const char *bytes;
    uint64_t nbytes; /* of the text */
    uint64_t npages;
};

/* False: it is not such a file. */
bool packed_open(const void *bytes, size_t nbytes, struct packed *out);

/* Unpacks a page (< npages) into 4 KiB, zeroes behind the end of the text. False: the file is
 * broken. */
bool packed_page(const struct packed *packed, uint64_t page, char *out);

#endif
