/* newlib's, and what POSIX has beside it: libc/missing.c. */
#ifndef VASCO_STDLIB_H
#define VASCO_STDLIB_H

#include_next <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

int posix_memalign(void **out, size_t align, size_t nbytes);

#ifdef __cplusplus
}
#endif

#endif
