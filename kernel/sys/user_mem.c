/* Copying from and to user memory: see user_mem.h. */
#include "sys/user_mem.h"

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/page.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/place.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/view.h"

static struct place user_place(uint64_t address)
{
    return place_find(thread_view(cpu_this()->thread), VADDR(address));
}

/* Looks once for each segment that the range crosses. */
status_t user_check(uptr_t address, uint64_t nbytes, uint64_t access)
{
    if (address.v >= USER_END || nbytes > USER_END - address.v)
        return STATUS_BAD_ADDRESS;
    uint64_t end = address.v + nbytes;
    for (uint64_t at = address.v; at < end;) {
        struct place place = user_place(at);
        if (!place_allows(place, access))
            return STATUS_BAD_ADDRESS;
        at = vrange_end(place.seg->range);
    }
    return STATUS_OK;
}

void *user_piece(uptr_t address, uint64_t *nbytes)
{
    struct place place = user_place(address.v);
    ASSERT(place.seg != NULL);
    uint64_t room;
    void *piece = seg_page(place.seg, address.v - place.seg->range.base.v, &room);
    *nbytes = min_u64(*nbytes, room);
    return piece;
}

status_t user_read(void *to, uptr_t from, uint64_t nbytes)
{
    TRY(user_check(from, nbytes, ACCESS_READ));
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        const void *piece = user_piece(UPTR(from.v + done), &n);
        page_copy((char *)to + done, piece, n);
        done += n;
    }
    return STATUS_OK;
}

status_t user_write(uptr_t to, const void *from, uint64_t nbytes)
{
    TRY(user_check(to, nbytes, ACCESS_WRITE));
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        void *piece = user_piece(UPTR(to.v + done), &n);
        page_copy(piece, (const char *)from + done, n);
        done += n;
    }
    return STATUS_OK;
}
