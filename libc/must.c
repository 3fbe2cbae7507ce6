/* See vasco/must.h. */
#include <stdio.h>
#include <stdlib.h>
#include <vasco/must.h>
#include <vasco/status.h>

#include "internal.h"

void must_fail(int64_t status, const char *what)
{
    fflush(stdout);
    fprintf(stderr, "%s: cannot %s: %s\n", startup_arguments()[0], what, status_text(status));
    exit(EXIT_FAILURE);
}
