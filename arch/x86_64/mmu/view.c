/*
 * Views as the CPU sees them: roots, tags, and loading CR3.
 *
 * A tag (PCID) is given to a view when it is made, the same on every CPU. While fewer than TLB_TAGS
 * views live each has a tag of its own; beyond that tags are shared, and views that share one drop
 * each other's entries when they follow each other on a CPU. Only the record of the CPU says whose
 * entries a tag holds there, so sharing needs no further care.
 *
 * Without PCID every load of CR3 flushes; the records are kept all the same.
 */
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "cpu/instr.h"
#include "mmu/ask.h"
#include "mmu/pte.h"

const uint64_t mmu_no_generation = 0;

static struct mmu_view kernel_view = {
    .home_generation = &mmu_no_generation,
    .vas_generation = &mmu_no_generation,
};

static uint64_t next_id = 1;
static uint32_t next_tag = 1;
static uint32_t nviews;              /* live, the kernel's not counted */
static uint16_t tag_users[TLB_TAGS]; /* live views with this tag */

/* A tag with no more users than an even spread asks for; there always is one. */
static uint32_t tag_alloc(void)
{
    uint32_t share = nviews++ / (TLB_TAGS - 1) + 1;
    while (tag_users[next_tag] >= share)
        next_tag = next_tag + 1 == TLB_TAGS ? 1 : next_tag + 1;
    tag_users[next_tag]++;
    return next_tag;
}

static void tag_free(uint32_t tag)
{
    ASSERT(tag_users[tag] > 0);
    tag_users[tag]--;
    nviews--;
    next_tag = tag;
}

static void view_set_root(struct mmu_view *v, paddr_t root, uint32_t tag)
{
    bool tagged = feature_used(FEATURE_PCID);
    v->root = root;
    v->tag_offset = tag * (uint32_t)sizeof(struct tlb_tag);
    v->cr3_flush = root.v | (tagged ? tag : 0);
    v->cr3_keep = v->cr3_flush | (tagged ? CR3_KEEP : 0);
}

void mmu_view_init(struct mmu_view *v, paddr_t root, const uint64_t *home_generation,
                   const uint64_t *vas_generation)
{
    v->id = next_id++;
    v->home_generation = home_generation;
    v->vas_generation = vas_generation;
    view_set_root(v, root, tag_alloc());
}

void mmu_view_fini(struct mmu_view *v)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        ASSERT(cpus[i]->view != v);
    tag_free(v->tag_offset / (uint32_t)sizeof(struct tlb_tag));
    v->id = MMU_VIEW_GONE;
    v->home_generation = v->vas_generation = &mmu_no_generation; /* what it shows may go now */
}

static struct tlb_tag *view_tag(struct cpu *cpu, const struct mmu_view *v)
{
    return (struct tlb_tag *)((char *)cpu->tags + v->tag_offset);
}

/* Under the kernel lock generations stand still, and that of the kernel's own root always does: so
 * other than the fast path in entry.asm this need not look at it again. */
void mmu_view_load(struct mmu_view *v)
{
    struct cpu *cpu = cpu_this();
    struct tlb_tag *tag = view_tag(cpu, v);
    uint64_t generation = mmu_view_generation(v);
    __atomic_store_n(&cpu->view, v, __ATOMIC_RELAXED);
    if (likely(tag->id == v->id && tag->generation == generation)) {
        cpu_write_cr3(v->cr3_keep);
        cpu_count_event(COUNTER_CR3_KEEP);
        return;
    }
    cpu_count_event(COUNTER_TAG_MISSES);
    cpu_write_cr3(v->cr3_flush);
    cpu_count_event(COUNTER_CR3_FLUSH);
    *tag = (struct tlb_tag){v->id, generation};
}

void mmu_view_leave(void)
{
    mmu_view_load(&kernel_view);
}

void mmu_root_init(paddr_t root)
{
    uint64_t upper = SLOT_KERNEL_FIRST * sizeof(pte_t);
    page_copy((char *)paddr_to_ptr(root) + upper, (char *)paddr_to_ptr(kernel_view.root) + upper,
              PAGE_SIZE - upper);
}

void mmu_init(paddr_t root)
{
    view_set_root(&kernel_view, root, 0);
}
