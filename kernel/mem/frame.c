/*
 * The frame allocator: frame.h tells what it promises.
 *
 *   group (1 GiB)   counts its whole blocks
 *     block (2 MiB) counts its free frames, and keeps those that were freed on a list of its own;
 *                   frames from `fresh` on have not been given out since the block was last whole,
 *                   so that a block is opened, and made whole again, without touching its records
 *       frame       one record
 *
 * Frames are given out from the partial blocks first, which keeps whole blocks whole.
 */
#include "mem/frame.h"

#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "base/list.h"

#define BLOCK_FRAMES 512
#define GROUP_BLOCKS 512

struct block {
    struct list node; /* in `whole` or `partial`, or in neither */
    uint32_t freed;   /* list of frames through their records */
    uint16_t nfree;
    uint16_t fresh;
};

struct frame *frame_records;
uint64_t frame_records_count; /* a multiple of a block's */

static struct {
    struct block *blocks;
    uint32_t *groups; /* whole blocks in each */
    uint64_t ngroups;
    uint64_t total;
    uint64_t free;
    struct list whole;
    struct list partial;
} memory;

static uint64_t groups_below(paddr_t end)
{
    return (end.v + GIB - 1) / GIB;
}

uint64_t frame_records_bytes(paddr_t end)
{
    uint64_t ngroups = groups_below(end);
    return ngroups * (sizeof(uint32_t) +
                      GROUP_BLOCKS * (sizeof(struct block) + BLOCK_FRAMES * sizeof(struct frame)));
}

void frame_init(void *records, paddr_t end)
{
    uint64_t ngroups = groups_below(end);
    uint64_t nblocks = ngroups * GROUP_BLOCKS;
    page_zero(records, align_down(frame_records_bytes(end), sizeof(uint64_t)));
    frame_records = records;
    frame_records_count = nblocks * BLOCK_FRAMES;
    memory.blocks = (struct block *)(frame_records + frame_records_count);
    memory.groups = (uint32_t *)(memory.blocks + nblocks);
    memory.groups[ngroups - 1] = 0;
    memory.ngroups = ngroups;
    memory.total = 0;
    memory.free = 0;
    list_init(&memory.whole);
    list_init(&memory.partial);
    for (uint64_t i = 0; i < nblocks; i++) {
        list_init(&memory.blocks[i].node);
        memory.blocks[i].freed = FRAME_END;
        memory.blocks[i].fresh = BLOCK_FRAMES;
    }
}

static uint32_t frame_number(const struct frame *f)
{
    return (uint32_t)(f - frame_records);
}

static struct block *block_of(uint32_t number)
{
    return &memory.blocks[number / BLOCK_FRAMES];
}

static uint32_t block_first_frame(const struct block *b)
{
    return (uint32_t)(b - memory.blocks) * BLOCK_FRAMES;
}

static uint32_t *group_of(const struct block *b)
{
    return &memory.groups[(b - memory.blocks) / GROUP_BLOCKS];
}

/* All frames of the block have become free: forget their list. */
static void block_make_whole(struct block *b)
{
    b->freed = FRAME_END;
    b->fresh = 0;
    b->nfree = BLOCK_FRAMES;
    list_remove(&b->node);
    list_push_front(&memory.whole, &b->node);
    (*group_of(b))++;
}

static void block_put(struct block *b, uint32_t number)
{
    struct frame *f = &frame_records[number];
    f->owner = NULL;
    f->kind = FRAME_FREE;
    f->order = FRAME_4K;
    f->count = 0;
    f->next = b->freed;
    b->freed = number;
    b->nfree++;
    memory.free++;
    if (b->nfree == BLOCK_FRAMES)
        block_make_whole(b);
    else if (b->nfree == 1)
        list_push_front(&memory.partial, &b->node);
}

void frame_add_range(paddr_t base, uint64_t npages)
{
    ASSERT(is_aligned(base.v, PAGE_SIZE));
    uint64_t first = base.v / PAGE_SIZE;
    ASSERT(first + npages <= frame_records_count);
    for (uint64_t i = first; i < first + npages; i++) {
        ASSERT(frame_records[i].kind == FRAME_NONE);
        block_put(block_of((uint32_t)i), (uint32_t)i);
    }
    memory.total += npages;
}

/* A partial block, opening a whole one if there is none. */
static struct block *block_to_take_from(void)
{
    if (!list_is_empty(&memory.partial))
        return list_item(list_first(&memory.partial), struct block, node);
    if (list_is_empty(&memory.whole))
        return NULL;
    struct block *b = list_item(list_first(&memory.whole), struct block, node);
    list_remove(&b->node);
    list_push_front(&memory.partial, &b->node);
    (*group_of(b))--;
    return b;
}

