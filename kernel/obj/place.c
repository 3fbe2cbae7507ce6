/* Finding what lies at an address: a walk that gathers rights and stops at a segment's subtree. */
#include "obj/place.h"

#include <arch/mmu.h>

#include "abi/objects.h"
#include "mem/frame.h"
#include "obj/seg.h"
#include "obj/view.h"

struct place place_find(const struct view *view, vaddr_t va)
{
    struct place nothing = {0};
    uint64_t access = ACCESS_ALL;
    pte_t pte = *pt_entry(view->mmu.root, PT_ROOT_LEVEL, va);
    for (int level = PT_ROOT_LEVEL; level > 1 && pte_is_present(pte); level--) {
        paddr_t table = pte_paddr(pte);
        const struct frame *f = frame_of(table);
        access &= pte_access(pte);
        if (f->kind == FRAME_SEG_TABLE) {
            struct seg *seg = f->owner;
            return seg_contains(seg, va) ? (struct place){seg, access} : nothing;
        }
        pte = *pt_entry(table, level - 1, va);
    }
    return nothing;
}
