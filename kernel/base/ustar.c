/* Finding files in a ustar archive: see ustar.h. */
#include "base/ustar.h"

#include "base/string.h"

#define RECORD_BYTES 512

struct ustar_header {
    char name[100];
    char mode[8], owner[8], group[8];
    char size[12]; /* octal */
    char time[12], checksum[8];
    char kind;
    char linked[100];
    char magic[6]; /* "ustar" */
    char rest[249];
};
_Static_assert(sizeof(struct ustar_header) == RECORD_BYTES, "one record");

/* An octal number that ends with a space or a zero byte. */
static bool parse_octal(const char *digits, size_t n, uint64_t *out)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < n && digits[i] >= '0' && digits[i] <= '7'; i++)
        value = value * 8 + (uint64_t)(digits[i] - '0');
    *out = value;
    return i > 0;
}

status_t ustar_find(const void *archive, uint64_t nbytes, const char *name, struct file *out)
{
    const char *bytes = archive;
    for (uint64_t at = 0; nbytes - at >= RECORD_BYTES;) {
        const struct ustar_header *h = (const void *)(bytes + at);
        uint64_t size;
        if (h->name[0] == '\0')
            return STATUS_NO_DATA;
        at += RECORD_BYTES;
        if (strncmp(h->magic, "ustar", 5) != 0 || !parse_octal(h->size, sizeof(h->size), &size) ||
            size > nbytes - at)
            return STATUS_BAD_ARGUMENT;
        if ((h->kind == '0' || h->kind == '\0') && strncmp(h->name, name, sizeof(h->name)) == 0) {
            *out = (struct file){bytes + at, size};
            return STATUS_OK;
        }
        uint64_t padded = align_up(size, RECORD_BYTES);
        at += min_u64(padded, nbytes - at);
    }
    return STATUS_NO_DATA;
}
