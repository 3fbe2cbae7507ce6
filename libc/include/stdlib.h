/* newlib's, and what POSIX has beside it: libc/missing.c. */
#ifndef VASCO_STDLIB_H
#define VASCO_STDLIB_H

#include_next <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocates memory that begins at a multiple of `align`, a power of two and a multiple of the size
 * of a pointer; free gives it back. Returns 0 or the error, without errno. Needs no right. Errors:
 * EINVAL (`align`), ENOMEM. Does not block. */
int posix_memalign(void **out, size_t align, size_t nbytes);

#ifdef __cplusplus
}
#endif

#endif
