/*
 * Bytes of exactly their length, so that the address sanitizer sees a parser read behind them.
 */
#ifndef VASCO_TESTS_EXACT_H
#define VASCO_TESTS_EXACT_H

#include <stdlib.h>

#include "machine.h"

/* A copy of nbytes; free() it. */
static inline char *exact_copy(const void *bytes, size_t nbytes)
{
    char *copy = malloc(nbytes);
    assert_non_null(copy);
    for (size_t i = 0; i < nbytes; i++)
        copy[i] = ((const char *)bytes)[i];
    return copy;
}

#endif
