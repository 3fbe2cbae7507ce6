/*
 * Processes A, B and C. They know two things: a capability to the VAS, and the address of the book
 * in it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "tour.h"

#define COMMONEST 10
#define BAR_COLUMNS 44

/* Attaches the VAS and enters it. */
static void enter(uint64_t access)
{
    handle_t vas = must(startup_cap("vas"), "find the VAS");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, access), "attach the VAS");
    must(vas_switch(view), "switch into the VAS");
}

int role_build(struct book *book)
{
    struct archive_file text;
    must(archive_find(TOUR_TEXT, &text), "find " TOUR_TEXT);
    enter(READ_WRITE);
    book_init(book, BOOK_BYTES, "licences");
    if (!book_read(book, text.data, text.nbytes)) {
        printf("tour: the segment is too small for the words of " TOUR_TEXT "\n");
        return EXIT_FAILURE;
    }
    printf("   A read %zu bytes of %s: %" PRIu64 " words, %" PRIu64 " different ones.\n",
           text.nbytes, TOUR_TEXT, book->nwords, book->ndifferent);
    printf("   They are in a tree of plain pointers, %" PRIu64 " bytes; the root is at %p.\n",
           book->used, (void *)book->root);
    return EXIT_SUCCESS;
}

/* One line of the table, with a bar as long as the word is common. tests/tour/check reads it. */
static void print_word(size_t rank, const struct node *node, uint64_t most)
{
    char bar[BAR_COLUMNS + 1];
    int length = (int)(node->count * BAR_COLUMNS / most);
    for (int i = 0; i < length; i++)
        bar[i] = '=';
    bar[length] = '\0';
    printf("   %2zu. %-12s %6" PRIu64 "  %s\n", rank, node->word, node->count, bar);
}

int role_read(const struct book *book)
{
    const struct node *best[COMMONEST];
    enter(ACCESS_READ);
    size_t n = book_commonest(book, best, COMMONEST);
    printf("   B, started only now, follows the same pointers from %p and finds\n"
           "   the commonest of %" PRIu64 " words:\n\n",
           (void *)book->root, book->nwords);
    for (size_t i = 0; i < n; i++)
        print_word(i + 1, best[i], best[0]->count);
    printf("\n");
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Ends by a fault. If it returns, the write was not refused. */
int role_write(const struct book *book)
{
    const struct node *best[1];
    handle_t vas = must(startup_cap("vas"), "find the VAS");
    handle_t refused = vas_attach(HANDLE_SELF, vas, READ_WRITE);
    printf("   C asks to attach the VAS for writing. Refused:\n     %s.\n", status_text(refused));
    enter(ACCESS_READ);
    if (book_commonest(book, best, 1) != 1)
        return EXIT_FAILURE;
    printf("   So C attaches it for reading, and reads: '%s', %" PRIu64 " times.\n"
           "   Now C writes there, and the kernel says:\n\n",
           best[0]->word, best[0]->count);
    fflush(stdout);
    *(volatile uint64_t *)(uintptr_t)&best[0]->count = 0;
    return EXIT_FAILURE;
}
