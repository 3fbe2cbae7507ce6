/*
 * The CPU's walk over page tables, and what must hold of them. Written from SDM 3A 4.5 with bits of
 * its own, so that a mistake in the kernel's is not repeated here.
 */
#include <arch/phys.h>

#include "mem/frame.h"
#include "obj/link.h"
#include "world.h"

enum bits {
    BIT_PRESENT = 0,
    BIT_WRITE = 1,
    BIT_USER = 2,
    BIT_LARGE = 7,
    BIT_NO_EXECUTE = 63,
};

static bool bit(uint64_t entry, int number)
{
    return (entry >> number & 1) != 0;
}

static uint64_t address(uint64_t entry)
{
    return entry & 0x000ffffffffff000;
}

struct mapping cpu_walk(paddr_t root, uint64_t va)
{
    struct mapping m = {.access = ACCESS_ALL};
    paddr_t table = root;
    for (int level = 4; level >= 1; level--) {
        uint64_t span = (uint64_t)1 << (12 + 9 * (level - 1));
        uint64_t entry = ((const uint64_t *)paddr_to_ptr(table))[va / span % 512];
        if (!bit(entry, BIT_PRESENT) || !bit(entry, BIT_USER))
            return (struct mapping){0};
        if (!bit(entry, BIT_WRITE))
            m.access &= ~(uint64_t)ACCESS_WRITE;
        if (bit(entry, BIT_NO_EXECUTE))
            m.access &= ~(uint64_t)ACCESS_EXECUTE;
        table = PADDR(address(entry));
        if (level == 1 || (level < 4 && bit(entry, BIT_LARGE))) {
            m.present = true;
            m.pa = table.v + va % span;
            m.page_bytes = span;
            return m;
        }
    }
    return m;
}
