/* The stations of the tour, and what they share. */
#ifndef TOUR_TOUR_H
#define TOUR_TOUR_H

#include <stdint.h>
#include <vasco/archive.h>
#include <vasco/must.h>
#include <vasco/vas.h>

#include "book.h"

/* The text that A reads, and what a book of any text here fits in. */
#define TOUR_TEXT "text/licences"
#define BOOK_BYTES ((uint64_t)1 << 20)
#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

/* What processes A, B and C do with the book at an address in the VAS that they were given. Each
 * returns what main is to return. */
int role_build(struct book *book);
int role_read(const struct book *book);
int role_write(const struct book *book);

/* The two halves of the tour. Each returns the number of things that went wrong. */
int tour_one_book(void);
int tour_many_books(void);

#endif
