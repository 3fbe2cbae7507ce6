/*
 * floor: 4
 *
 * What the kernel sees of the memory-management unit: page-table entries and walks, views, and the
 * batch through which every removal of a translation goes.
 *
 * Levels are numbered as in SDM 3A 4.5: 4 the root (PML4), 3 (PDPT), 2 (PD), 1 (PT). An entry of
 * level n covers level_bytes(n): 4 KiB, 2 MiB, 1 GiB, 512 GiB.
 */
#ifndef VASCO_ARCH_MMU_H
#define VASCO_ARCH_MMU_H

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/phys.h>

#include "base/status.h"
#include "base/types.h"

#define PT_ROOT_LEVEL 4
#define PT_ENTRIES 512

typedef struct {
    uint64_t v;
} pte_t;

static inline uint64_t level_bytes(int level)
{
    return PAGE_SIZE << (9 * (level - 1));
}

/* --- entries -------------------------------------------------------------------------------- */

/* The bits that a walk needs (SDM 3A tables 4-15 to 4-20); the others are in mmu/pte.h. */
#define PTE_PRESENT ((uint64_t)1 << 0)
#define PTE_LARGE ((uint64_t)1 << 7) /* levels 2 and 3 */
#define PTE_ADDRESS ((uint64_t)0x000ffffffffff000)
#define PTE_NO_EXECUTE ((uint64_t)1 << 63)

/* `access` is a set of ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE. The CPU takes the AND of write
 * and user and the OR of no-execute over the levels, so any level can narrow and none can widen.
 * This is the only function that turns rights into bits. */
pte_t pte_user(paddr_t pa, int level, uint64_t access, bool is_page);

static inline pte_t pte_user_table(paddr_t pa, int level, uint64_t access)
{
    return pte_user(pa, level, access, false);
}

static inline pte_t pte_user_page(paddr_t pa, int level, uint64_t access)
{
    return pte_user(pa, level, access, true);
}

/* The same table or page, with `access` at most. */
pte_t pte_narrow(pte_t pte, uint64_t access);

uint64_t pte_access(pte_t pte);

/* What two entries on one path allow together. */
static inline pte_t pte_both(pte_t above, pte_t below)
{
    return (pte_t){(above.v & below.v) | ((above.v | below.v) & PTE_NO_EXECUTE)};
}

static inline bool pte_is_present(pte_t pte)
{
    return (pte.v & PTE_PRESENT) != 0;
}

static inline bool pte_is_page(pte_t pte, int level)
{
    return level == 1 || (pte.v & PTE_LARGE) != 0;
}

static inline paddr_t pte_paddr(pte_t pte)
{
    return PADDR(pte.v & PTE_ADDRESS);
}

/* The same entry, but for another table or page. */
static inline pte_t pte_move(pte_t pte, paddr_t pa)
{
    return (pte_t){(pte.v & ~PTE_ADDRESS) | pa.v};
}

/* --- tables --------------------------------------------------------------------------------- */

/* The index of va's entry in a table of this level. */
static inline uint64_t pt_index(int level, vaddr_t va)
{
    return va.v >> (PAGE_SHIFT + 9 * (level - 1)) & (PT_ENTRIES - 1);
}

/* The entry for va in the table of this level. */
static inline pte_t *pt_entry(paddr_t table, int level, vaddr_t va)
{
    return (pte_t *)paddr_to_ptr(table) + pt_index(level, va);
}

/* Writes an entry. The CPU may walk the table at the same moment: it sees the old or the new. */
static inline void pt_write(pte_t *entry, pte_t pte)
{
    __atomic_store_n(&entry->v, pte.v, __ATOMIC_RELEASE);
}

/* Descends from a table of `level` towards va, no deeper than `stop`, and returns the last entry it
 * reached; *at is that entry's level. It goes on only through present entries that are tables. */
pte_t *pt_walk(paddr_t table, int level, vaddr_t va, int stop, int *at);

/* --- views ---------------------------------------------------------------------------------- */

/*
 * A root table and its identity for the TLB. A view's generation is the sum of its two spaces':
 * both only grow, so an equal sum means that neither has changed.
 *
 * The fast path of the switch (arch/x86_64/trap/entry.asm) reads every member.
 */
struct mmu_view {
    uint64_t id; /* never reused, and never 0 but for the kernel's own root; MMU_VIEW_GONE */
    const uint64_t *home_generation;
    const uint64_t *vas_generation;
    uint64_t cr3_keep;   /* loads the root and keeps what the tag holds */
    uint64_t cr3_flush;  /* loads the root and drops what the tag holds */
    uint32_t tag_offset; /* of its entry in struct cpu's tags, in bytes */
    uint32_t nothing;
    paddr_t root;
};