static struct frame *take_4k(void)
{
    struct block *b = block_to_take_from();
    if (b == NULL)
        return NULL;
    uint32_t number = b->freed;
    if (number != FRAME_END)
        b->freed = frame_records[number].next;
    else
        number = block_first_frame(b) + b->fresh++;
    if (--b->nfree == 0)
        list_remove(&b->node);
    memory.free--;
    return &frame_records[number];
}

/* Takes a whole block off its list; its frames are then on no list at all. */
static void block_claim(struct block *b)
{
    list_remove(&b->node);
    (*group_of(b))--;
    b->nfree = 0;
    b->fresh = BLOCK_FRAMES;
    memory.free -= BLOCK_FRAMES;
}

static struct frame *take_2m(void)
{
    if (list_is_empty(&memory.whole))
        return NULL;
    struct block *b = list_item(list_first(&memory.whole), struct block, node);
    block_claim(b);
    return &frame_records[block_first_frame(b)];
}

static struct frame *take_1g(void)
{
    for (uint64_t g = 0; g < memory.ngroups; g++) {
        if (memory.groups[g] != GROUP_BLOCKS)
            continue;
        struct block *first = &memory.blocks[g * GROUP_BLOCKS];
        for (struct block *b = first; b < first + GROUP_BLOCKS; b++)
            block_claim(b);
        return &frame_records[block_first_frame(first)];
    }
    return NULL;
}

static struct frame *take(enum frame_order order)
{
    switch (order) {
    case FRAME_4K:
        return take_4k();
    case FRAME_2M:
        return take_2m();
    case FRAME_1G:
        return take_1g();
    }
    return NULL;
}

status_t frame_alloc(enum frame_order order, enum frame_kind kind, void *owner, paddr_t *out)
{
    struct frame *f = take(order);
    if (f == NULL)
        return STATUS_NO_MEMORY;
    f->owner = owner;
    f->next = FRAME_END;
    f->count = 0;
    f->kind = (uint8_t)kind;
    f->order = (uint8_t)order;
    *out = frame_paddr(f);
    return STATUS_OK;
}

status_t frame_alloc_zeroed(enum frame_order order, enum frame_kind kind, void *owner, paddr_t *out)
{
    TRY(frame_alloc(order, kind, owner, out));
    page_zero(paddr_to_ptr(*out), PAGE_SIZE << order);
    return STATUS_OK;
}

paddr_t frame_take(enum frame_kind kind, void *owner)
{
    paddr_t pa;
    status_t status = frame_alloc_zeroed(FRAME_4K, kind, owner, &pa);
    ASSERT(status == STATUS_OK);
    return pa;
}

static void block_release(struct block *b)
{
    ASSERT(b->nfree == 0);
    struct frame *f = &frame_records[block_first_frame(b)];
    f->owner = NULL;
    f->kind = FRAME_FREE;
    f->order = FRAME_4K;
    memory.free += BLOCK_FRAMES;
    block_make_whole(b);
}

void frame_free(paddr_t pa)
{
    struct frame *f = frame_of(pa);
    ASSERT(f != NULL && f->kind > FRAME_KERNEL);
    struct block *first = block_of(frame_number(f));
    switch ((enum frame_order)f->order) {
    case FRAME_4K:
        block_put(first, frame_number(f));
        return;
    case FRAME_2M:
        block_release(first);
        return;
    case FRAME_1G:
        for (struct block *b = first; b < first + GROUP_BLOCKS; b++)
            block_release(b);
        return;
    }
    panic("frame 0x%lx has no order", pa.v);
}

uint64_t frame_count_total(void)
{
    return memory.total;
}

uint64_t frame_count_free(void)
{
    return memory.free;
}

static uint64_t check_block(const struct block *b)
{
    uint64_t listed = 0;
    for (uint32_t n = b->freed; n != FRAME_END; n = frame_records[n].next) {
        ASSERT(block_of(n) == b && frame_records[n].kind == FRAME_FREE);
        ASSERT(++listed <= BLOCK_FRAMES);
    }
    ASSERT(b->nfree == listed + (uint64_t)(BLOCK_FRAMES - b->fresh));
    ASSERT((b->nfree == 0) == list_is_empty(&b->node));
    return b->nfree;
}

void frame_check(void)
{
    uint64_t nfree = 0;
    for (uint64_t g = 0; g < memory.ngroups; g++) {
        uint32_t whole = 0;
        const struct block *first = &memory.blocks[g * GROUP_BLOCKS];
        for (const struct block *b = first; b < first + GROUP_BLOCKS; b++) {
            nfree += check_block(b);
            whole += b->nfree == BLOCK_FRAMES;
        }
        ASSERT(whole == memory.groups[g]);
    }
    ASSERT(nfree == memory.free && memory.free <= memory.total);
}
