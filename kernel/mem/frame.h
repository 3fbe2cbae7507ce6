/*
 * floor 3: the frames of physical memory.
 *
 * Owns one record for every 4 KiB frame below the end of memory, and gives out frames of 4 KiB and
 * blocks of 2 MiB and 1 GiB. Every operation on a 4 KiB frame or a 2 MiB block takes constant time.
 *
 * Invariants:
 *   F1  a frame is free, or has exactly one owner, which its record names
 *   F2  a 2 MiB block counts its free frames; with all 512 free it is on the list of whole blocks,
 *       with some it is on the list of partial ones, with none on neither
 *   F3  free frames = the sum of the blocks' counts
 */
#ifndef VASCO_MEM_FRAME_H
#define VASCO_MEM_FRAME_H

#include "base/status.h"
#include "base/types.h"

enum frame_kind {
    FRAME_NONE, /* not memory that the kernel may use */
    FRAME_FREE,
    FRAME_KERNEL,      /* the kernel's image and what boot made; never freed */
    FRAME_OBJECTS,     /* a slab of kernel objects; owner: struct pool */
    FRAME_CAPS,        /* slots or directory of a capability table; owner: struct cap_table */
    FRAME_THREAD,      /* a thread; owner: struct thread */
    FRAME_ROOT,        /* the root table of a view; owner: struct view */
    FRAME_SPACE_TABLE, /* a page table above the link level; owner: struct space */
    FRAME_SEG_TABLE,   /* a page table at or below it; owner: struct seg */
    FRAME_SEG_PAGE,    /* memory of a segment; owner: struct seg. First frame of a large page */
    FRAME_TRACE,       /* of a CPU's ring of events; owner: struct cpu */
};

enum frame_order {
    FRAME_4K = 0,
    FRAME_2M = 9,
    FRAME_1G = 18,
};

/* The record of a frame. For a block the record of its first frame speaks for all. */
struct frame {
    void *owner;
    uint32_t next;  /* number of the next frame in a list; FRAME_END ends it */
    uint16_t count; /* present entries, in tables */
    uint8_t kind;   /* enum frame_kind */
    uint8_t order;  /* enum frame_order */
};
_Static_assert(sizeof(struct frame) == 16, "one quarter of a cache line for each 4 KiB");

#define FRAME_END UINT32_MAX

/* --- boot --- */

/* Memory that the records of all frames below `end` take, in bytes. */
uint64_t frame_records_bytes(paddr_t end);

/* Starts with no memory at all. `records` is that much memory, in the physical window. */
void frame_init(void *records, paddr_t end);

/* Adds free memory. Each frame is added at most once. */
void frame_add_range(paddr_t base, uint64_t npages);

/* --- allocation --- */

/* One frame or block, contents unknown. What is allocated has been charged to a pool before, so a
 * 4 KiB frame cannot run out for who charged; larger blocks can, by fragmentation. */
status_t must_check frame_alloc(enum frame_order order, enum frame_kind kind, void *owner,
                                paddr_t *out);

/* The same, filled with zeroes. */
status_t must_check frame_alloc_zeroed(enum frame_order order, enum frame_kind kind, void *owner,
                                       paddr_t *out);

/* A zeroed 4 KiB frame that a charge has promised: it cannot fail. */
paddr_t frame_take(enum frame_kind kind, void *owner);

/* Frees a frame or a block, by its first frame. */
void frame_free(paddr_t pa);

/* --- records --- */

/* All records, by number; frame.c's, and read only through the functions below. */
extern struct frame *frame_records;
extern uint64_t frame_records_count;

/* The record of the frame that holds pa; null outside memory. */
static inline struct frame *frame_of(paddr_t pa)
{
    uint64_t number = pa.v / PAGE_SIZE;
    return likely(number < frame_records_count) ? &frame_records[number] : NULL;
}

/* The same for what is memory for sure, such as a page table. */
static inline struct frame *frame_of_memory(paddr_t pa)
{
    return &frame_records[pa.v / PAGE_SIZE];
}

static inline paddr_t frame_paddr(const struct frame *f)
{
    return PADDR((uint64_t)(f - frame_records) * PAGE_SIZE);
}

uint64_t frame_count_total(void);
uint64_t frame_count_free(void);

/* Checks F1 to F3 over all memory; panics if one is broken. For tests: takes time. */
void frame_check(void);

#endif
