/*
 * floor 8: the screen in the address space. It is at the same place in the early tables and in the
 * kernel's own, so that it can be written at any moment from the first line on.
 */
#ifndef VASCO_BOOT_SCREEN_H
#define VASCO_BOOT_SCREEN_H

#include "boot/ranges.h"
#include "cpu/screen.h"

/* Maps it in the early tables, and begins to use it. */
void boot_start_screen(struct screen_mode *mode);

/* Its pages, and how far above them they are mapped. */
struct range screen_pages(const struct screen_mode *mode);
uint64_t screen_distance(const struct screen_mode *mode);

/* Takes its memory away: kernel/crash.h. */
void boot_break_screen(void);

#endif
