/*
 * floor 4: requests from CPU to CPU, as the files of this floor see them; arch/mmu.h has the rest.
 */
#ifndef VASCO_MMU_ASK_H
#define VASCO_MMU_ASK_H

#include <arch/mmu.h>

/* Bits of struct cpu's `asked`. */
#define ASK_NOTHING 1 /* only to answer */
#define ASK_FLUSH 2   /* drop what the batch has removed from the loaded view */
#define ASK_TRACE 8   /* take system calls by the entry that goes with the CPU's WATCH_TRACE */
#define ASK_LEAVE 4   /* load the kernel's root, if the view is loaded that is about to end */

/* Every other CPU that stands in a view that has lost something drops it; when this returns they
 * have. */
void ask_to_flush(const struct tlb_batch *batch);

/* Drops what the batch has removed from the loaded view of this CPU, if that has lost something. */
void tlb_batch_apply(const struct tlb_batch *batch);

/* Is what this CPU may hold under the view's tag up to date? */
static inline bool mmu_view_is_current(const struct mmu_view *v, const struct cpu *cpu)
{
    const struct tlb_tag *tag = (const struct tlb_tag *)((const char *)cpu->tags + v->tag_offset);
    return __atomic_load_n(&tag->id, __ATOMIC_RELAXED) == v->id &&
           __atomic_load_n(&tag->generation, __ATOMIC_RELAXED) == mmu_view_generation(v);
}

#endif
