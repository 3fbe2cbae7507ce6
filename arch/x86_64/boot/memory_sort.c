/* What the loader's memory map means: memory.h. */
#include <arch/layout.h>

#include "boot/memory.h"

#define FIRMWARE_END MIB

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

void memory_sort(const struct boot_info *boot, struct range image, struct range_set *ram,
                 struct range_set *usable)
{
    const struct range archive =
        pages_around((struct memory_range){boot->archive, boot->archive_bytes, MEMORY_AVAILABLE});
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
