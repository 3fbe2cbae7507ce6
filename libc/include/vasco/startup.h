/*
 * What this program was given when it started: capabilities by name, the length of the archive, and
 * arguments of the form KEY=VALUE. No call blocks.
 */
#ifndef VASCO_STARTUP_H
#define VASCO_STARTUP_H

#include <stdint.h>

#include "abi/types.h"

/* The capability of this name: "console", "archive", "registry", "system" or what the starter
 * chose. Names have at most NAME_BYTES bytes. Errors: BAD_HANDLE (there is none). */
handle_t startup_cap(const char *name);

/* Length of the archive in bytes; 0 if there is none. */
uint64_t startup_archive_bytes(void);

/* The value of the argument KEY=VALUE, of several the first one's; null if there is none. */
const char *startup_option(const char *key);

/* The number that the argument KEY=NUMBER names, decimal or, with 0x, hexadecimal; `otherwise` if
 * there is no such argument. */
uint64_t startup_number(const char *key, uint64_t otherwise);

#endif
