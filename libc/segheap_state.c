/* The heap in a segment as a whole: making and finding it, its roots, checking it. */
#include "segheap.h"

#include <string.h>

struct segheap *segheap_create_growing(void *memory, size_t nbytes, size_t nbytes_max)
{
    struct segheap *heap = memory;
    size_t nchunks = nbytes / CHUNK_BYTES, nmax = nbytes_max / CHUNK_BYTES;
    size_t nown = (sizeof(*heap) + nmax * sizeof(heap->words[0]) + CHUNK_BYTES - 1) / CHUNK_BYTES;
    if ((uintptr_t)memory % CHUNK_BYTES != 0 || nchunks <= nown || nmax < nchunks ||
        nmax > UINT32_MAX / 8)
        return NULL;
    memset(heap, 0, sizeof(*heap));
    heap->self = memory;
    heap->nchunks = (uint32_t)nchunks;
    heap->nmax = (uint32_t)nmax;
    heap->nown = (uint32_t)nown;
    atomic_store(&heap->free_hint, (uint32_t)nown);
    for (size_t i = 0; i < nmax; i++)
        atomic_store_explicit(&heap->words[i], i < nown ? TAKEN : FREE, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    heap->magic = MAGIC;
    return heap;
}

struct segheap *segheap_create(void *memory, size_t nbytes)
{
    return segheap_create_growing(memory, nbytes, nbytes);
}

int64_t segheap_extend(struct segheap *heap, size_t nbytes)
{
    size_t nchunks = nbytes / CHUNK_BYTES;
    uint32_t had = heap->nchunks;
    if (nchunks > heap->nmax)
        return STATUS_TOO_LARGE;
    while (had < nchunks &&
           !atomic_compare_exchange_strong(&heap->nchunks, &had, (uint32_t)nchunks))
        ;
    return STATUS_OK;
}

size_t segheap_bytes(const struct segheap *heap)
{
    return heap->nchunks * CHUNK_BYTES;
}

struct segheap *segheap_open(void *memory)
{
    struct segheap *heap = memory;
    if ((uintptr_t)memory % CHUNK_BYTES != 0 || heap->magic != MAGIC || heap->self != memory)
        return NULL;
    return heap;
}

/* --- roots ------------------------------------------------------------------------------------ */

static struct root *find_root(const struct segheap *heap, const char *name)
{
    for (size_t i = 0; i < SEGHEAP_ROOTS; i++) {
        const struct root *root = &heap->roots[i];
        if (atomic_load(&root->state) == ROOT_NAMED &&
            strncmp(root->name, name, SEGHEAP_NAME_BYTES) == 0)
            return (struct root *)(uintptr_t)root;
    }
    return NULL;
}

static struct root *make_root(struct segheap *heap, const char *name)
{
    for (size_t i = 0; i < SEGHEAP_ROOTS; i++) {
        struct root *root = &heap->roots[i];
        uint32_t state = ROOT_FREE;
        if (!atomic_compare_exchange_strong(&root->state, &state, ROOT_BEING_NAMED))
            continue;
        strncpy(root->name, name, SEGHEAP_NAME_BYTES);
        atomic_store(&root->state, ROOT_NAMED);
        return find_root(heap, name); /* the first, if two have made it at once */
    }
    return NULL;
}

int64_t segheap_set_root(struct segheap *heap, const char *name, void *pointer)
{
    if (strlen(name) >= SEGHEAP_NAME_BYTES)
        return STATUS_TOO_LARGE;
    struct root *root = find_root(heap, name);
    if (root == NULL)
        root = make_root(heap, name);
    if (root == NULL)
        return STATUS_NO_SLOT;
    atomic_store(&root->pointer, pointer);
    return STATUS_OK;
}

void *segheap_root(const struct segheap *heap, const char *name)
{
    const struct root *root = find_root(heap, name);
    return root == NULL ? NULL : atomic_load(&root->pointer);
}

/* --- what was left half done ------------------------------------------------------------------ */

static bool is_of_a_run(const struct segheap *heap, uint32_t chunk)
{
    uint32_t away = VALUE(atomic_load(&heap->words[chunk]));
    uint32_t first = atomic_load(&heap->words[away <= chunk ? chunk - away : chunk]);
    return KIND(first) == RUN && VALUE(first) > away;
}

void segheap_recover(struct segheap *heap)
{
    for (uint32_t chunk = heap->nown; chunk < heap->nchunks; chunk++) {
        uint32_t word = atomic_load(&heap->words[chunk]);
        if (KIND(word) == CLAIMED)
            atomic_store(&heap->words[chunk], WORD(SLAB, VALUE(word)));
        else if (KIND(word) == TAKEN || (KIND(word) == TAIL && !is_of_a_run(heap, chunk)))
            atomic_store(&heap->words[chunk], FREE);
    }
}

/* --- checking --------------------------------------------------------------------------------- */

size_t segheap_used(const struct segheap *heap)
{
    size_t used = 0;
    for (uint32_t i = heap->nown; i < heap->nchunks; i++) {
        uint32_t word = atomic_load(&heap->words[i]);
        if (KIND(word) == SLAB)
            used += (size_t)slab_used(slab_at(heap, i)) * slab_at(heap, i)->size;
        else if (KIND(word) == RUN)
            used += VALUE(word) * CHUNK_BYTES;
    }
    return used;
}

static bool slab_is_good(const struct slab *slab, uint32_t class)
{
    if (class >= CLASSES || slab->size != class_size(class) || slab->first % SEGHEAP_ALIGN != 0 ||
        slab->first < sizeof(*slab) + nwords_of(slab->nobjects) * 8 ||
        slab->nobjects != (CHUNK_BYTES - slab->first) / slab->size)
        return false;
    uint32_t last = slab->nobjects % 64;
    uint64_t beyond = last == 0 ? 0 : ~0ull << last;
    return (atomic_load(&slab->bits[slab->nobjects / 64 - (last == 0)]) & beyond) == beyond;
}

/* Length of what begins at a chunk; 0 if it makes no sense. */
static uint32_t check_chunk(const struct segheap *heap, uint32_t chunk)
{
    uint32_t word = atomic_load(&heap->words[chunk]);
    switch (KIND(word)) {
    case FREE:
    case TAKEN:
        return 1;
    case SLAB:
    case CLAIMED:
        return slab_is_good(slab_at(heap, chunk), VALUE(word));
    case RUN:
        if (VALUE(word) == 0 || VALUE(word) > heap->nchunks - chunk)
            return 0;
        for (uint32_t i = 1; i < VALUE(word); i++) {
            if (atomic_load(&heap->words[chunk + i]) != WORD(TAIL, i))
                return 0;
        }
        return VALUE(word);
    default:
        return 0;
    }
}

int64_t segheap_check(const struct segheap *heap)
{
    if (heap->magic != MAGIC || heap->self != heap || heap->nown >= heap->nchunks ||
        heap->nchunks > heap->nmax)
        return STATUS_BAD_ARGUMENT;
    for (uint32_t chunk = heap->nown; chunk < heap->nchunks;) {
        uint32_t n = check_chunk(heap, chunk);
        if (n == 0)
            return STATUS_BAD_ARGUMENT;
        chunk += n;
    }
    return STATUS_OK;
}
