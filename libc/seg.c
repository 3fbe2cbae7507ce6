/* Copying from and to segments of any length, and segments of the home space: see vasco/seg.h. */
#include <vasco/cap.h>
#include <vasco/seg.h>

/* What one call copies at most. */
#define PIECE_BYTES ((uint64_t)1 << 16)

typedef int64_t copy_call(handle_t seg, abi_u64 offset, abi_u64 buffer, abi_u64 nbytes);

static int64_t copy_all(copy_call *call, handle_t seg, uint64_t offset, uintptr_t buffer,
                        uint64_t nbytes)
{
    uint64_t done = 0;
    do {
        uint64_t piece = nbytes - done < PIECE_BYTES ? nbytes - done : PIECE_BYTES;
        int64_t copied = call(seg, offset + done, buffer + done, piece);
        if (copied < 0)
            return copied;
        done += (uint64_t)copied;
    } while (done < nbytes);
    return (int64_t)done;
}

int64_t seg_read(handle_t seg, uint64_t offset, void *buffer, uint64_t nbytes)
{
    return copy_all(sys_seg_read, seg, offset, (uintptr_t)buffer, nbytes);
}

int64_t seg_write(handle_t seg, uint64_t offset, const void *buffer, uint64_t nbytes)
{
    return copy_all(sys_seg_write, seg, offset, (uintptr_t)buffer, nbytes);
}

int64_t seg_supply(handle_t seg, uint64_t offset, const void *buffer, uint64_t nbytes)
{
    int64_t nnew = 0;
    uint64_t done = 0;
    do {
        uint64_t left = nbytes - done;
        uint64_t piece = left < SEG_SUPPLY_BYTES_MAX ? left : SEG_SUPPLY_BYTES_MAX;
        int64_t missed = sys_seg_supply(seg, offset + done, (uintptr_t)buffer + done, piece);
        if (missed < 0)
            return missed;
        nnew += missed;
        done += piece;
    } while (done < nbytes);
    return nnew;
}

int64_t seg_make_home(const char *name, uint64_t base, uint64_t nbytes, uint64_t access)
{
    handle_t seg = seg_create(name, base, nbytes, 0);
    if (seg < 0)
        return seg;
    int64_t status = seg_attach(HANDLE_SELF, seg, access);
    cap_delete(seg);
    return status;
}
