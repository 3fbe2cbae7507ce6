/*
 * floor 6: segments, the only memory that user code has.
 *
 * A segment has a fixed size and a fixed base. It owns the page tables below its link level, and a
 * space that attaches it points to them with at most 16 entries, whatever its size:
 *
 *   link level   granule   for segments up to   with pages of
 *   2 (PD)       2 MiB     32 MiB               4 KiB
 *   3 (PDPT)     1 GiB     16 GiB               4 KiB, 2 MiB
 *   4 (root)     512 GiB   8 TiB                4 KiB, 2 MiB, 1 GiB
 *
 *   space's table at the link level      segment's subtree, shared by all links
 *   +---------------------------+
 *   | entry: rights of the link | -----> tables[0] --> ... --> pages
 *   | entry: rights of the link | -----> tables[1] --> ...
 *   +---------------------------+
 *
 * Entries of the subtree allow everything; what a link allows stands in its linking entries.
 *
 * A place for a large page gets pages of the next smaller size where the machine has no block that
 * is large enough; so tables are charged as if all pages were of 4 KiB.
 *
 * Invariants:
 *   S1  what is charged covers every page and table that the segment can ever have; of a sparse
 *       one, those that it has
 *   S2  each frame of the subtree names the segment as its owner
 *   S3  links counts and lists every space that points to the subtree
 */
#ifndef VASCO_OBJ_SEG_H
#define VASCO_OBJ_SEG_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "mem/pool.h"
#include "obj/lock.h"
#include "obj/work.h"

#define SEG_GRANULES_MAX 16

struct seg {
    struct object object;
    struct vrange range; /* what it maps: base, and its size rounded up to pages */
    uint64_t nbytes;     /* as asked for */
    uint32_t flags;      /* SEG_EAGER, ... */
    uint8_t link_level;
    uint8_t page_level; /* of its largest pages, 1, 2 or 3: 4 KiB, 2 MiB or 1 GiB */
    bool borrowed;      /* its pages are not from the allocator (the archive) */
    bool unsettled; /* it was linked, and a switch may remember its tables (mmu_await_switches) */
    uint32_t ngranules;
    uint32_t nfirst; /* of these, those whose linking entries lie in the first one's table */
    uint32_t nlinks;
    uint64_t npages[3];        /* that are filled, by level - 1 */
    uint64_t charged;          /* frames */
    uint64_t freed;            /* its memory up to this offset is gone */
    struct list links;         /* struct link, in_seg */
    struct list in_all;        /* all segments, for diagnosis */
    struct list in_chosen;     /* obj/seg_base.c */
    struct seg_lock lock;      /* of a lockable one */
    struct list futex_waiters; /* struct thread, futex.in_seg */
    paddr_t tables[SEG_GRANULES_MAX];
};

struct seg_spec {
    struct name name;
    uint64_t base; /* 0: choose one */
    uint64_t nbytes;
    uint64_t flags;
};

void seg_init(void);

/* A segment without references. On failure nothing has changed. */
status_t must_check seg_create(struct pool *pool, struct seg_spec spec, struct seg **out);

/* A segment whose pages are memory that is already there, and stays when the segment goes. */
status_t must_check seg_create_borrowed(struct pool *pool, struct seg_spec spec, paddr_t memory,
                                        struct seg **out);

/* Wakes those whose turn it is to lock it. If it ends: wakes who waits at its futexes, unlinks
 * it everywhere and gives its memory back. */
enum step seg_clear_some(struct seg *seg);

void seg_free(struct seg *seg);

/* Fills the page that holds `offset` (< the mapped size) with zeroes if it is not there, also of a
 * paged segment. Only a sparse one can fail: its pool has no memory left. */
status_t must_check seg_fill(struct seg *seg, uint64_t offset);

/* One step of filling the pages from *offset to `end`; moves *offset on. */
status_t must_check seg_fill_some(struct seg *seg, uint64_t *offset, uint64_t end);

/* The same for all pages from `offset` to `end`. After a failure some have been filled. */
status_t must_check seg_fill_range(struct seg *seg, uint64_t offset, uint64_t end);

bool seg_has_page(const struct seg *seg, uint64_t offset);

/*
 * A page of a paged segment is supplied in two steps, so that nobody sees it before its content:
 * seg_page_new makes one for the place at `offset`, where one is missing; the caller writes all of
 * it; seg_page_install shows it to everybody. NO_MEMORY: only of a sparse segment.
 */
status_t must_check seg_page_new(struct seg *seg, uint64_t offset, paddr_t *page);
void seg_page_install(struct seg *seg, uint64_t offset, paddr_t page);

/* Sees to it that seg_page succeeds for all pages from `offset` to `end`. NO_MEMORY of a sparse
 * segment, of which some have been filled; BAD_ADDRESS of a paged one: some are missing. */
status_t must_check seg_prepare_slowly(struct seg *seg, uint64_t offset, uint64_t end);

static inline status_t must_check seg_prepare(struct seg *seg, uint64_t offset, uint64_t end)
{
    if (likely((seg->flags & (SEG_SPARSE | SEG_PAGED)) == 0))
        return STATUS_OK;
    return seg_prepare_slowly(seg, offset, end);
}

/* A pointer to the byte at `offset`, and in *nbytes how many follow in its page, which is filled if
 * it is not there; null if that fails, or is not the kernel's to do. */
void *seg_page(struct seg *seg, uint64_t offset, uint64_t *nbytes);

/* One step of emptying the pages from `offset` to `end`, both on borders of 4 KiB: they read as
 * zeroes then, in every space. Returns where to go on. */
uint64_t seg_discard_some(struct seg *seg, uint64_t offset, uint64_t end);

/* Copies between a segment and kernel memory; the range must lie within the segment. */
void seg_write(struct seg *seg, uint64_t offset, const void *from, uint64_t nbytes);

static inline uint64_t seg_extent(const struct seg *seg)
{
    return (uint64_t)seg->ngranules << (PAGE_SHIFT + 9 * (seg->link_level - 1));
}

/* Frames of memory that it has, without its tables. */
static inline uint64_t seg_resident(const struct seg *seg)
{
    return seg->npages[0] + (seg->npages[1] << 9) + (seg->npages[2] << 18);
}

static inline bool seg_contains(const struct seg *seg, vaddr_t va)
{
    return va.v - seg->range.base.v < seg->range.npages << PAGE_SHIFT;
}

/* Some segment that maps this address, for messages; null if there is none. Takes time. */
struct seg *seg_find_by_address(vaddr_t va);

#endif
