/*
 * Stands in a view and says what is mapped there by the kernel's account, for somebody who looks at
 * the machine from outside (tests/monitor): one line for each link of the VAS and of its home,
 *
 *     maps: BASE NBYTES RESIDENT ACCESS      (ACCESS as a number of abi/objects.h)
 *     maps: ready
 *
 * and then stays there for a while, without a call.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define FIRST (VAS_BASE + 5 * GIB)
#define STAY_NS 60000000000ULL

/* Segments of all kinds: what each is attached with, and how much of it is touched. */
static const struct {
    uint64_t nbytes, flags, access, touched;
} kinds[] = {
    {5 * PAGE_BYTES, SEG_EAGER, ACCESS_READ | ACCESS_WRITE, 0},
    {5 * PAGE_BYTES, SEG_EAGER, ACCESS_READ, 0},
    {5 * PAGE_BYTES, SEG_EAGER, ACCESS_READ | ACCESS_EXECUTE, 0},
    {9 * PAGE_BYTES, 0, ACCESS_READ | ACCESS_WRITE, 4 * PAGE_BYTES},
    {9 * PAGE_BYTES, 0, ACCESS_READ, 2 * PAGE_BYTES},
    {9 * PAGE_BYTES, 0, ACCESS_READ | ACCESS_WRITE, 0},
    {4 * MIB, SEG_PAGES_2M, ACCESS_READ | ACCESS_WRITE, 2 * MIB},
    {64 * MIB, SEG_SPARSE, ACCESS_READ, 3 * PAGE_BYTES},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void require(int64_t status, const char *what)
{
    if (status >= 0)
        return;
    printf("maps: %s: %" PRId64 "\n", what, status);
    exit(1);
}

static handle_t make_segments(handle_t vas, handle_t segs[KINDS])
{
    for (size_t i = 0; i < KINDS; i++) {
        segs[i] = seg_create("maps", FIRST + i * GIB, kinds[i].nbytes, kinds[i].flags);
        require(segs[i], "a segment");
        require(seg_attach(vas, segs[i], kinds[i].access), "a link");
    }
    return vas;
}

static void touch(void)
{
    for (size_t i = 0; i < KINDS; i++)
        for (uint64_t offset = 0; offset < kinds[i].touched; offset += PAGE_BYTES)
            (void)*(volatile uint64_t *)(FIRST + i * GIB + offset);
}

/* Takes a page out again, narrows one link, and has had one that is gone. */
static void take_away(handle_t vas, const handle_t segs[KINDS])
{
    require(seg_discard(segs[0], PAGE_BYTES, PAGE_BYTES), "a hole");
    require(seg_set_access(vas, segs[3], ACCESS_READ), "a narrowed link");
    require(seg_detach(vas, segs[2]), "a link that goes");
}

static void print_links(handle_t object)
{
    struct link_info info;
    for (uint64_t i = 0; sys_link_info(object, i, (uintptr_t)&info) == STATUS_OK; i++)
        printf("maps: 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " %u\n", info.base, info.nbytes,
               info.resident, info.access);
}

int main(void)
{
    handle_t segs[KINDS];
    handle_t vas = make_segments(vas_create("maps"), segs);
    handle_t view = vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE);
    require(view, "a view");
    require(vas_switch(view), "a switch");
    touch();
    take_away(vas, segs);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int turn = 0; turn < 2; turn++) { /* the first touches what printing needs */
        printf("maps: again\n");
        print_links(HANDLE_SELF);
        print_links(vas);
    }
    printf("maps: ready\n");
    uint64_t end = (uint64_t)sys_clock_read() + STAY_NS;
    while ((uint64_t)sys_clock_read() < end)
        for (volatile uint64_t i = 0; i < 1000000; i++)
            ;
    return 0;
}
