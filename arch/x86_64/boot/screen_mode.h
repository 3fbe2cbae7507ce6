/*
 * floor 8: the screen as the boot loader describes it (Multiboot2 specification 2.0, section
 * 3.6.12).
 *
 * Nothing is trusted, and nothing is an error: a screen that makes no sense is none. Pure: host
 * tests use it as it is.
 */
#ifndef VASCO_BOOT_SCREEN_MODE_H
#define VASCO_BOOT_SCREEN_MODE_H

#include "cpu/screen.h"

/* From the contents of the tag. All of the screen lies in physical addresses of 52 bits, in at most
 * SCREEN_BYTES_MAX; a row is no longer than the pitch, and there is room for a letter. */
struct screen_mode screen_mode_parse(const char *bytes, size_t nbytes);

#endif
