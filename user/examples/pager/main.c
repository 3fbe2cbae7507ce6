/*
 * Memory that is made when it is touched. The kernel fills no page of a paged segment; the first
 * touch of one is a fault, which goes as a message to an endpoint. Whoever receives there supplies
 * the page, and the thread goes on as if it had been there. Here the pager is a thread of the same
 * program; it could be any process that was given the endpoint (user/textpager).
 *
 * It prints:
 *
 *     the squares of 1000 and 1001 are 1000000 and 1002001
 *     the square of 250000 is 62500000000
 *     the pager has made 2 pages of 512
 */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/must.h>
#include <vasco/seg.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#define SEG_BYTES ((uint64_t)2 << 20)
#define PER_PAGE (PAGE_BYTES / sizeof(uint64_t))

/* squares[n] is n * n, for each n that somebody asks for. */
static const volatile uint64_t *const squares = (uint64_t *)0x10000000000;

static handle_t endpoint, seg;
static unsigned npages;

/* Makes the page in which a fault happened. */
static enum fault_answer make_page(const struct fault_call *fault)
{
    uint64_t page[PER_PAGE];
    uint64_t first = fault->offset / PAGE_BYTES * PER_PAGE;
    if (fault->kind != FAULT_MISSING)
        return FAULT_DECLINE; /* a mistake of the program's: not ours to mend */
    for (uint64_t i = 0; i < PER_PAGE; i++)
        page[i] = (first + i) * (first + i);
    if (seg_supply(seg, first * sizeof(uint64_t), page, PAGE_BYTES) < 0)
        return FAULT_DECLINE;
    npages++;
    return FAULT_RESUME;
}

static void pager(void *unused)
{
    struct message m;
    (void)unused;
    int64_t status = endpoint_receive(endpoint, &m);
    while (status == STATUS_OK) { /* until the endpoint is destroyed */
        const struct fault_call *fault = fault_call_in(&m);
        fault_answer(&m, fault != NULL ? make_page(fault) : FAULT_DECLINE);
        status = endpoint_reply_receive(endpoint, &m);
    }
}

int main(void)
{
    endpoint = must(endpoint_create("squares"), "make an endpoint");
    seg = must(seg_create("squares", (uint64_t)squares, SEG_BYTES, SEG_PAGED), "make a segment");
    handle_t thread = must(thread_start(pager, NULL, PRIORITY_DEFAULT), "start the pager");
    handle_t vas = must(vas_create("squares"), "make a VAS");
    must(seg_attach(vas, seg, ACCESS_READ), "attach the segment");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach the VAS");

    must(fault_endpoint_set(0, endpoint), "have faults go to the pager"); /* 0: of this thread */
    must(vas_switch(view), "switch");
    printf("the squares of 1000 and 1001 are %" PRIu64 " and %" PRIu64 "\n", squares[1000],
           squares[1001]);
    printf("the square of 250000 is %" PRIu64 "\n", squares[250000]);
    must(vas_switch(HANDLE_HOME), "switch");

    must(object_destroy(endpoint), "destroy the endpoint");
    must(thread_join(thread), "wait for the pager");
    printf("the pager has made %u pages of %u\n", npages, (unsigned)(SEG_BYTES / PAGE_BYTES));
    return 0;
}
