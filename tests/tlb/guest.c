/* Reading the guest's memory: see guest.h. */
#include "guest.h"

#include <stddef.h>

#include <arch/phys.h>

#include "mmu/pte.h"

uint64_t guest_ram_bytes;

static bool is_ram(paddr_t pa, uint64_t nbytes)
{
    return pa.v < guest_ram_bytes && nbytes <= guest_ram_bytes - pa.v;
}

bool guest_walk(paddr_t root, uint64_t va, struct core_page *page, paddr_t *pa)
{
    paddr_t table = root;
    for (int level = PT_ROOT_LEVEL; level > 0 && is_ram(table, PAGE_SIZE); level--) {
        pte_t entry = *pt_entry(table, level, VADDR(va));
        if (!pte_is_present(entry))
            return false;
        table = pte_paddr(entry);
        if (pte_is_page(entry, level)) {
            uint64_t mask = level_bytes(level) - 1;
            *page = (struct core_page){va, level, (entry.v & PTE_GLOBAL) != 0};
            *pa = PADDR((table.v & ~mask) | (va & mask));
            return true;
        }
    }
    return false;
}

/* Of the two windows in which the kernel has its data. */
static paddr_t window_paddr(uint64_t va)
{
    return PADDR(va >= IMAGE_WINDOW ? va - IMAGE_WINDOW : va - PHYS_WINDOW);
}

static bool is_view(uint64_t va)
{
    paddr_t pa = window_paddr(va);
    if (va % sizeof(uint64_t) != 0 || !is_ram(pa, sizeof(struct mmu_view)))
        return false;
    const struct mmu_view *v = paddr_to_ptr(pa);
    return v->root.v != 0 && v->root.v % PAGE_SIZE == 0 && is_ram(v->root, PAGE_SIZE) &&
           v->cr3_keep == v->root.v && v->cr3_flush == v->root.v &&
           v->tag_offset / sizeof(struct tlb_tag) < TLB_TAGS;
}

bool guest_load_of(uint64_t va, struct guest_load *load)
{
    uint64_t keep = va - offsetof(struct mmu_view, cr3_keep);
    uint64_t flush = va - offsetof(struct mmu_view, cr3_flush);
    bool is_keep = is_view(keep);
    if (!is_keep && !is_view(flush))
        return false;
    const struct mmu_view *v = paddr_to_ptr(window_paddr(is_keep ? keep : flush));
    *load = (struct guest_load){v->root, v->tag_offset / (uint32_t)sizeof(struct tlb_tag), is_keep};
    return true;
}
