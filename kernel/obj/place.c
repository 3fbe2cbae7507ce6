/* Finding what lies at an address: a walk that gathers rights and stops at a segment's subtree. */
#include "obj/place.h"

#include <arch/mmu.h>

#include "mem/frame.h"
#include "obj/seg.h"
#include "obj/view.h"

struct place place_find(const struct view *view, vaddr_t va)
{
    struct place nothing = {0};
    pte_t pte = *pt_entry(view->mmu.root, PT_ROOT_LEVEL, va);
    pte_t path = pte;
    for (int level = PT_ROOT_LEVEL; level > 1 && pte_is_present(pte); level--) {
        paddr_t table = pte_paddr(pte);
        const struct frame *f = frame_of_memory(table);
        if (f->kind == FRAME_SEG_TABLE) {
            struct seg *seg = f->owner;
            return seg_contains(seg, va) ? (struct place){seg, pte_access(path)} : nothing;
        }
        pte = *pt_entry(table, level - 1, va);
        path = pte_both(path, pte);
    }
    return nothing;
}
