/*
 * The words of a text and where they stand, as a structure of plain pointers: a hash table of
 * entries, one for each word, each with a list of its places.
 *
 *     buckets        entry "cat"             entry "dog"
 *     |    | ------> | next --------------> | next ----> null
 *     |    |         | first ---> place ---> place ---> null
 *     |    |         | after -----------------------------------> the next one in the order
 *
 * All of it comes from one allocator: the structure may lie at home or in a VAS.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_BUCKETS 16384
#define WORDS_ALIGN 8
#define WORD_BYTES_MAX 128 /* of a longer run of letters each part is a word */

/* Memory for `nbytes`, aligned to WORDS_ALIGN; null if there is no more. */
struct allocator {
    void *(*alloc)(struct allocator *allocator, size_t nbytes);
    void *from; /* what the function likes */
};

struct place {
    struct place *next;
    uint64_t offset; /* in the text */
};

struct entry {
    struct entry *next;  /* in the bucket */
    struct entry *after; /* in the order */
    struct place *first, *last;
    uint32_t count; /* of its places */
    uint32_t hash;
    uint32_t nbytes;
    char bytes[]; /* in small letters */
};

struct words {
    uint64_t nentries, nplaces;
    uint64_t nbytes;     /* of memory, each node filled up to WORDS_ALIGN */
    struct entry *order; /* the first one; null before words_sort */
    struct entry *buckets[WORDS_BUCKETS];
};

/* --- words.c ---------------------------------------------------------------------------------- */

/* Makes an empty one. Like all of these it ends the program if there is no memory. */
struct words *words_new(struct allocator *allocator);

/* Adds a word that is not there yet, without places. */
struct entry *words_add(struct words *words, struct allocator *allocator, const char *bytes,
                        uint32_t nbytes, uint32_t hash);

/* Adds a place behind the others of an entry. */
void words_add_place(struct words *words, struct allocator *allocator, struct entry *entry,
                     uint64_t offset);

/* Adds all words of a text: runs of the letters A to Z, small and capital the same. */
void words_index(struct words *words, struct allocator *allocator, const char *text, size_t nbytes);

/* Puts the entries into an order: the most frequent first, then by the alphabet. */
void words_sort(struct words *words);

/* --- words_message.c -------------------------------------------------------------------------- */

/*
 * Writes the structure as bytes, in one pass: for each entry count, hash, length, letters and the
 * offsets of its places, each of 4 bytes; entries in their order or, before words_sort, bucket by
 * bucket. Returns how many bytes it takes. Ends the program if there are more than `room`.
 */
size_t words_write(const struct words *words, void *message, size_t room);

/* Builds the structure again, in one pass over what words_write has written. */
struct words *words_read(struct allocator *allocator, const void *message);

/* How much memory the structure in a message takes, this one included. */
size_t words_read_bytes(const void *message);

#endif
