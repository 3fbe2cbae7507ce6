/*
 * Slabs: one frame each, a header at its start, objects behind it. Objects that were freed are
 * linked through their first word; objects from `fresh` on have never been given out.
 */
#include "mem/slab.h"

#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"

struct slab {
    struct list node; /* in the pool's list of slabs with room, unless full */
    struct pool *pool;
    void *freed;
    uint32_t kind; /* enum slab_kind */
    uint32_t nused;
    uint32_t fresh;
};

#define SLAB_HEADER_BYTES 64
_Static_assert(sizeof(struct slab) <= SLAB_HEADER_BYTES, "objects start on a cache line");

static struct {
    uint32_t object_bytes;
    uint32_t objects_per_slab;
} kinds[SLAB_KINDS];

static uint64_t bytes_alive;

void slab_kind_init(enum slab_kind kind, size_t nbytes)
{
    nbytes = align_up(nbytes, 16);
    ASSERT(nbytes <= 1024);
    kinds[kind].object_bytes = (uint32_t)nbytes;
    kinds[kind].objects_per_slab = (uint32_t)((PAGE_SIZE - SLAB_HEADER_BYTES) / nbytes);
}

static struct slab *slab_of(const void *object)
{
    return (struct slab *)align_down((uintptr_t)object, PAGE_SIZE);
}

static status_t slab_open(struct pool *pool, enum slab_kind kind)
{
    paddr_t pa;
    TRY(pool_charge(pool, 1));
    status_t status = frame_alloc(FRAME_4K, FRAME_OBJECTS, pool, &pa);
    ASSERT(status == STATUS_OK);
    struct slab *slab = paddr_to_ptr(pa);
    *slab = (struct slab){.pool = pool, .kind = kind};
    list_push_front(&pool->slabs[kind], &slab->node);
    return STATUS_OK;
}

static rarely void slab_close(struct slab *slab)
{
    struct pool *pool = slab->pool;
    list_remove(&slab->node);
    frame_free(ptr_to_paddr(slab));
    pool_refund(pool, 1);
}

static rarely status_t alloc_from_new_slab(struct pool *pool, enum slab_kind kind, void **out)
{
    TRY(slab_open(pool, kind));
    return slab_alloc(pool, kind, out);
}

status_t slab_alloc(struct pool *pool, enum slab_kind kind, void **out)
{
    struct list *slabs = &pool->slabs[kind];
    uint32_t nbytes = kinds[kind].object_bytes;
    if (unlikely(list_is_empty(slabs)))
        return alloc_from_new_slab(pool, kind, out);
    struct slab *slab = list_item(list_first(slabs), struct slab, node);
    void *object = slab->freed;
    if (object != NULL)
        slab->freed = *(void **)object;
    else
        object = (char *)slab + SLAB_HEADER_BYTES + slab->fresh++ * nbytes;
    if (++slab->nused == kinds[kind].objects_per_slab)
        list_remove(&slab->node);
    bytes_alive += nbytes;
    *out = object;
    return STATUS_OK;
}

void slab_free(void *object)
{
    struct slab *slab = slab_of(object);
    ASSERT(slab->nused > 0);
    *(void **)object = slab->freed;
    slab->freed = object;
    bytes_alive -= kinds[slab->kind].object_bytes;
    if (slab->nused-- == kinds[slab->kind].objects_per_slab)
        list_push_front(&slab->pool->slabs[slab->kind], &slab->node);
    if (unlikely(slab->nused == 0))
        slab_close(slab);
}

uint64_t slab_object_bytes(const void *object)
{
    return kinds[slab_of(object)->kind].object_bytes;
}

uint64_t slab_bytes_alive(void)
{
    return bytes_alive;
}
