/* System calls on segments. */
#include "obj/seg.h"

#include <arch/mmu.h>
#include <arch/page.h>

#include "base/string.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define SEG_RIGHTS                                                                                 \
    (RIGHT_SEG_READ | RIGHT_SEG_WRITE | RIGHT_SEG_EXECUTE | RIGHT_INFO | RIGHT_GRANT |             \
     RIGHT_REVOKE | RIGHT_DESTROY)
#define COPY_BYTES_MAX (64 * KIB)

/* Fills pages in steps, and returns the handle. */
static int64_t fill(handle_t handle, struct seg *seg, uint64_t offset, uint64_t end)
{
    sched_step_begin();
    while (offset < end) {
        TRY(seg_fill_some(seg, &offset, end));
        if (sched_step())
            return sched_again(
                (struct repeat){SYSCALL_seg_fill, {(uint64_t)handle, offset, end - offset}});
    }
    return handle;
}

int64_t sys_seg_create(uint64_t name_lo, uint64_t name_hi, uint64_t base, uint64_t nbytes,
                       uint64_t flags, handle_t pool_handle)
{
    struct seg *seg;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    struct seg_spec spec = {name_from_words(name_lo, name_hi), base, nbytes, flags};
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(seg_create(pool, spec, &seg));
    handle_t handle = cap_insert(caps, NULL, &seg->object, SEG_RIGHTS, 0)->handle;
    if (flags & SEG_EAGER)
        return fill(handle, seg, 0, seg->range.npages << PAGE_SHIFT);
    return handle;
}

/* A range of whole pages of a segment. */
static status_t check_range(const struct seg *seg, uint64_t offset, uint64_t nbytes)
{
    uint64_t size = seg->range.npages << PAGE_SHIFT;
    if (!is_aligned(offset | nbytes, PAGE_SIZE))
        return STATUS_UNALIGNED;
    return offset > size || nbytes > size - offset ? STATUS_BAD_ARGUMENT : STATUS_OK;
}

int64_t sys_seg_fill(handle_t handle, uint64_t offset, uint64_t nbytes)
{
    struct seg *seg;
    TRY(decode_seg(handle, RIGHT_SEG_WRITE, &seg));
    TRY(check_range(seg, offset, nbytes));
    return fill(handle, seg, offset, offset + nbytes);
}

/* Fills a page that nobody sees yet from a buffer that has been checked. */
static void page_write(paddr_t page, uptr_t buffer)
{
    char *to = paddr_to_ptr(page);
    for (uint64_t done = 0; done < PAGE_SIZE;) {
        uint64_t n = PAGE_SIZE - done;
        const void *piece = user_piece(UPTR(buffer.v + done), &n);
        page_copy(to + done, piece, n);
        done += n;
    }
}

int64_t sys_seg_supply(handle_t handle, uint64_t offset, uint64_t buffer, uint64_t nbytes)
{
    struct seg *seg;
    paddr_t page;
    uint64_t nnew = 0;
    TRY(decode_seg(handle, RIGHT_SEG_WRITE, &seg));
    TRY(check_range(seg, offset, nbytes));
    if ((seg->flags & SEG_PAGED) == 0)
        return STATUS_BAD_ARGUMENT;
    if (nbytes > SEG_SUPPLY_BYTES_MAX)
        return STATUS_TOO_LARGE;
    TRY(user_check(UPTR(buffer), nbytes, ACCESS_READ));
    for (uint64_t done = 0; done < nbytes; done += PAGE_SIZE) {
        if (seg_has_page(seg, offset + done))
            continue;
        TRY(seg_page_new(seg, offset + done, &page));
        page_write(page, UPTR(buffer + done));
        seg_page_install(seg, offset + done, page);
        nnew += PAGE_SIZE;
    }
    return (int64_t)nnew;
}

enum direction {
    TO_USER,
    FROM_USER
};

static int64_t copy(struct seg *seg, uint64_t offset, uptr_t buffer, uint64_t nbytes,
                    enum direction direction)
{
    uint64_t size = seg->range.npages << PAGE_SHIFT;
    nbytes = min_u64(nbytes, COPY_BYTES_MAX);
    if (offset > size || nbytes > size - offset)
        return STATUS_BAD_ARGUMENT;
    TRY(user_check(buffer, nbytes, direction == TO_USER ? ACCESS_WRITE : ACCESS_READ));
    TRY(seg_prepare(seg, offset, offset + nbytes));
    for (uint64_t done = 0; done < nbytes;) {
        uint64_t n = nbytes - done;
        uint64_t room;
        void *user = user_piece(UPTR(buffer.v + done), &n);
        void *memory = seg_page(seg, offset + done, &room);
        n = min_u64(n, room);
        if (direction == TO_USER)
            page_copy(user, memory, n);
        else
            page_copy(memory, user, n);
        done += n;
    }
    return (int64_t)nbytes;
}

int64_t sys_seg_read(handle_t seg, uint64_t offset, uint64_t buffer, uint64_t nbytes)
{
    struct seg *target;
    TRY(decode_seg(seg, RIGHT_SEG_READ, &target));
    return copy(target, offset, UPTR(buffer), nbytes, TO_USER);
}

int64_t sys_seg_write(handle_t seg, uint64_t offset, uint64_t buffer, uint64_t nbytes)
{
    struct seg *target;
    TRY(decode_seg(seg, RIGHT_SEG_WRITE, &target));
    return copy(target, offset, UPTR(buffer), nbytes, FROM_USER);
}

int64_t sys_seg_discard(handle_t handle, uint64_t offset, uint64_t nbytes)
{
    struct seg *seg;
    TRY(decode_seg(handle, RIGHT_SEG_WRITE, &seg));
    TRY(check_range(seg, offset, nbytes));
    if (seg->borrowed)
        return STATUS_UNSUPPORTED;
    uint64_t end = offset + nbytes;
    sched_step_begin();
    while (offset < end) {
        offset = seg_discard_some(seg, offset, end);
        if (sched_step())
            return sched_again(
                (struct repeat){SYSCALL_seg_discard, {(uint64_t)handle, offset, end - offset}});
    }
    return STATUS_OK;
}

int64_t sys_seg_mark_consistent(handle_t handle)
{
    struct seg *seg;
    TRY(decode_seg(handle, RIGHT_SEG_WRITE, &seg));
    return lock_mark_consistent(seg);
}

int64_t sys_seg_info(handle_t seg, uint64_t info_out)
{
    struct seg *target;
    TRY(decode_seg(seg, RIGHT_INFO, &target));
    struct seg_info info = {
        .id = target->object.id,
        .base = target->range.base.v,
        .nbytes = target->nbytes,
        .extent = seg_extent(target),
        .page_bytes = level_bytes(target->page_level),
        .resident = seg_resident(target) << PAGE_SHIFT,
        .resident_2m = target->npages[1] * level_bytes(2),
        .resident_1g = target->npages[2] * level_bytes(3),
        .charged = target->charged << PAGE_SHIFT,
        .flags = target->flags,
        .nlinks = target->nlinks,
        .writer = target->lock.writer != NULL ? target->lock.writer->object.id : 0,
        .nreaders = target->lock.nreaders,
        .abandoned = target->lock.abandoned,
    };
    memcpy(info.name, target->object.name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}
