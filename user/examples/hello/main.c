/*
 * The smallest program: it prints, and says with its exit status how it went.
 *
 *     make run RUN=example-hello           or RUN=example-hello/Ada
 *
 * It prints:
 *
 *     Hello, world.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const char *whom = argc > 1 ? argv[1] : "world";

    printf("Hello, %s.\n", whom);
    return EXIT_SUCCESS;
}
