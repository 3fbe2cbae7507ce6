/* Allocating and freeing in a segment: see vasco/segheap.h, and segheap.h for how. */
#include "segheap.h"

#include <string.h>

/* --- classes ---------------------------------------------------------------------------------- */

/* Four classes for each doubling, from 64 bytes on; below in steps of 16. */
static uint32_t class_of(size_t nbytes)
{
    if (nbytes <= 64)
        return nbytes == 0 ? 0 : (uint32_t)(nbytes - 1) / 16;
    uint32_t top = 63 - (uint32_t)__builtin_clzll(nbytes - 1); /* 6 for 65 to 128 */
    return 4 + (top - 6) * 4 + (uint32_t)((nbytes - 1) >> (top - 2) & 3);
}

uint32_t class_size(uint32_t class)
{
    if (class < 4)
        return (class + 1) * 16;
    uint32_t top = 6 + (class - 4) / 4;
    return (1u << top) + ((class - 4) % 4 + 1) * (1u << (top - 2));
}

uint32_t nwords_of(uint32_t nobjects)
{
    return (nobjects + 63) / 64;
}

/* --- chunks ----------------------------------------------------------------------------------- */

char *chunk_at(const struct segheap *heap, uint32_t chunk)
{
    return (char *)heap->self + chunk * CHUNK_BYTES;
}

struct slab *slab_at(const struct segheap *heap, uint32_t chunk)
{
    return (struct slab *)chunk_at(heap, chunk);
}

static bool change(struct segheap *heap, uint32_t chunk, uint32_t from, uint32_t to)
{
    return atomic_compare_exchange_strong(&heap->words[chunk], &from, to);
}

static void slab_make(struct segheap *heap, uint32_t chunk, uint32_t class)
{
    struct slab *slab = slab_at(heap, chunk);
    uint32_t size = class_size(class);
    uint32_t most = (uint32_t)(CHUNK_BYTES - sizeof(*slab)) / size;
    uint32_t first = (uint32_t)(sizeof(*slab) + nwords_of(most) * 8 + 15) / 16 * 16;
    uint32_t n = (uint32_t)(CHUNK_BYTES - first) / size;
    slab->size = size;
    slab->nobjects = n;
    slab->first = first;
    atomic_store(&slab->hint, 0);
    for (uint32_t i = 0; i < nwords_of(most); i++) {
        uint32_t used = n > i * 64 ? n - i * 64 : 0;
        atomic_store(&slab->bits[i], used >= 64 ? 0 : ~0ull << used);
    }
}

/* Allocated objects of a slab. */
uint32_t slab_used(const struct slab *slab)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < nwords_of(slab->nobjects); i++)
        used += (uint32_t)__builtin_popcountll(atomic_load(&slab->bits[i]));
    return used - (nwords_of(slab->nobjects) * 64 - slab->nobjects);
}

/* Makes a slab without objects free again, if it is one. */
static bool reclaim(struct segheap *heap, uint32_t chunk)
{
    uint32_t word = atomic_load(&heap->words[chunk]);
    if (KIND(word) != SLAB || slab_used(slab_at(heap, chunk)) > 0 ||
        !change(heap, chunk, word, WORD(CLAIMED, VALUE(word))))
        return false;
    bool empty = slab_used(slab_at(heap, chunk)) == 0;
    atomic_store(&heap->words[chunk], empty ? FREE : word);
    return empty;
}

/* Claims so many free chunks in a row, or none. Returns the first; 0 if there are none. */
static uint32_t claim_at(struct segheap *heap, uint32_t first, uint32_t n)
{
    uint32_t got = 0;
    while (got < n && change(heap, first + got, FREE, TAKEN))
        got++;
    if (got == n)
        return first;
    for (uint32_t i = 0; i < got; i++)
        atomic_store(&heap->words[first + i], FREE);
    return 0;
}

static uint32_t claim_between(struct segheap *heap, uint32_t from, uint32_t to, uint32_t n)
{
    for (uint32_t chunk = from; chunk + n <= to; chunk++) {
        if (atomic_load(&heap->words[chunk]) == FREE && claim_at(heap, chunk, n) != 0)
            return chunk;
    }
    return 0;
}

