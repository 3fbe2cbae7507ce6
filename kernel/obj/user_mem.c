/* Copying from and to user memory: see user_mem.h. */
#include "obj/user_mem.h"

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/page.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/place.h"
#include "obj/seg.h"
#include "obj/view.h"

/* Looks once for each segment that the range crosses. What is then copied cannot lack memory. */
status_t view_check(const struct view *view, uptr_t address, uint64_t nbytes, uint64_t access)
{
    if (address.v >= USER_END || nbytes > USER_END - address.v)
        return STATUS_BAD_ADDRESS;
    uint64_t end = address.v + nbytes;
    for (uint64_t at = address.v; at < end;) {
        struct place place = place_find(view, VADDR(at));
        if (!place_allows(place, access))
            return STATUS_BAD_ADDRESS;
        uint64_t next = vrange_end(place.seg->range);
        uint64_t base = place.seg->range.base.v;
        TRY(seg_prepare(place.seg, at - base, min_u64(next, end) - base));
        at = next;
    }
    return STATUS_OK;
}

void *view_piece(const struct view *view, uptr_t address, uint64_t *nbytes)
{
    struct place place = place_find(view, VADDR(address.v));
    ASSERT(place.seg != NULL);
    uint64_t room;
    void *piece = seg_page(place.seg, address.v - place.seg->range.base.v, &room);
    *nbytes = min_u64(*nbytes, room);
    return piece;
}

status_t view_read(const struct view *view, void *to, uptr_t from, uint64_t nbytes)
{
    TRY(view_check(view, from, nbytes, ACCESS_READ));
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        const void *piece = view_piece(view, UPTR(from.v + done), &n);
        page_copy((char *)to + done, piece, n);
        done += n;
    }
    return STATUS_OK;
}

status_t view_write(const struct view *view, uptr_t to, const void *from, uint64_t nbytes)
{
    TRY(view_check(view, to, nbytes, ACCESS_WRITE));
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        void *piece = view_piece(view, UPTR(to.v + done), &n);
        page_copy(piece, (const char *)from + done, n);
        done += n;
    }
    return STATUS_OK;
}

static const struct view *here(void)
{
    return view_of_mmu(cpu_this()->view);
}

status_t user_check(uptr_t address, uint64_t nbytes, uint64_t access)
{
    return view_check(here(), address, nbytes, access);
}

status_t user_read(void *to, uptr_t from, uint64_t nbytes)
{
    return view_read(here(), to, from, nbytes);
}

status_t user_write(uptr_t to, const void *from, uint64_t nbytes)
{
    return view_write(here(), to, from, nbytes);
}

void *user_piece(uptr_t address, uint64_t *nbytes)
{
    return view_piece(here(), address, nbytes);
}
