/*
 * Names of objects: at most NAME_BYTES (16) bytes, for messages only, passed to the kernel in two
 * registers with the first byte lowest. Longer names are cut; shorter ones end in zero bytes.
 */
#ifndef VASCO_NAME_H
#define VASCO_NAME_H

#include <stdint.h>

#include "abi/types.h"

struct name_words {
    uint64_t lo;
    uint64_t hi;
};

/* The words of a name; `text` must not be null. Does not block. */
struct name_words name_words(const char *text);

#endif
