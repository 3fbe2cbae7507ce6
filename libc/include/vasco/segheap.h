/*
 * A heap inside of a segment: allocations with plain pointers between them, which any process that
 * has the segment attached can follow, extend and free, and which outlive whoever made them. All of
 * the heap's state lies in the segment too.
 *
 *     struct segheap *heap = segheap_create(base, nbytes);      in a view that shows the segment
 *     struct node *first = segheap_alloc(heap, sizeof(*first));
 *     segheap_set_root(heap, "list", first);
 *
 *     struct segheap *heap = segheap_open(base);                another program, later
 *     struct node *first = segheap_root(heap, "list");
 *
 * Safe for any number of threads and processes at once, without a lock: what is allocated is a bit
 * that is set in one atomic step. So a thread that ends in the middle of a call never blocks others
 * and never breaks the heap; what it was about to hand out or take back may stay allocated, at
 * worst 64 KiB that held or were to hold small pieces (segheap_recover).
 * No call blocks.
 */
#ifndef VASCO_SEGHEAP_H
#define VASCO_SEGHEAP_H

#include <stddef.h>
#include <stdint.h>

#include "abi/status.h"

struct segheap;

#define SEGHEAP_ALIGN 16         /* of every allocation */
#define SEGHEAP_ROOTS 32         /* names in one heap */
#define SEGHEAP_NAME_BYTES 24    /* of a root, with the null byte */
#define SEGHEAP_BYTES_MIN 131072 /* of memory for a heap */

/*
 * Makes a heap of the `nbytes` at `memory`, which is aligned to 64 KiB as segments are, and stays
 * at that address. What was there is lost. Null if it is not aligned or too small.
 */
struct segheap *segheap_create(void *memory, size_t nbytes);

/*
 * The same, but the heap can be extended to `nbytes_max` later. Of its first `nbytes` it takes a
 * word for each 64 KiB of those for itself; what lies behind `nbytes` is not touched before.
 */
struct segheap *segheap_create_growing(void *memory, size_t nbytes, size_t nbytes_max);

/* Has the heap consist of the first `nbytes` of its memory, if it does not yet. Errors: TOO_LARGE
 * (more than it was made for). */
int64_t segheap_extend(struct segheap *heap, size_t nbytes);

/* Of how many bytes it consists now. */
size_t segheap_bytes(const struct segheap *heap);

/* The heap that was made there. Null if there is none, or if it was made for another address. */
struct segheap *segheap_open(void *memory);

/* Memory for `nbytes`, contents unknown; null if there is none. Of 0 bytes a smallest piece. */
void *segheap_alloc(struct segheap *heap, size_t nbytes);

/* The same, aligned to `align`, a power of two up to 64 KiB. */
void *segheap_alloc_aligned(struct segheap *heap, size_t align, size_t nbytes);

/* Moves the bytes of a piece to one of another size, which may be at another address; null, and
 * then the old piece stays, if there is no memory. `piece` may be null. */
void *segheap_realloc(struct segheap *heap, void *piece, size_t nbytes);

/* Takes a piece back; null is none. What is no piece is left alone. */
void segheap_free(struct segheap *heap, void *piece);

/* Bytes that the piece can hold, at least what was asked for; 0 if it is none. */
size_t segheap_size(const struct segheap *heap, const void *piece);

/* Bytes in allocated pieces. Exact while nobody else allocates. */
size_t segheap_used(const struct segheap *heap);

/* Gives back the chunks of 64 KiB that threads have left half taken which ended in the middle of a
 * call. While nobody else uses the heap. */
void segheap_recover(struct segheap *heap);

/* Pointers by name, which the heap keeps for those who come later. A name that is not there has
 * null. Errors: TOO_LARGE (the name), NO_SLOT. */
int64_t segheap_set_root(struct segheap *heap, const char *name, void *pointer);
void *segheap_root(const struct segheap *heap, const char *name);

/* Whether the heap's state makes sense. While nobody else allocates. Errors: BAD_ARGUMENT (somebody
 * has written over it). */
int64_t segheap_check(const struct segheap *heap);

#endif
