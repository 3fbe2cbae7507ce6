/*
 * The tour: what first-class address spaces are good for, shown with the words of real texts.
 * Without a role it is the guide, which starts this same program again as processes A, B and C:
 *
 *     tour                      the guide
 *     tour-a build ADDRESS      makes a book in a segment of a VAS, and ends
 *     tour-b read ADDRESS       finds it there
 *     tour-c write ADDRESS      may only read it, and tries to write
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tour.h"

static int guide(void)
{
    printf("\n-- The tour: address spaces as objects "
           "-----------------------------------------\n\n");
    int failures = tour_one_book() + tour_many_books();
    if (failures == 0)
        printf("-- The end of the tour: all of it went as it should "
               "----------------------------\n\n");
    else
        printf("tour: %d things went wrong\n", failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct book *book = argc == 3 ? (struct book *)strtoull(argv[2], NULL, 0) : NULL;
    if (book != NULL && strcmp(argv[1], "build") == 0)
        return role_build(book);
    if (book != NULL && strcmp(argv[1], "read") == 0)
        return role_read(book);
    if (book != NULL && strcmp(argv[1], "write") == 0)
        return role_write(book);
    return guide();
}