/* Of a view that is no more: no tag is its. */
#define MMU_VIEW_GONE UINT64_MAX

/* A generation that never changes, for a view without a VAS. */
extern const uint64_t mmu_no_generation;

/* Gives the view its identity; `root` is a table whose kernel half is filled (mmu_root_init). */
void mmu_view_init(struct mmu_view *v, paddr_t root, const uint64_t *home_generation,
                   const uint64_t *vas_generation);

/* Gives the tag back. No CPU may have the view loaded. */
void mmu_view_fini(struct mmu_view *v);

/*
 * No other CPU stands in the view when this returns, and none is on its way there: those that have
 * it loaded, or run a thread that finds its views in this table, load the kernel's root or answer
 * that they stand elsewhere. The capability to the view has been cleared, and `resched` of those
 * CPUs is set: they must not return to user code as they are. Returns the set of CPUs that stood
 * there.
 */
uint64_t mmu_view_evict(const struct mmu_view *v, const struct cap_table *table);

/*
 * Whoever was in the middle of a switch has ended it. A switch that meets a removal may have loaded
 * a view with what it still remembers of it, and finds that out a few instructions later. It uses
 * nothing of it meanwhile, but the CPU may walk tables that it remembers: so before a table is
 * freed, after it was taken away, this is called.
 */
void mmu_await_switches(void);

/* Another CPU, whose `resched` is set, loads the kernel's root. */
void mmu_leave_user(struct cpu *cpu);

/* Every CPU takes its system calls by the entry that goes with its WATCH_TRACE, when this returns,
 * and has written all its events of before. */
void mmu_follow_trace(void);

/* Does what the holder of the kernel lock asks of this CPU, if it does. */
void mmu_answer(void);

/* The kernel's own root has no user addresses: who has it loaded stands nowhere. */
static inline bool mmu_view_is_kernel(const struct mmu_view *v)
{
    return v->id == 0;
}

static inline uint64_t mmu_view_generation(const struct mmu_view *v)
{
    return *v->home_generation + *v->vas_generation;
}

/* Loads the view on this CPU, keeping its TLB entries if they are up to date. */
void mmu_view_load(struct mmu_view *v);

/* Loads the kernel's own root: no user addresses. */
void mmu_view_leave(void);

/* Whoever loads a view of the space with this generation finds what it remembers of it stale. */
static inline void mmu_make_stale(uint64_t *generation)
{
    __atomic_store_n(generation, *generation + 1, __ATOMIC_RELEASE);
}

/* Copies the kernel half into an empty root. */
void mmu_root_init(paddr_t root);

/* Boot: `root` becomes the kernel's own; its upper half is what mmu_root_init copies. */
void mmu_init(paddr_t root);

/* --- the batch ------------------------------------------------------------------------------ */

/*
 * Removing or narrowing a translation, by the protocol of docs/design.md, "TLB":
 *
 *   struct tlb_batch batch TLB_BATCH;    opens it; leaving the scope with it unfinished is a panic
 *   clear the entry                      pt_write
 *   tlb_batch_removed(&batch, ...)       raises the generation of the space
 *   tlb_batch_free(&batch, frame)        what must not be reused yet
 *   tlb_batch_finish(&batch)             every CPU that could use the entry has dropped it; frees
 *
 * Adding a translation needs no batch.
 */
#define TLB_RANGES 4
#define TLB_NO_FRAME UINT32_MAX

struct tlb_batch {
    uint32_t nranges;
    uint32_t first_frame; /* list of frames to free, through their records */
    bool all;
    bool tables; /* a table is among what is to be freed */
    bool open;
    struct vrange ranges[TLB_RANGES];
};

static inline void tlb_batch_begin(struct tlb_batch *batch)
{
    batch->nranges = 0;
    batch->first_frame = TLB_NO_FRAME;
    batch->all = false;
    batch->tables = false;
    batch->open = true;
}

_Noreturn void tlb_batch_dropped(void);

static inline void tlb_batch_check(const struct tlb_batch *batch)
{
    if (unlikely(batch->open))
        tlb_batch_dropped();
}
#define TLB_BATCH __attribute__((cleanup(tlb_batch_check)))

/* The entries that map `range` in a space with this generation are cleared or narrowed. */
void tlb_batch_removed(struct tlb_batch *batch, uint64_t *generation, struct vrange range);

/* Keeps a 4 KiB frame, or the first frame of a block, until the batch is finished, then frees
 * it. */
void tlb_batch_free(struct tlb_batch *batch, paddr_t frame);

void tlb_batch_finish(struct tlb_batch *batch);

/* A batch of one removal and with nothing to free: the entries that map `range` have just been
 * cleared or narrowed. */
void tlb_removed(uint64_t *generation, struct vrange range);

#endif
