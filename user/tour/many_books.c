/* Second half of the tour: many books at one address, and a thread that goes from one to the
 * next. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/seg.h>

#include "tour.h"

#define BOOKS 4
#define BOOK_BASE UINT64_C(0x10000000000)

/* Licences, each a text of its own; the first four that the archive has are taken. */
static const char *const titles[] = {"GPL-2",    "GPL-3",    "Apache-2.0", "MPL-2.0", "LGPL-2.1",
                                     "Artistic", "GFDL-1.3", "GPL-1",      "LGPL-3",  "MPL-1.1"};

struct shelf {
    size_t n;
    handle_t vases[BOOKS];
    handle_t views[BOOKS];
};

/* A VAS with a segment at BOOK_BASE, in which the text is counted. */
static int shelf_add(struct shelf *shelf, const char *title, const struct archive_file *text)
{
    handle_t vas = must(vas_create(title), "create a VAS");
    handle_t seg = must(seg_create(title, BOOK_BASE, BOOK_BYTES, 0), "create a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment to the VAS");
    cap_delete(seg);
    handle_t view = must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach the VAS");
    must(vas_switch(view), "switch into the VAS");
    struct book *book = (struct book *)BOOK_BASE;
    book_init(book, BOOK_BYTES, title);
    bool complete = book_read(book, text->data, text->nbytes);
    must(vas_switch(HANDLE_HOME), "switch home");
    shelf->vases[shelf->n] = vas;
    shelf->views[shelf->n] = view;
    shelf->n++;
    return complete ? 0 : 1;
}

static int shelf_fill(struct shelf *shelf)
{
    int failures = 0;
    char path[64];
    struct archive_file text;
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]) && shelf->n < BOOKS; i++) {
        snprintf(path, sizeof(path), "text/%s", titles[i]);
        if (archive_find(path, &text) == STATUS_OK)
            failures += shelf_add(shelf, titles[i], &text);
    }
    return failures;
}

/* One line for the book that lies at the address now. tests/tour/check reads it. */
static void print_book(const struct book *book)
{
    const struct node *best[1];
    if (book_commonest(book, best, 1) == 1)
        printf("   %p   %-12s %8" PRIu64 " %10" PRIu64 "   %s (%" PRIu64 ")\n", (const void *)book,
               book->title, book->nwords, book->ndifferent, best[0]->word, best[0]->count);
}

/* The pointer never changes; what it points to does. */
static void shelf_walk(const struct shelf *shelf)
{
    const struct book *book = (const struct book *)BOOK_BASE;
    printf("   pointer         text            words  different   commonest\n");
    for (size_t i = 0; i < shelf->n; i++) {
        must(vas_switch(shelf->views[i]), "switch into a VAS");
        print_book(book);
    }
    must(vas_switch(HANDLE_HOME), "switch home");
    printf("\n");
}

int tour_many_books(void)
{
    struct shelf shelf = {0};
    printf("2. One pointer, many books\n\n");
    int failures = shelf_fill(&shelf);
    printf("   %zu VASes have a segment at the same address, each with another text in it.\n"
           "   One thread goes from VAS to VAS and reads through one pointer:\n\n",
           shelf.n);
    shelf_walk(&shelf);
    for (size_t i = 0; i < shelf.n; i++) {
        vas_detach(shelf.views[i]);
        cap_delete(shelf.vases[i]);
    }
    return failures + (shelf.n == BOOKS ? 0 : 1);
}
