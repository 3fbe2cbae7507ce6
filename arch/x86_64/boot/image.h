/*
 * floor 8: where the linker put the parts of the kernel's image (linker.ld).
 */
#ifndef VASCO_BOOT_IMAGE_H
#define VASCO_BOOT_IMAGE_H

#include <arch/layout.h>

#include "base/types.h"

extern char __image_start[], __image_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __data_start[];

/* The physical address of a place in the image. */
static inline uint64_t image_paddr(const char *place)
{
    return (uint64_t)place - IMAGE_WINDOW;
}

#endif
