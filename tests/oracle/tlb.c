/*
 * What a model CPU remembers of page tables, under each tag: translations, and tables on the way to
 * them (SDM 3A 4.10.2 and 4.10.3). It keeps both until an instruction makes it forget them, and
 * fills itself, whatever the CPU is doing, from the tables that the loaded root leads to or from
 * those it remembers. Written from the manual with bits of its own.
 */
#include <arch/features.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "cpu/instr.h"
#include "oracle.h"

#define CR3_TAG 0xfff
#define CR3_NO_FLUSH ((uint64_t)1 << 63)
#define BIT_PRESENT ((uint64_t)1 << 0)
#define BIT_WRITE ((uint64_t)1 << 1)
#define BIT_USER ((uint64_t)1 << 2)
#define BIT_LARGE ((uint64_t)1 << 7)
#define BIT_GLOBAL ((uint64_t)1 << 8)
#define BIT_NO_EXECUTE ((uint64_t)1 << 63)
#define ADDRESS 0x000ffffffffff000

static uint64_t span(int level)
{
    return (uint64_t)1 << (12 + 9 * (level - 1));
}

static uint64_t tag_of(const struct model_cpu *m)
{
    return m->cr3 & CR3_TAG;
}

void tlb_reset(struct model_cpu *m)
{
    for (int tag = 0; tag < TLB_TAGS; tag++)
        m->pages[tag].n = m->tables[tag].n = 0;
}

/* --- filling --------------------------------------------------------------------------------- */

/* A full set loses one by lot: the hardware may, at any time. */
static void remember(struct remembered_set *set, struct remembered r)
{
    uint32_t place = set->n;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct remembered *o = &set->entries[i];
        if (o->va == r.va && o->level == r.level && o->pa == r.pa && o->access == r.access &&
            o->serial == r.serial)
            return;
    }
    if (place == REMEMBERED)
        place = choose(REMEMBERED);
    else
        set->n++;
    set->entries[place] = r;
}

static bool covers(const struct remembered *r, uint64_t va)
{
    return va / span(r->level) == r->va / span(r->level);
}

/* Where a walk begins: at the root, or at any table that is remembered on the way. */
static struct remembered start(const struct model_cpu *m, uint64_t va)
{
    const struct remembered_set *set = &m->tables[tag_of(m)];
    struct remembered from = {0, m->cr3 & ADDRESS, 0, 5, ACCESS_ALL};
    uint32_t n = 1;
    for (uint32_t i = 0; i < set->n; i++) {
        if (covers(&set->entries[i], va) && SELDOM(++n))
            from = set->entries[i];
    }
    return from;
}

static bool read_entry(uint64_t table, int level, uint64_t va, uint64_t *entry)
{
    if (table >= RAM_BYTES)
        return false;
    *entry = ((const volatile uint64_t *)paddr_to_ptr(PADDR(table)))[va / span(level) % 512];
    return (*entry & BIT_PRESENT) != 0 && (*entry & BIT_USER) != 0;
}

/* A walk of at most so many levels. True: it has come to a page, *out. */
static bool walk(struct model_cpu *m, uint64_t va, int levels, struct remembered *out)
{
    uint64_t entry;
    struct remembered r = start(m, va);
    while (levels-- > 0 && read_entry(r.pa, r.level - 1, va, &entry)) {
        r.level--;
        r.access &= (uint8_t)((entry & BIT_WRITE ? ACCESS_ALL : ~ACCESS_WRITE) &
                              (entry & BIT_NO_EXECUTE ? ~ACCESS_EXECUTE : ACCESS_ALL));
        r.pa = entry & ADDRESS;
        r.va = va - va % span(r.level);
        r.serial = r.pa < RAM_BYTES ? memory_serial_of(r.pa) : 0;
        if (r.level == 1 || (r.level < 4 && (entry & BIT_LARGE) != 0)) {
            if (entry & BIT_GLOBAL)
                oracle_fails("a page of the user's is global");
            remember(&m->pages[tag_of(m)], r);
            *out = r;
            return true;
        }
        remember(&m->tables[tag_of(m)], r);
    }
    return false;
}

void tlb_speculate(struct model_cpu *m)
{
    struct remembered r;
    if (m->cr3 == 0)
        return;
    uint64_t va = user_address();
    (void)walk(m, va, SELDOM(4) ? 1 + (int)choose(3) : 4, &r);
}

bool tlb_access(struct model_cpu *m, uint64_t va, uint64_t access, struct remembered *used)
{
    const struct remembered_set *set = &m->pages[tag_of(m)];
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        if (covers(&set->entries[i], va) && SELDOM(++n))
            *used = set->entries[i];
    }
    if (n == 0 && !walk(m, va, 4, used))
        return false;
    return (used->access & access) == access;
}

/* --- forgetting ------------------------------------------------------------------------------ */

static void forget_page(struct remembered_set *set, uint64_t va)
{
    for (uint32_t i = set->n; i-- > 0;) {
        if (covers(&set->entries[i], va))
            set->entries[i] = set->entries[--set->n];
    }
}

static void forget_tag(struct model_cpu *m, uint64_t tag)
{
    m->pages[tag].n = 0;
    m->tables[tag].n = 0;
}

/* Of the kernel's half, where alone there are global pages, nothing is modelled. */
void cpu_write_cr3(uint64_t value)
{
    struct model_cpu *m = running;
    uint64_t tag = value & CR3_TAG;
    bool tagged = feature_used(FEATURE_PCID);
    if (m == NULL)
        return;
    if (tag >= TLB_TAGS || (!tagged && (value & (CR3_TAG | CR3_NO_FLUSH)) != 0))
        oracle_fails("CR3 is loaded with 0x%lx", value);
    point();
    stores_drain();
    m->cr3 = value & ~CR3_NO_FLUSH;
    if ((value & CR3_NO_FLUSH) == 0)
        forget_tag(m, tag);
    truth_load(m);
    point();
}

/* Also all tables under the loaded tag (SDM 3A 4.10.4.1). */
void cpu_invlpg(vaddr_t va)
{
    point();
    stores_drain();
    forget_page(&running->pages[tag_of(running)], va.v);
    running->tables[tag_of(running)].n = 0;
}

void cpu_invpcid(enum invpcid_type type, uint64_t pcid, vaddr_t va)
{
    point();
    stores_drain();
    if (!feature_used(FEATURE_INVPCID) || pcid >= TLB_TAGS)
        oracle_fails("INVPCID of tag %lu", pcid);
    switch (type) {
    case INVPCID_ADDRESS:
        forget_page(&running->pages[pcid], va.v);
        running->tables[pcid].n = 0;
        return;
    case INVPCID_TAG:
        forget_tag(running, pcid);
        return;
    case INVPCID_ALL_AND_GLOBAL:
    case INVPCID_ALL:
        tlb_reset(running);
        return;
    }
}

void tlb_faulted(struct model_cpu *m, uint64_t va)
{
    forget_page(&m->pages[tag_of(m)], va);
    forget_page(&m->tables[tag_of(m)], va);
}
