/* Compiles with warnings, which stop nobody. */
#include <stdio.h>

int main(int argc, char **argv)
{
    int unused;
    printf("it runs all the same\n");
    return 0;
}
