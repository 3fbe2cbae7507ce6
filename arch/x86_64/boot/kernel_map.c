/*
 * The kernel half of every root: which physical page appears where, and with what rights.
 *
 *   physical window   RAM, in the largest pages that fit; writable, but for the frames of the
 *                     kernel's text and constants; never executable
 *   image             text executable; constants neither; data writable: in 4 KiB pages
 *   device window     the local APIC, uncached; the screen, write-combining
 *   CPU window        stacks and records; see cpu/percpu.h
 */
#include "boot/kernel_map.h"

#include <arch/features.h>

#include "base/assert.h"
#include "boot/image.h"
#include "boot/memory.h"
#include "boot/screen.h"
#include "cpu/apic.h"
#include "cpu/percpu.h"

static int largest_level(void)
{
    return feature_used(FEATURE_PAGES_1G) ? 3 : 2;
}

uint64_t kernel_map_largest_page(void)
{
    return level_bytes(largest_level());
}

/* The level of the largest page that can begin at va and pa and is no longer than nbytes. */
static int level_that_fits(uint64_t va, uint64_t pa, uint64_t nbytes)
{
    int level = largest_level();
    while (level > 1 && (!is_aligned(va | pa, level_bytes(level)) || nbytes < level_bytes(level)))
        level--;
    return level;
}

/* The entry of this level for va, making the tables above it. */
static pte_t *entry_make(paddr_t root, vaddr_t va, int level)
{
    int at;
    pte_t *entry = pt_walk(root, PT_ROOT_LEVEL, va, level, &at);
    while (at > level) {
        ASSERT(!pte_is_present(*entry));
        pt_write(entry, pte_kernel_table(early_page()));
        entry = pt_walk(pte_paddr(*entry), at - 1, va, level, &at);
    }
    ASSERT(!pte_is_present(*entry));
    return entry;
}

/* Maps what lies physically from base to end, at base + distance. */
static void map(paddr_t root, struct range range, uint64_t distance, struct pte_attr attr)
{
    for (uint64_t pa = range.base; pa < range.end;) {
        uint64_t va = pa + distance;
        int level = level_that_fits(va, pa, range.end - pa);
        pt_write(entry_make(root, VADDR(va), level), pte_kernel_page(PADDR(pa), level, attr));
        pa += level_bytes(level);
    }
}

static void map_window(paddr_t root, struct range ram)
{
    uint64_t constant = IMAGE_PHYS;
    uint64_t constant_end = image_paddr(__rodata_end);
    const struct range below = {ram.base, min_u64(ram.end, constant)};
    const struct range inside = {max_u64(ram.base, constant), min_u64(ram.end, constant_end)};
    const struct range above = {max_u64(ram.base, constant_end), ram.end};
    map(root, below, PHYS_WINDOW, (struct pte_attr){.write = true});
    map(root, inside, PHYS_WINDOW, (struct pte_attr){.write = false});
    map(root, above, PHYS_WINDOW, (struct pte_attr){.write = true});
}

static void map_image(paddr_t root)
{
    const struct range text = {image_paddr(__text_start), image_paddr(__text_end)};
    const struct range rodata = {image_paddr(__rodata_start), image_paddr(__rodata_end)};
    const struct range data = {image_paddr(__data_start), image_paddr(__image_end)};
    map(root, text, IMAGE_WINDOW, (struct pte_attr){.execute = true});
    map(root, rodata, IMAGE_WINDOW, (struct pte_attr){.write = false});
    map(root, data, IMAGE_WINDOW, (struct pte_attr){.write = true});
}

static void map_fresh(paddr_t root, uint64_t va, uint64_t nbytes)
{
    for (uint64_t end = va + nbytes; va < end; va += PAGE_SIZE) {
        paddr_t pa = early_page();
        pt_write(entry_make(root, VADDR(va), 1),
                 pte_kernel_page(pa, 1, (struct pte_attr){.write = true}));
    }
}

static void map_cpu(paddr_t root, cpu_id_t id)
{
    map_fresh(root, cpu_area(id) + CPU_STACK_OFFSET, CPU_STACK_BYTES);
    for (uint64_t n = 1; n <= TRAP_STACKS; n++)
        map_fresh(root, cpu_trap_stack(id, n), CPU_TRAP_STACK_BYTES);
    map_fresh(root, cpu_area(id) + CPU_MACHINE_OFFSET,
              align_up(sizeof(struct cpu_machine), PAGE_SIZE));
}

static void map_devices(paddr_t root, const struct screen_mode *screen)
{
    const struct range apic = {apic_paddr().v, apic_paddr().v + PAGE_SIZE};
    map(root, apic, DEVICE_WINDOW - apic.base, (struct pte_attr){.write = true, .uncached = true});
    if (screen->kind != SCREEN_NONE)
        map(root, screen_pages(screen), screen_distance(screen),
            (struct pte_attr){.write = true, .combining = true});
}

paddr_t kernel_map_build(const struct range_set *ram, const struct screen_mode *screen,
                         uint32_t ncpus)
{
    paddr_t root = early_page();
    for (uint32_t i = 0; i < ram->n; i++)
        map_window(root, ram->at[i]);
    map_image(root);
    map_devices(root, screen);
    for (uint32_t n = 0; n < ncpus; n++)
        map_cpu(root, (cpu_id_t){n});
    return root;
}
