/*
 * The batch: how translations are taken away. docs/design.md, "TLB", has the argument.
 *
 * A CPU's record of a tag says as of which generation its entries are good. Removing raises the
 * generation of a space; a CPU whose loaded view is then newer than its record still may hold the
 * old entry, and must drop it before the batch is finished. A CPU that only remembers the view
 * finds the record stale at its next load.
 */
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/mmu.h>

#include "base/assert.h"
#include "cpu/instr.h"
#include "mem/frame.h"
#include "mmu/ask.h"

/* Pages up to which single invalidations are cheaper than refilling a whole TLB. Each INVLPG costs
 * about as much as two refills (SDM gives no number; Linux measured the turning point at 33). */
#define TLB_SINGLE_PAGES 32

_Static_assert(TLB_NO_FRAME == FRAME_END, "the list of frames to free");

void tlb_batch_dropped(void)
{
    panic("a TLB batch was dropped unfinished");
}

static inlined void raise(uint64_t *generation)
{
    __atomic_store_n(generation, *generation + 1, __ATOMIC_RELEASE);
}

static inlined void add_range(struct tlb_batch *batch, struct vrange range)
{
    if (batch->nranges == TLB_RANGES || range.npages > TLB_SINGLE_PAGES)
        batch->all = true;
    else
        batch->ranges[batch->nranges++] = range;
}

void tlb_batch_removed(struct tlb_batch *batch, uint64_t *generation, struct vrange range)
{
    ASSERT(batch->open);
    raise(generation);
    add_range(batch, range);
}

void tlb_batch_free(struct tlb_batch *batch, paddr_t pa)
{
    struct frame *f = frame_of(pa);
    batch->tables |= f->kind != FRAME_SEG_PAGE;
    f->next = batch->first_frame;
    batch->first_frame = (uint32_t)(pa.v >> PAGE_SHIFT);
}

static inlined void invalidate(struct vrange range)
{
    for (uint64_t va = range.base.v; va < vrange_end(range); va += PAGE_SIZE) {
        cpu_invlpg(VADDR(va));
        cpu_count_event(COUNTER_INVLPG);
    }
}

/* Drops all entries of the loaded view's tag. */
static void flush_tag(const struct mmu_view *v)
{
    if (feature_used(FEATURE_INVPCID)) {
        cpu_invpcid(INVPCID_TAG, v->tag_offset / sizeof(struct tlb_tag), VADDR(0));
        cpu_count_event(COUNTER_INVPCID);
    } else {
        cpu_write_cr3(v->cr3_flush);
        cpu_count_event(COUNTER_CR3_FLUSH);
    }
}

/* The record of the loaded view's tag, if it is not of the view's present generation. */
static inlined struct tlb_tag *stale_tag(uint64_t *generation)
{
    struct cpu *cpu = cpu_this();
    const struct mmu_view *v = cpu->view;
    struct tlb_tag *tag = (struct tlb_tag *)((char *)cpu->tags + v->tag_offset);
    *generation = mmu_view_generation(v);
    return tag->generation == *generation ? NULL : tag;
}

/* INVLPG also drops the tag's paging-structure entries (SDM 3A 4.10.4.1), so it serves for freed
 * tables. Whoever stands in a view had dropped all that earlier batches removed: what is missing is
 * this one. */
void tlb_batch_apply(const struct tlb_batch *batch)
{
    uint64_t generation;
    struct tlb_tag *tag = stale_tag(&generation);
    if (tag == NULL)
        return;
    if (batch->all)
        flush_tag(cpu_this()->view);
    for (uint32_t i = 0; !batch->all && i < batch->nranges; i++)
        invalidate(batch->ranges[i]);
    tag->generation = generation;
}

static void free_frames(const struct tlb_batch *batch)
{
    uint32_t number = batch->first_frame;
    while (number != FRAME_END) {
        paddr_t pa = PADDR((uint64_t)number << PAGE_SHIFT);
        number = frame_of(pa)->next;
        frame_free(pa);
    }
}

void tlb_batch_finish(struct tlb_batch *batch)
{
    ASSERT(batch->open);
    tlb_batch_apply(batch);
    if (cpu_count > 1) {
        /* The generations are raised before the CPUs' views are read: the fence is the remover's
         * half of the bargain, the write of CR3 that of the switch (docs/tlb.md). */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        ask_to_flush(batch);
        if (batch->tables)
            mmu_await_switches();
    }
    free_frames(batch);
    batch->open = false;
}

static void remove_everywhere(struct vrange range)
{
    struct tlb_batch batch;
    tlb_batch_begin(&batch);
    add_range(&batch, range);
    tlb_batch_finish(&batch);
}

/* With one CPU it needs no batch to hand around. */
void tlb_removed(uint64_t *generation, struct vrange range)
{
    uint64_t present;
    raise(generation);
    if (cpu_count > 1) {
        remove_everywhere(range);
        return;
    }
    struct tlb_tag *tag = stale_tag(&present);
    if (tag == NULL)
        return;
    if (range.npages > TLB_SINGLE_PAGES)
        flush_tag(cpu_this()->view);
    else
        invalidate(range);
    tag->generation = present;
}
