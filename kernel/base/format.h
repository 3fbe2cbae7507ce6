/*
 * Formatting for the kernel's own messages: a subset of printf.
 *
 *   %s %c %d %u %x %p %%, with l or ll, a width, '-' and leading zeroes;  %.*s
 */
#ifndef VASCO_BASE_FORMAT_H
#define VASCO_BASE_FORMAT_H

#include <stdarg.h>

#include "base/types.h"

/* Calls put(context, character) for each character of the result. */
void format_to(void (*put)(void *context, char c), void *context, const char *format, va_list args);

/* Formats into a buffer of nbytes (> 0), always terminated; returns the length the text has or
 * would have had. */
size_t format_buffer(char *buffer, size_t nbytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
