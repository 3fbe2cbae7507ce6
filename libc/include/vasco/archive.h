/*
 * The archive that came with the kernel: programs at bin/NAME, texts at text/NAME. A program that
 * was given the capability "archive" sees it read-only in its home space; it is attached at first
 * use. Neither call blocks.
 */
#ifndef VASCO_ARCHIVE_H
#define VASCO_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

struct archive_file {
    char path[260];   /* "bin/init" */
    const void *data; /* valid while the program runs */
    size_t nbytes;
};

/*
 * Finds a file by its path.
 * Errors: NOT_FOUND (no such file), BAD_HANDLE (the program was given no archive).
 */
int64_t archive_find(const char *path, struct archive_file *file);

/*
 * Goes through the files: `*position` is 0 at first and is moved on by each call. Gives the next
 * file. Errors: NOT_FOUND (at the end), BAD_HANDLE (the program was given no archive).
 */
int64_t archive_next(size_t *position, struct archive_file *file);

#endif
