/* What the loader's memory map means: memory.h. */
#include <arch/layout.h>

#include "boot/memory.h"

#define FIRMWARE_END MIB

/* Page 0 has the BIOS's variables, and the end of the first 640 KiB more of them (EBDA); other CPUs
 * start well between the two. */
#define START_FIRST PAGE_SIZE
#define START_END (512 * KIB)

static struct range pages_inside(struct memory_range r)
{
    uint64_t end = min_u64(r.base.v + r.nbytes, PHYS_WINDOW_BYTES);
    uint64_t base = min_u64(r.base.v, PHYS_WINDOW_BYTES);
    return (struct range){align_up(base, PAGE_SIZE), align_down(end, PAGE_SIZE)};
}

static struct range pages_around(struct memory_range r)
{
    uint64_t end = min_u64(r.base.v + r.nbytes, PHYS_WINDOW_BYTES);
    uint64_t base = min_u64(r.base.v, PHYS_WINDOW_BYTES);
    return (struct range){align_down(base, PAGE_SIZE), align_up(end, PAGE_SIZE)};
}

static struct range archive_pages(const struct boot_info *boot)
{
    return pages_around(
        (struct memory_range){boot->archive, boot->archive_bytes, MEMORY_AVAILABLE});
}

static bool overlap(struct range a, struct range b)
{
    return a.base < b.end && b.base < a.end;
}

static bool is_free(const struct boot_info *boot, struct range page)
{
    bool available = false;
    for (uint32_t i = 0; i < boot->nranges; i++) {
        struct range inside = pages_inside(boot->ranges[i]);
        if (boot->ranges[i].kind == MEMORY_AVAILABLE)
            available |= inside.base <= page.base && page.end <= inside.end;
        else if (overlap(page, pages_around(boot->ranges[i])))
            return false;
    }
    return available && !overlap(page, archive_pages(boot));
}

paddr_t memory_start_page(const struct boot_info *boot)
{
    for (uint64_t at = START_END - PAGE_SIZE; at >= START_FIRST; at -= PAGE_SIZE) {
        if (is_free(boot, (struct range){at, at + PAGE_SIZE}))
            return PADDR(at);
    }
    return PADDR(0);
}

void memory_sort(const struct boot_info *boot, struct range image, struct range_set *ram,
                 struct range_set *usable)
{
    const struct range archive = archive_pages(boot);
    usable->n = 0;
    for (uint32_t i = 0; i < boot->nranges; i++) {
        struct range r = pages_inside(boot->ranges[i]);
        if (boot->ranges[i].kind == MEMORY_AVAILABLE)
            range_set_add(usable, r.base, r.end);
    }
    for (uint32_t i = 0; i < boot->nranges; i++) {
        struct range r = pages_around(boot->ranges[i]);
        if (boot->ranges[i].kind != MEMORY_AVAILABLE)
            range_set_remove(usable, r.base, r.end);
    }
    *ram = *usable;
    for (uint32_t i = 0; i < boot->nranges; i++) {
        struct range r = pages_around(boot->ranges[i]);
        if (boot->ranges[i].kind == MEMORY_ACPI)
            range_set_add(ram, r.base, r.end);
    }
    range_set_add(ram, archive.base, archive.end);
    range_set_add(ram, image.base, image.end);
    range_set_remove(usable, 0, FIRMWARE_END);
    range_set_remove(usable, image.base, image.end);
    range_set_remove(usable, archive.base, archive.end);
}
