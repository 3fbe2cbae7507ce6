/* newlib's, and what POSIX has beside it: libc/missing.c. */
#ifndef VASCO_STDIO_H
#define VASCO_STDIO_H

#include_next <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads up to and with the next delimiter into `*line`, which is allocated, and grows, by malloc:
 * `*room` bytes. Returns how many bytes were read, -1 at the end of the file or with an error.
 * Needs no right. Errors: EINVAL (a null pointer), ENOMEM, and those of reading the file. Blocks
 * until the file gives so much, as fread does. */
ssize_t getdelim(char **line, size_t *room, int delimiter, FILE *file);
/* The same up to the end of the line. */
ssize_t getline(char **line, size_t *room, FILE *file);

#ifdef __cplusplus
}
#endif

#endif