static uint32_t claim(struct segheap *heap, uint32_t n)
{
    uint32_t hint = atomic_load(&heap->free_hint);
    uint32_t chunk = claim_between(heap, hint, heap->nchunks, n);
    if (chunk == 0)
        chunk = claim_between(heap, heap->nown, heap->nchunks, n);
    if (chunk == 0) {
        for (uint32_t i = heap->nown; i < heap->nchunks; i++)
            (void)reclaim(heap, i);
        chunk = claim_between(heap, heap->nown, heap->nchunks, n);
    }
    if (chunk != 0)
        atomic_store(&heap->free_hint, chunk + n < heap->nchunks ? chunk + n : heap->nown);
    return chunk;
}

/* --- small pieces ----------------------------------------------------------------------------- */

/* Sets a bit that was clear; returns its number, or -1 if the slab is full. */
static int64_t take_bit(struct slab *slab)
{
    uint32_t nwords = nwords_of(slab->nobjects);
    uint32_t word = atomic_load_explicit(&slab->hint, memory_order_relaxed);
    for (uint32_t n = 0; n < nwords; n++, word = word + 1 < nwords ? word + 1 : 0) {
        if (word >= nwords)
            word = 0;
        uint64_t bits = atomic_load(&slab->bits[word]);
        while (bits != ~0ull) {
            uint32_t bit = (uint32_t)__builtin_ctzll(~bits);
            bits = atomic_fetch_or(&slab->bits[word], 1ull << bit);
            if ((bits >> bit & 1) == 0) {
                atomic_store_explicit(&slab->hint, word, memory_order_relaxed);
                return word * 64 + bit;
            }
        }
    }
    return -1;
}

static void drop_bit(struct slab *slab, uint32_t bit)
{
    atomic_fetch_and(&slab->bits[bit / 64], ~(1ull << bit % 64));
}

/* An object of a chunk, if that is a slab of the class and has one. */
static void *take_object(struct segheap *heap, uint32_t chunk, uint32_t class)
{
    struct slab *slab = slab_at(heap, chunk);
    if (chunk == 0 || atomic_load(&heap->words[chunk]) != WORD(SLAB, class))
        return NULL;
    int64_t bit = take_bit(slab);
    if (bit < 0)
        return NULL;
    if (atomic_load(&heap->words[chunk]) == WORD(SLAB, class))
        return (char *)slab + slab->first + (size_t)bit * slab->size;
    drop_bit(slab, (uint32_t)bit); /* it is being reclaimed */
    return NULL;
}

static void *alloc_small(struct segheap *heap, uint32_t class)
{
    uint32_t hint = atomic_load_explicit(&heap->hints[class], memory_order_relaxed);
    void *object = take_object(heap, hint, class);
    for (uint32_t chunk = heap->nown; object == NULL && chunk < heap->nchunks; chunk++) {
        object = take_object(heap, chunk, class);
        hint = chunk;
    }
    if (object == NULL) {
        hint = claim(heap, 1);
        if (hint == 0)
            return NULL;
        slab_make(heap, hint, class);
        atomic_store(&heap->words[hint], WORD(SLAB, class));
        object = take_object(heap, hint, class);
    }
    atomic_store_explicit(&heap->hints[class], hint, memory_order_relaxed);
    return object;
}

/* --- large pieces ----------------------------------------------------------------------------- */

