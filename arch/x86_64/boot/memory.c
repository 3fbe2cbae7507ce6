/*
 * Memory at boot. The early tables of boot.asm show the first 4 GiB; so the final tables are built
 * from pages below, which are taken downwards from the end of the longest free range there. Once
 * they are loaded all memory is in the window, and the frame allocator gets its records and the
 * rest.
 */
#include "boot/memory.h"

#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "base/log.h"
#include "boot/boot.h"
#include "boot/image.h"
#include "boot/kernel_map.h"
#include "cpu/instr.h"
#include "mem/frame.h"

static struct range_set ram;
static struct range_set usable;
static struct range early; /* what early_page has left */

paddr_t early_page(void)
{
    if (early.end == early.base)
        panic("no memory below 4 GiB is left for page tables");
    early.end -= PAGE_SIZE;
    page_zero(paddr_to_ptr(PADDR(early.end)), PAGE_SIZE);
    return PADDR(early.end);
}

static uint64_t set_end(const struct range_set *set)
{
    return set->n == 0 ? 0 : set->at[set->n - 1].end;
}

/* Loads the tables and takes what they needed out of the usable memory. */
static paddr_t start_tables(const struct screen_mode *screen, uint32_t ncpus)
{
    early = range_set_longest(&usable, EARLY_WINDOW_END);
    uint64_t end = early.end;
    paddr_t root = kernel_map_build(&ram, screen, ncpus);
    range_set_remove(&usable, early.end, end);
    cpu_write_cr3(root.v);
    return root;
}

static void mark_kernel(struct range range)
{
    for (uint64_t pa = range.base; pa < range.end; pa += PAGE_SIZE)
        frame_of(PADDR(pa))->kind = FRAME_KERNEL;
}

/* Frame records lie at the end of the longest range. The archive has records too, of kind
 * FRAME_NONE: the kernel will make a segment of it. */
static void start_frames(const struct boot_info *boot, struct range image)
{
    uint64_t archive_end = align_up(boot->archive.v + boot->archive_bytes, PAGE_SIZE);
    paddr_t end = PADDR(max_u64(max_u64(set_end(&usable), archive_end), image.end));
    uint64_t nbytes = align_up(frame_records_bytes(end), PAGE_SIZE);
    struct range longest = range_set_longest(&usable, UINT64_MAX);
    if (range_bytes(longest) < nbytes)
        panic("no room for %lu MiB of frame records", nbytes / MIB);
    struct range records = {longest.end - nbytes, longest.end};
    range_set_remove(&usable, records.base, records.end);
    frame_init(paddr_to_ptr(PADDR(records.base)), end);
    for (uint32_t i = 0; i < usable.n; i++)
        frame_add_range(PADDR(usable.at[i].base), range_bytes(usable.at[i]) / PAGE_SIZE);
    mark_kernel(image);
    mark_kernel(records);
}

/* Behind the archive its last page holds whatever was there: user code may see that page. */
static void clear_tail(const struct boot_info *boot)
{
    uint64_t end = boot->archive.v + boot->archive_bytes;
    char *tail = paddr_to_ptr(PADDR(end));
    for (uint64_t n = align_up(end, PAGE_SIZE) - end; n > 0; n--)
        *tail++ = 0;
}

void boot_memory(const struct boot_info *boot, uint32_t ncpus)
{
    const struct range image = {IMAGE_PHYS, image_paddr(__image_end)};
    memory_sort(boot, image, &ram, &usable);
    uint64_t total = range_set_bytes(&ram);
    paddr_t root = start_tables(&boot->screen, ncpus);
    clear_tail(boot);
    start_frames(boot, image);
    mmu_init(root);
    log_line("mem", "%lu MiB of memory, %lu MiB usable; largest page %lu MiB", total / MIB,
             range_set_bytes(&usable) / MIB, kernel_map_largest_page() / MIB);
    log_line("mem", "kernel %lu KiB, archive %lu KiB", range_bytes(image) / KIB,
             boot->archive_bytes / KIB);
}
