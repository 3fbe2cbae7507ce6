/*
 * What this program was given when it started: capabilities by name, and the length of the archive.
 * Neither call blocks.
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

#endif
