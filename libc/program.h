/* What program.c prepares and spawn.c starts. */
#ifndef LIBC_PROGRAM_H
#define LIBC_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/program.h>

#include "abi/types.h"

#define PARTS_MAX 8
#define PART_BYTES_MAX ((uint64_t)32 << 20) /* for granules of 2 MiB */
#define GIVEN_MAX 4

/* What one PT_LOAD says: a segment of the program's home space. */
struct part {
    const char *name;
    uint64_t base;
    uint64_t nbytes;
    const void *bytes; /* its beginning; the rest is zero */
    uint64_t nfilled;
    uint64_t access;
    handle_t shared; /* the segment of all processes that run it; 0 if each has its own */
};

struct program {
    uint64_t entry;
    size_t nparts;
    struct part parts[PARTS_MAX];
    size_t ngiven;
    struct program_cap given[GIVEN_MAX];
};

/* Creates and fills a part's segment, from a pool or 0. Returns its handle or a status. */
handle_t part_make(const struct part *part, handle_t pool);

#endif
