/* The screen from the first line on: see screen.h. */
#include "boot/screen.h"

#include "boot/boot.h"
#include "boot/image.h"
#include "cpu/console.h"
#include "cpu/features.h"
#include "cpu/instr.h"
#include "cpu/registers.h"
#include "mmu/pte.h"

#define LARGE_LEVEL 2

extern char early_screen_tables[]; /* boot.asm: two */

_Static_assert(SCREEN_BYTES_MAX <= GIB / 2,
               "one table of 2 MiB pages holds it, wherever it begins");

struct range screen_pages(const struct screen_mode *mode)
{
    return (struct range){align_down(mode->base.v, PAGE_SIZE),
                          align_up(mode->base.v + screen_mode_bytes(mode), PAGE_SIZE)};
}

uint64_t screen_distance(const struct screen_mode *mode)
{
    return SCREEN_WINDOW - align_down(mode->base.v, level_bytes(LARGE_LEVEL));
}

/* SDM 2A, CPUID: how many bits a physical address has here. */
static bool cpu_reaches(const struct screen_mode *mode)
{
    uint32_t nbits = cpu_id(0x80000008, 0).eax & 0xff;
    return screen_pages(mode).end <= (uint64_t)1 << nbits;
}

/* In large pages: what lies around it is not touched. */
static void map_early(const struct screen_mode *mode)
{
    const vaddr_t window = VADDR(SCREEN_WINDOW);
    paddr_t upper = PADDR(image_paddr(early_screen_tables));
    paddr_t lower = PADDR(upper.v + PAGE_SIZE);
    uint64_t distance = screen_distance(mode);
    uint64_t end = screen_pages(mode).end + distance;
    for (uint64_t va = window.v; va < end; va += level_bytes(LARGE_LEVEL))
        pt_write(pt_entry(lower, LARGE_LEVEL, VADDR(va)),
                 pte_kernel_page(PADDR(va - distance), LARGE_LEVEL,
                                 (struct pte_attr){.write = true, .combining = true}));
    pt_write(pt_entry(upper, LARGE_LEVEL + 1, window), pte_kernel_table(lower));
    pt_write(pt_entry(PADDR(cpu_read_cr3()), PT_ROOT_LEVEL, window), pte_kernel_table(upper));
}

void boot_start_screen(struct screen_mode *mode)
{
    if (mode->kind != SCREEN_NONE && !cpu_reaches(mode))
        mode->kind = SCREEN_NONE;
    if (mode->kind == SCREEN_NONE)
        return;
    features_set_caching();
    map_early(mode);
    console_add_screen(mode, (void *)(uintptr_t)(mode->base.v + screen_distance(mode)));
}

/* Its pages are global: a change of CR4.PGE drops them (SDM 3A 4.10.4.1). */
void boot_break_screen(void)
{
    const vaddr_t window = VADDR(SCREEN_WINDOW);
    paddr_t devices = pte_paddr(*pt_entry(PADDR(cpu_read_cr3()), PT_ROOT_LEVEL, window));
    pt_write(pt_entry(devices, LARGE_LEVEL + 1, window), (pte_t){0});
    uint64_t cr4 = cpu_read_cr4();
    cpu_write_cr4(cr4 ^ CR4_PGE);
    cpu_write_cr4(cr4);
}
