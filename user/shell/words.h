/* Splitting a line into words, in place: blanks part them, '...' and "..." hold them together. */
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include <stddef.h>

#define WORDS_MAX 32

/* How many, the array ends with a null pointer; -1: a quote has no end; -2: more than WORDS_MAX. */
int words_split(char *text, char *words[WORDS_MAX + 1]);

#endif
