/*
 * A book: a text's words, counted in a balanced tree that lies, nodes and all, in one segment. Its
 * pointers are plain pointers. Since a segment has the same address wherever it is attached, they
 * hold in every process and every VAS that has the segment.
 *
 *     segment's base
 *     | struct book | node | node | node | ...      free        |
 *       root ---------^  '----------^                 ^ used
 */
#ifndef TOUR_BOOK_H
#define TOUR_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node {
    struct node *left;  /* smaller words */
    struct node *right; /* larger words */
    uint64_t count;
    uint32_t priority; /* no child has a higher one; a hash of the word */
    uint32_t length;
    char word[]; /* in small letters, with a zero behind */
};

struct book {
    char title[24];
    uint64_t nbytes; /* of the segment */
    uint64_t used;   /* of them */
    uint64_t nwords; /* in the text */
    uint64_t ndifferent;
    struct node *root;
};

/* Lays out an empty book in `nbytes` of writable memory. */
void book_init(struct book *book, uint64_t nbytes, const char *title);

/* Counts the words of a text: runs of the letters A to Z, small and capital the same. False if the
 * segment is full. */
bool book_read(struct book *book, const char *text, size_t nbytes);

/* The `n` commonest words, most common first and then by the alphabet. Returns how many there
 * are. */
size_t book_commonest(const struct book *book, const struct node *best[], size_t n);

/* The sum of all counts, by a walk over the whole tree. */
uint64_t book_sum(const struct book *book);

#endif
