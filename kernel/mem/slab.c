/*
 * Slabs: one frame each, a header at its start, objects behind it. Objects that were freed are linked
 * through their first word; objects from `fresh` on have never been given out.
 */
#include "mem/slab.h"

#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"

struct slab {
    struct list node; /* in the cache's partial list, unless full */
    struct slab_cache *cache;
    void *freed;
    uint32_t nused;
    uint32_t fresh;
};

#define SLAB_HEADER_BYTES 64
_Static_assert(sizeof(struct slab) <= SLAB_HEADER_BYTES, "objects start on a cache line");

static uint64_t bytes_alive;

void slab_cache_init(struct slab_cache *cache, const char *word, size_t nbytes)
{
    nbytes = align_up(nbytes, 16);
    ASSERT(nbytes <= 1024);
    *cache = (struct slab_cache){
        .word = word,
        .object_bytes = (uint32_t)nbytes,
        .objects_per_slab = (uint32_t)((PAGE_SIZE - SLAB_HEADER_BYTES) / nbytes),
    };
    list_init(&cache->partial);
}

static struct slab *slab_of(const void *object)
{
    return (struct slab *)align_down((uintptr_t)object, PAGE_SIZE);
}

static status_t slab_open(struct slab_cache *cache)
{
    paddr_t pa;
    TRY(pool_charge(&pool_root, 1));
    status_t status = frame_alloc(FRAME_4K, FRAME_OBJECTS, cache, &pa);
    ASSERT(status == STATUS_OK);
    struct slab *slab = paddr_to_ptr(pa);
    *slab = (struct slab){.cache = cache};
    list_push_front(&cache->partial, &slab->node);
    return STATUS_OK;
}

static void slab_close(struct slab *slab)
{
    list_remove(&slab->node);
    frame_free(ptr_to_paddr(slab));
    pool_refund(&pool_root, 1);
}

status_t slab_alloc(struct slab_cache *cache, void **out)
{
    if (list_is_empty(&cache->partial))
        TRY(slab_open(cache));
    struct slab *slab = list_item(list_first(&cache->partial), struct slab, node);
    void *object = slab->freed;
    if (object != NULL)
        slab->freed = *(void **)object;
    else
        object = (char *)slab + SLAB_HEADER_BYTES + slab->fresh++ * cache->object_bytes;
    if (++slab->nused == cache->objects_per_slab)
        list_remove(&slab->node);
    cache->nobjects++;
    bytes_alive += cache->object_bytes;
    page_zero(object, cache->object_bytes);
    *out = object;
    return STATUS_OK;
}

void slab_free(struct slab_cache *cache, void *object)
{
    struct slab *slab = slab_of(object);
    ASSERT(slab->cache == cache && slab->nused > 0);
    *(void **)object = slab->freed;
    slab->freed = object;
    cache->nobjects--;
    bytes_alive -= cache->object_bytes;
    if (slab->nused-- == cache->objects_per_slab)
        list_push_front(&cache->partial, &slab->node);
    if (slab->nused == 0)
        slab_close(slab);
}

uint64_t slab_bytes_alive(void)
{
    return bytes_alive;
}
