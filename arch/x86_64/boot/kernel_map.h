/*
 * floor 8: mappings of the kernel half, made once at boot.
 */
#ifndef VASCO_BOOT_KERNEL_MAP_H
#define VASCO_BOOT_KERNEL_MAP_H

#include "boot/ranges.h"
#include "cpu/screen.h"
#include "mmu/pte.h"

/* The kernel's root: all of `ram` in the physical window, the image, the local APIC, the
 * screen, and an area for each of ncpus CPUs. It lies, with its tables and those areas, in pages
 * from early_page. */
paddr_t kernel_map_build(const struct range_set *ram, const struct screen_mode *screen,
                         uint32_t ncpus);

/* The largest page the CPU can map. */
uint64_t kernel_map_largest_page(void);

#endif
