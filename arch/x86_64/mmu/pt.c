/*
 * Page tables: entries, and one walk for all levels.
 *
 * An entry that maps a page of user memory has its accessed and dirty bits set from the start: the
 * kernel does not page out, and the CPU then never writes to a table by itself.
 */
#include "mmu/pte.h"

#include <arch/features.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "base/assert.h"

static uint64_t no_execute_bit(void)
{
    return feature_used(FEATURE_NX) ? PTE_NO_EXECUTE : 0;
}

/* The bits of an access, for tables and pages alike. x86 has no bit for reading: an entry that
 * allows nothing at all is not present. */
static uint64_t access_bits(uint64_t access)
{
    uint64_t bits = access == 0 ? 0 : PTE_PRESENT;
    if (access & ACCESS_WRITE)
        bits |= PTE_WRITE;
    if (!(access & ACCESS_EXECUTE))
        bits |= no_execute_bit();
    return bits;
}

pte_t pte_user(paddr_t pa, int level, uint64_t access, bool is_page)
{
    uint64_t bits = pa.v | access_bits(access) | PTE_USER | PTE_ACCESSED;
    if (is_page)
        bits |= PTE_DIRTY | (level > 1 ? PTE_LARGE : 0);
    return (pte_t){bits};
}

/* An entry that allows nothing keeps no address either: a CPU may look through it (L1TF). */
pte_t pte_narrow(pte_t pte, uint64_t access)
{
    uint64_t allowed = access & pte_access(pte);
    uint64_t kept = pte.v & ~(PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE);
    return (pte_t){allowed == 0 ? 0 : kept | access_bits(allowed)};
}

uint64_t pte_access(pte_t pte)
{
    if (!pte_is_present(pte))
        return 0;
    return ACCESS_READ | (pte.v & PTE_WRITE ? ACCESS_WRITE : 0) |
           (pte.v & PTE_NO_EXECUTE ? 0 : ACCESS_EXECUTE);
}

pte_t pte_kernel_page(paddr_t pa, int level, struct pte_attr attr)
{
    uint64_t bits = pa.v | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;
    if (feature_used(FEATURE_PGE))
        bits |= PTE_GLOBAL;
    if (level > 1)
        bits |= PTE_LARGE;
    if (attr.write)
        bits |= PTE_WRITE;
    if (!attr.execute)
        bits |= no_execute_bit();
    if (attr.uncached)
        bits |= PTE_WRITE_THROUGH | PTE_CACHE_DISABLE;
    if (attr.combining)
        bits |= PTE_WRITE_THROUGH; /* entry 1 of the PAT, see features_set_caching */
    return (pte_t){bits};
}

pte_t pte_kernel_table(paddr_t pa)
{
    return (pte_t){pa.v | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED};
}

pte_t *pt_walk(paddr_t table, int level, vaddr_t va, int stop, int *at)
{
    pte_t *entry = pt_entry(table, level, va);
    while (level > stop && pte_is_present(*entry) && !pte_is_page(*entry, level)) {
        level--;
        entry = pt_entry(pte_paddr(*entry), level, va);
    }
    *at = level;
    return entry;
}
