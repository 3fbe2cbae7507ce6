/*
 * Reading the archive (POSIX ustar): see vasco/archive.h. A file is a header of one block and its
 * bytes, filled up to whole blocks; a header that does not say "ustar" ends the archive. Sizes are
 * checked against the length of the archive, never trusted.
 */
#include <stdbool.h>
#include <string.h>
#include <tar.h>
#include <vasco/archive.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

#define BLOCK_BYTES 512

struct ustar_header {
    char name[100];
    char mode[8], uid[8], gid[8];
    char size[12]; /* octal digits */
    char mtime[12], checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2], user[32], group[32], major[8], minor[8];
    char prefix[155]; /* of the name, before a slash */
    char padding[12];
};
_Static_assert(sizeof(struct ustar_header) == BLOCK_BYTES, "POSIX.1-1988, ustar");
_Static_assert(sizeof((struct archive_file){0}.path) > 155 + 1 + 100, "room for prefix/name");

static bool attached;

/* The archive's bytes, attached at first use. The kernel may have done so for the first program. */
static int64_t archive_open(const char **bytes)
{
    handle_t archive = startup_cap("archive");
    if (archive < 0)
        return archive;
    if (!attached) {
        int64_t status = seg_attach(HANDLE_SELF, archive, ACCESS_READ);
        if (status < 0 && status != STATUS_ALREADY_ATTACHED)
            return status;
        attached = true;
    }
    *bytes = (const char *)ARCHIVE_BASE;
    return STATUS_OK;
}

/* A number in octal digits, up to the first other character. */
static size_t number(const char *digits, size_t n)
{
    size_t value = 0;
    for (size_t i = 0; i < n && digits[i] >= '0' && digits[i] <= '7'; i++)
        value = value * 8 + (size_t)(digits[i] - '0');
    return value;
}

static void path_of(const struct ustar_header *header, char *path)
{
    size_t length = strnlen(header->prefix, sizeof(header->prefix));
    memcpy(path, header->prefix, length);
    if (length > 0)
        path[length++] = '/';
    size_t rest = strnlen(header->name, sizeof(header->name));
    memcpy(path + length, header->name, rest);
    path[length + rest] = '\0';
}

/* The member at *position, whatever it is; false at the end. Moves *position on. */
static bool member_next(const char *bytes, size_t nbytes, size_t *position,
                        const struct ustar_header **header, size_t *size)
{
    if (*position > nbytes || nbytes - *position < BLOCK_BYTES)
        return false;
    size_t left = nbytes - *position - BLOCK_BYTES;
    *header = (const struct ustar_header *)(bytes + *position);
    if (memcmp((*header)->magic, TMAGIC, TMAGLEN - 1) != 0)
        return false;
    *size = number((*header)->size, sizeof((*header)->size));
    if (*size > left)
        return false;
    *position += BLOCK_BYTES + (*size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return true;
}

int64_t archive_next(size_t *position, struct archive_file *file)
{
    const char *bytes;
    const struct ustar_header *header;
    size_t size;
    int64_t status = archive_open(&bytes);
    if (status < 0)
        return status;
    while (member_next(bytes, startup_archive_bytes(), position, &header, &size)) {
        if (header->type != REGTYPE && header->type != AREGTYPE)
            continue;
        path_of(header, file->path);
        file->data = (const char *)header + BLOCK_BYTES;
        file->nbytes = size;
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

int64_t archive_find(const char *path, struct archive_file *file)
{
    size_t position = 0;
    int64_t status;
    do
        status = archive_next(&position, file);
    while (status == STATUS_OK && strcmp(file->path, path) != 0);
    return status;
}
