/*
 * Types that every floor uses.
 *
 * An address is a one-member structure, so that a physical address, a kernel virtual address and an
 * address that user code claims cannot be mixed up; the machine code is the same as for an integer.
 */
#ifndef VASCO_BASE_TYPES_H
#define VASCO_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/types.h"

typedef struct {
    uint64_t v;
} paddr_t; /* physical address */
typedef struct {
    uint64_t v;
} vaddr_t; /* virtual address, user's or kernel's, that the kernel has checked */
typedef struct {
    uint64_t v;
} uptr_t; /* an address that user code claims: nothing is known of it yet */
typedef struct {
    uint32_t v;
} cpu_id_t;

_Static_assert(sizeof(paddr_t) == 8 && sizeof(vaddr_t) == 8 && sizeof(uptr_t) == 8, "same as u64");

#define PADDR(x) ((paddr_t){(x)})
#define VADDR(x) ((vaddr_t){(x)})
#define UPTR(x) ((uptr_t){(x)})

#define PAGE_SHIFT 12
#define PAGE_SIZE ((uint64_t)1 << PAGE_SHIFT)
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* A range of virtual addresses; npages counts 4 KiB pages. */
struct vrange {
    vaddr_t base;
    uint64_t npages;
};

/* A name for messages: at most 16 bytes, zero-padded, printable (name_from_words sees to that). */
struct name {
    char text[NAME_BYTES];
};

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define array_count(a) (sizeof(a) / sizeof((a)[0]))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A function that is kept out of the way of its callers' common case. */
#define rarely __attribute__((noinline, cold))

/* A piece of a path on which every instruction counts. */
#define inlined inline __attribute__((always_inline))

static inline uint64_t align_up(uint64_t x, uint64_t alignment)
{
    return (x + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t align_down(uint64_t x, uint64_t alignment)
{
    return x & ~(alignment - 1);
}

static inline bool is_aligned(uint64_t x, uint64_t alignment)
{
    return (x & (alignment - 1)) == 0;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t vrange_end(struct vrange r)
{
    return r.base.v + (r.npages << PAGE_SHIFT);
}

#endif
