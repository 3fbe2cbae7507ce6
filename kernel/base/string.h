/*
 * The four memory functions that gcc may call on its own, and what the kernel needs of strings.
 */
#ifndef VASCO_BASE_STRING_H
#define VASCO_BASE_STRING_H

#include "base/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t nbytes);
void *memmove(void *to, const void *from, size_t nbytes);
void *memset(void *to, int byte, size_t nbytes);
int memcmp(const void *a, const void *b, size_t nbytes);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t nbytes);

/* A name from the two registers in which it is passed; bytes that are not printable become '?'. */
struct name name_from_words(uint64_t lo, uint64_t hi);

/* A name from a string, cut to fit. */
struct name name_from_string(const char *s);

/* For "%.*s": a name may fill all its bytes and then has no terminator. */
#define NAME_ARG(n) NAME_BYTES, (n).text

#endif
