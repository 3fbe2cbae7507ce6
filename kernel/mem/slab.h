/*
 * floor 3: memory for kernel objects.
 *
 * Objects of one kind and one pool are cut from frames that hold nothing else and are charged to
 * that pool. So a pool's memory use depends on what is alive in it alone, nobody's objects keep
 * another's frames, and a frame whose last object is freed goes back at once.
 */
#ifndef VASCO_MEM_SLAB_H
#define VASCO_MEM_SLAB_H

#include "base/status.h"
#include "base/types.h"
#include "mem/pool.h"

/* Objects of this kind take nbytes (at most 1024); they are aligned to 16 bytes. */
void slab_kind_init(enum slab_kind kind, size_t nbytes);

/* Memory for an object; what is in it is unknown. */
status_t must_check slab_alloc(struct pool *pool, enum slab_kind kind, void **out);

void slab_free(void *object);

/* What the object takes. */
uint64_t slab_object_bytes(const void *object);

/* Bytes in live objects of all pools. */
uint64_t slab_bytes_alive(void);

#endif
