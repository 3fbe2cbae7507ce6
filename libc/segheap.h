/*
 * The heap in a segment, as segheap.c and segheap_state.c see it.
 *
 *   chunk 0, 1, ...          chunks of 64 KiB
 *   +----------------------+ +--------+---------+---------+----- - -
 *   | struct segheap       | | slab   | object  | object  |
 *   | a word for each chunk| | bitmap |         |         |
 *   +----------------------+ +--------+---------+---------+----- - -
 *
 * The word of a chunk says what it is: free, a slab of objects of one class, or part of a run of
 * whole chunks for a larger piece. It changes by compare-and-swap only. In a slab a set bit is an
 * allocated object; setting and clearing it is all that allocating and freeing do. Everything else,
 * hints where to look first, may be wrong without harm.
 *
 * A slab whose objects are all free is taken back when chunks run out. Who takes it first claims
 * its word, then looks at the bits again; who allocates sets a bit first, then looks at the word
 * again. With sequential consistency at least one of the two sees the other.
 */
#ifndef LIBC_SEGHEAP_H
#define LIBC_SEGHEAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <vasco/segheap.h>

#define CHUNK_BYTES ((size_t)65536)
#define MAGIC 0x706165686765730aull /* "\nsegheap" */

/* Words of chunks: a kind, and what belongs to it. */
#define FREE 0u
#define TAKEN 1u   /* the heap's own, or on its way from one kind to another */
#define SLAB 2u    /* and its class */
#define RUN 3u     /* the first of a run, and how many chunks it has */
#define TAIL 4u    /* a later one, and how far the first is away */
#define CLAIMED 5u /* a slab, and its class: somebody looks whether it is empty */
#define WORD(kind, value) ((uint32_t)(value) << 3 | (kind))
#define KIND(word) ((word)&7)
#define VALUE(word) ((word) >> 3)

#define CLASSES 39
#define SMALL_MAX 28672 /* two fit in a chunk */

#define ROOT_FREE 0
#define ROOT_BEING_NAMED 1
#define ROOT_NAMED 2

struct root {
    _Atomic uint32_t state;
    char name[SEGHEAP_NAME_BYTES];
    _Atomic(void *) pointer;
};

struct segheap {
    uint64_t magic;
    void *self;
    _Atomic uint32_t nchunks; /* that it consists of now; only grows */
    uint32_t nmax;            /* that it has words for */
    uint32_t nown;            /* chunks that this structure takes */
    _Atomic uint32_t free_hint;
    _Atomic uint32_t hints[CLASSES]; /* a chunk of this class that had room */
    struct root roots[SEGHEAP_ROOTS];
    _Atomic uint32_t words[]; /* of each chunk */
};

struct slab {
    uint32_t size; /* of an object */
    uint32_t nobjects;
    uint32_t first; /* offset of the first object */
    _Atomic uint32_t hint;
    _Atomic uint64_t bits[]; /* those behind the last object are set */
};

char *chunk_at(const struct segheap *heap, uint32_t chunk);
struct slab *slab_at(const struct segheap *heap, uint32_t chunk);

/* Bytes of the objects of a class. */
uint32_t class_size(uint32_t class);

/* Words of bits for so many objects. */
uint32_t nwords_of(uint32_t nobjects);

/* Allocated objects of a slab. */
uint32_t slab_used(const struct slab *slab);

#endif
