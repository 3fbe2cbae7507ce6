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
 * Invariants:
 *   S1  what is charged covers every page and table that the segment can ever have
 *   S2  each frame of the subtree names the segment as its owner
 *   S3  links counts and lists every space that points to the subtree
 */
#ifndef VASCO_OBJ_SEG_H
#define VASCO_OBJ_SEG_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "mem/pool.h"
#include "obj/work.h"

#define SEG_GRANULES_MAX 16

struct seg {
    struct object object;
    struct vrange range; /* what it maps: base, and its size rounded up to pages */
    uint64_t nbytes;     /* as asked for */
    uint32_t flags;      /* SEG_EAGER, ... */
    uint8_t link_level;
    uint8_t page_level; /* 1, 2 or 3: 4 KiB, 2 MiB or 1 GiB */
    bool borrowed;      /* its pages are not from the allocator (the archive) */
    uint32_t ngranules;
    uint32_t nlinks;
    uint64_t resident;  /* pages of page_level that are filled */
    uint64_t charged;   /* frames */
    uint64_t freed;     /* its memory up to this offset is gone */
    struct list links;  /* struct link, in_seg */
    struct list in_all; /* all segments, for diagnosis */
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

/* Unlinks it everywhere and gives its memory back. */
enum step seg_clear_some(struct seg *seg);

void seg_free(struct seg *seg);

/* The page that holds `offset` (< the mapped size), filled with zeroes if it was not there; returns
 * a pointer to the byte, and in *nbytes how many follow in the same page. Cannot fail (S1). */
void *seg_page(struct seg *seg, uint64_t offset, uint64_t *nbytes);

/* Copies between a segment and kernel memory; the range must lie within the segment. */
void seg_write(struct seg *seg, uint64_t offset, const void *from, uint64_t nbytes);

static inline uint64_t seg_extent(const struct seg *seg)
{
    return (uint64_t)seg->ngranules << (PAGE_SHIFT + 9 * (seg->link_level - 1));
}

static inline bool seg_contains(const struct seg *seg, vaddr_t va)
{
    return va.v - seg->range.base.v < seg->range.npages << PAGE_SHIFT;
}

/* Some segment that maps this address, for messages; null if there is none. Takes time. */
struct seg *seg_find_by_address(vaddr_t va);

#endif
