/* newlib's, and what POSIX has beside it: libc/missing.c. */
#ifndef VASCO_STDIO_H
#define VASCO_STDIO_H

#include_next <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

ssize_t getdelim(char **line, size_t *room, int delimiter, FILE *file);
ssize_t getline(char **line, size_t *room, FILE *file);

#ifdef __cplusplus
}
#endif

#endif
