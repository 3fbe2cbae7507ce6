/*
 * The heap: segments of the home space, back to back, so that it is one range for malloc. It grows
 * and never shrinks: malloc counts on new memory being zero.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>
#include <vasco/home.h>
#include <vasco/seg.h>

/* What a segment with granules of 2 MiB can have at most. */
#define PIECE_BYTES_MAX (16 * (uintptr_t)HOME_GRANULE)

static uintptr_t heap_break = HOME_HEAP_BASE;
static uintptr_t heap_end = HOME_HEAP_BASE; /* of the segments so far */

/* Makes segments until the heap reaches `end`. */
static int64_t heap_grow(uintptr_t end)
{
    while (heap_end < end) {
        uintptr_t nbytes = (end - heap_end + HOME_GRANULE - 1) / HOME_GRANULE * HOME_GRANULE;
        if (nbytes > PIECE_BYTES_MAX)
            nbytes = PIECE_BYTES_MAX;
        int64_t status = seg_make_home("heap", heap_end, nbytes, ACCESS_READ | ACCESS_WRITE);
        if (status < 0)
            return status;
        heap_end += nbytes;
    }
    return STATUS_OK;
}

/* malloc calls this with its lock held. It is free that asks for less, and leaves errno as it
 * is. */
void *sbrk(ptrdiff_t increment)
{
    uintptr_t before = heap_break;
    if (increment < 0)
        return (void *)-1;
    if ((uintptr_t)increment > HOME_HEAP_END - before ||
        heap_grow(before + (uintptr_t)increment) < 0) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_break = before + (uintptr_t)increment;
    return (void *)before;
}
