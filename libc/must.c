/* See vasco/must.h. */
#include <stdio.h>
#include <stdlib.h>
#include <vasco/must.h>
#include <vasco/status.h>

#include "internal.h"

int64_t must(int64_t result, const char *what)
{
    if (result >= 0)
        return result;
    fflush(stdout);
    fprintf(stderr, "%s: cannot %s: %s\n", startup_arguments()[0], what, status_text(result));
    exit(EXIT_FAILURE);
}
