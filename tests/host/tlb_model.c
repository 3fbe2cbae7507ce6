/* The TLB that forgets nothing by itself: see tlb_model.h. */
#include "tlb_model.h"

#include "machine.h"
#include "world.h"

#define ENTRIES 8192
#define CR3_TAG ((uint64_t)0xfff)

struct entry {
    uint64_t tag, page, pa, access;
};

static struct entry entries[ENTRIES];
static uint32_t nentries;

static paddr_t loaded_root(void)
{
    return PADDR(machine.cr3 & ~CR3_TAG);
}

static void drop(uint32_t i)
{
    entries[i] = entries[--nentries];
}

void tlb_model_reset(void)
{
    nentries = 0;
}

void tlb_model_drop_tag(uint64_t tag)
{
    for (uint32_t i = nentries; i-- > 0;) {
        if (entries[i].tag == tag)
            drop(i);
    }
}

void tlb_model_drop_page(uint64_t tag, uint64_t va)
{
    for (uint32_t i = nentries; i-- > 0;) {
        if (entries[i].tag == tag && entries[i].page == align_down(va, PAGE_SIZE))
            drop(i);
    }
}

void tlb_model_fill(uint64_t va)
{
    uint64_t tag = machine.cr3 & CR3_TAG;
    uint64_t page = align_down(va, PAGE_SIZE);
    struct mapping m = cpu_walk(loaded_root(), page);
    if (!m.present || nentries == ENTRIES)
        return;
    for (uint32_t i = 0; i < nentries; i++) {
        if (entries[i].tag == tag && entries[i].page == page)
            return;
    }
    entries[nentries++] = (struct entry){tag, page, m.pa, m.access};
}

void tlb_model_check(void)
{
    uint64_t tag = machine.cr3 & CR3_TAG;
    for (uint32_t i = 0; i < nentries; i++) {
        if (entries[i].tag != tag)
            continue;
        struct mapping m = cpu_walk(loaded_root(), entries[i].page);
        assert_true(m.present);
        assert_int_equal(m.pa, entries[i].pa);
        assert_int_equal(entries[i].access & ~m.access, 0);
    }
}
