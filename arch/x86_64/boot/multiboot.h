/*
 * floor 8: what the boot loader tells (Multiboot2 specification 2.0, section 3.6).
 *
 * The parser trusts nothing: it reads only inside the given bytes, and what it returns is sound
 * whatever they say. It runs in host tests as it is.
 */
#ifndef VASCO_BOOT_MULTIBOOT_H
#define VASCO_BOOT_MULTIBOOT_H

#include "base/status.h"
#include "base/types.h"
#include "boot/acpi.h"
#include "boot/screen_mode.h"

#define MULTIBOOT_MAGIC 0x36d76289 /* in EAX at entry */
#define BOOT_RANGES 256
#define BOOT_CMDLINE_BYTES 256

/* From the least to the most restrictive. */
enum memory_kind {
    MEMORY_AVAILABLE,
    MEMORY_ACPI,     /* holds ACPI tables */
    MEMORY_RESERVED, /* of the firmware, or no memory at all */
    MEMORY_BAD,
};

struct memory_range {
    paddr_t base;
    uint64_t nbytes; /* base + nbytes does not overflow */
    enum memory_kind kind;
};

struct boot_info {
    char cmdline[BOOT_CMDLINE_BYTES]; /* printable, terminated */
    paddr_t archive;                  /* the first module; page-aligned */
    uint64_t archive_bytes;           /* 0 without one */
    char rsdp[ACPI_RSDP_BYTES];       /* a copy of the pointer to the ACPI tables: of so */
    uint32_t rsdp_bytes;              /* many bytes, 0 without one */
    struct screen_mode screen;        /* not in memory */
    uint32_t nranges;
    struct memory_range ranges[BOOT_RANGES]; /* in no order; they may overlap */
};

/* BAD_ARGUMENT if the bytes contradict themselves or end early, UNALIGNED for the archive,
 * TOO_LARGE for more than BOOT_RANGES ranges, NO_DATA without a memory map. *out then is
 * undefined, but for the screen, on which that can be said. */
status_t must_check multiboot_parse(const void *info, size_t nbytes, struct boot_info *out);

#endif
