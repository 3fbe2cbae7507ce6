/*
 * floor 1: the words of the boot command line, separated by spaces: `name` or `name=value`.
 */
#ifndef VASCO_BASE_OPTION_H
#define VASCO_BASE_OPTION_H

#include "base/status.h"
#include "base/types.h"

/* Whether the command line has the word `name`, alone or with a value. The value of the first one,
 * cut to fit and terminated, goes to `value` if nbytes > 0; it is empty if there is none. */
bool option_find(const char *cmdline, const char *name, char *value, size_t nbytes);

/* A value that is a decimal number, and nothing else: BAD_ARGUMENT otherwise, TOO_LARGE beyond 64
 * bits. */
status_t must_check option_number(const char *text, uint64_t *out);

#endif