static void *alloc_run(struct segheap *heap, size_t nbytes)
{
    size_t n = (nbytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    if (n == 0 || n > heap->nchunks)
        return NULL;
    uint32_t first = claim(heap, (uint32_t)n);
    if (first == 0)
        return NULL;
    for (uint32_t i = 1; i < n; i++)
        atomic_store(&heap->words[first + i], WORD(TAIL, i));
    atomic_store(&heap->words[first], WORD(RUN, n));
    return chunk_at(heap, first);
}

static void free_run(struct segheap *heap, uint32_t first, uint32_t n)
{
    if (!change(heap, first, WORD(RUN, n), TAKEN))
        return;
    for (uint32_t i = n; i-- > 0;)
        atomic_store(&heap->words[first + i], FREE);
}

/* --- pieces ----------------------------------------------------------------------------------- */

/* What a pointer points into. */
struct place {
    uint32_t kind; /* SLAB or RUN; FREE if it is no piece */
    uint32_t chunk;
    uint32_t n; /* the object, or the number of chunks */
    char *end;
};

static struct place place_of(const struct segheap *heap, const void *piece)
{
    struct place nowhere = {.kind = FREE};
    size_t offset = (uintptr_t)piece - (uintptr_t)heap->self;
    uint32_t chunk = (uint32_t)(offset / CHUNK_BYTES);
    if (offset / CHUNK_BYTES >= heap->nchunks)
        return nowhere;
    uint32_t word = atomic_load(&heap->words[chunk]);
    if (KIND(word) == TAIL && VALUE(word) <= chunk) {
        chunk -= VALUE(word);
        word = atomic_load(&heap->words[chunk]);
    }
    if (KIND(word) == RUN)
        return (struct place){RUN, chunk, VALUE(word),
                              chunk_at(heap, chunk) + VALUE(word) * CHUNK_BYTES};
    const struct slab *slab = slab_at(heap, chunk);
    if ((KIND(word) != SLAB && KIND(word) != CLAIMED) || offset % CHUNK_BYTES < slab->first)
        return nowhere;
    uint32_t n = (uint32_t)(offset % CHUNK_BYTES - slab->first) / slab->size;
    if (n >= slab->nobjects || (atomic_load(&slab->bits[n / 64]) >> n % 64 & 1) == 0)
        return nowhere;
    return (struct place){SLAB, chunk, n,
                          chunk_at(heap, chunk) + slab->first + (size_t)(n + 1) * slab->size};
}

void *segheap_alloc(struct segheap *heap, size_t nbytes)
{
    return nbytes <= SMALL_MAX ? alloc_small(heap, class_of(nbytes)) : alloc_run(heap, nbytes);
}

/* Whole chunks are aligned to all that can be asked for. A small piece is looked for in one that is
 * larger by the alignment: any pointer into a piece stands for it. */
void *segheap_alloc_aligned(struct segheap *heap, size_t align, size_t nbytes)
{
    if (align > CHUNK_BYTES || nbytes > SIZE_MAX / 2)
        return NULL;
    if (align <= SEGHEAP_ALIGN)
        return segheap_alloc(heap, nbytes);
    if (nbytes + align - SEGHEAP_ALIGN > SMALL_MAX)
        return alloc_run(heap, nbytes == 0 ? 1 : nbytes);
    char *piece = segheap_alloc(heap, nbytes + align - SEGHEAP_ALIGN);
    return piece == NULL ? NULL : piece + (-(uintptr_t)piece & (align - 1));
}

size_t segheap_size(const struct segheap *heap, const void *piece)
{
    struct place place = place_of(heap, piece);
    return place.kind == FREE ? 0 : (size_t)(place.end - (const char *)piece);
}

void *segheap_realloc(struct segheap *heap, void *piece, size_t nbytes)
{
    size_t size = piece == NULL ? 0 : segheap_size(heap, piece);
    if (size >= nbytes && size / 2 <= nbytes + 64)
        return piece;
    void *other = segheap_alloc(heap, nbytes);
    if (other == NULL)
        return NULL;
    if (size > 0)
        memcpy(other, piece, size < nbytes ? size : nbytes);
    segheap_free(heap, piece);
    return other;
}

void segheap_free(struct segheap *heap, void *piece)
{
    struct place place = place_of(heap, piece);
    if (piece == NULL || place.kind == FREE)
        return;
    if (place.kind == RUN) {
        free_run(heap, place.chunk, place.n);
        return;
    }
    drop_bit(slab_at(heap, place.chunk), place.n);
    uint32_t class = VALUE(atomic_load_explicit(&heap->words[place.chunk], memory_order_relaxed));
    if (class < CLASSES)
        atomic_store_explicit(&heap->hints[class], place.chunk, memory_order_relaxed);
}
