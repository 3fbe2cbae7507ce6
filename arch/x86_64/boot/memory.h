/*
 * floor 8: memory before there is a frame allocator.
 */
#ifndef VASCO_BOOT_MEMORY_H
#define VASCO_BOOT_MEMORY_H

#include "base/types.h"
#include "boot/multiboot.h"
#include "boot/ranges.h"

#define EARLY_WINDOW_END (4 * GIB) /* what the early tables show */

/* From the loader's map: `ram` gets what the physical window shows (whole pages of memory, ACPI
 * tables and the archive), `usable` what may be given out: whole pages of memory, without the first
 * MiB (firmware and the start of other CPUs), the image and the archive. Where entries overlap the
 * more restrictive wins. Pure: host tests use it. */
void memory_sort(const struct boot_info *boot, struct range image, struct range_set *ram,
                 struct range_set *usable);

/* A page below 1 MiB on which another CPU can be started (SDM 3A 8.4.4): memory that nobody uses. 0
 * if there is none. Pure. */
paddr_t memory_start_page(const struct boot_info *boot);

/* A zeroed page that is never freed, below 4 GiB. Only within boot_memory. */
paddr_t early_page(void);

#endif
