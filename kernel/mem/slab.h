/*
 * floor 3: memory for kernel objects.
 *
 * A cache gives out objects of one size, cut from frames that hold nothing else. A frame whose last
 * object is freed goes back at once, so that memory use depends on what is alive and not on history.
 * Memory for objects is charged to a pool frame by frame.
 */
#ifndef VASCO_MEM_SLAB_H
#define VASCO_MEM_SLAB_H

#include "base/list.h"
#include "base/status.h"
#include "base/types.h"
#include "mem/pool.h"

struct slab_cache {
    const char *word; /* what it holds, for messages */
    uint32_t object_bytes;
    uint32_t objects_per_slab;
    struct list partial; /* slabs with room */
    uint64_t nobjects;   /* alive */
};

/* For objects of nbytes (at most 1024), which are aligned to 16 bytes. */
void slab_cache_init(struct slab_cache *cache, const char *word, size_t nbytes);

/* An object filled with zeroes. */
status_t must_check slab_alloc(struct slab_cache *cache, void **out);

void slab_free(struct slab_cache *cache, void *object);

/* Bytes in live objects of all caches. */
uint64_t slab_bytes_alive(void);

#endif
