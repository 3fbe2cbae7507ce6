/* Pages that a program supplies. */
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/home.h>
#include <vasco/seg.h>
#include <vasco/thread.h>

#include "bench.h"

static handle_t endpoint, seg;

/* The pager: a thread that supplies one page for each fault. */
static void serve(void *argument)
{
    static char page[PAGE_BYTES];
    struct message m;
    (void)argument;
    int64_t status = endpoint_receive(endpoint, &m);
    while (status == STATUS_OK) {
        const struct fault_call *fault = fault_call_in(&m);
        seg_supply(seg, fault->offset & ~(uint64_t)(PAGE_BYTES - 1), page, PAGE_BYTES);
        fault_answer(&m, FAULT_RESUME);
        status = endpoint_reply_receive(endpoint, &m);
    }
}

/* One load from each page: the fault, the way to the pager and back, the copy. */
void bench_page_in(void)
{
    endpoint = must(endpoint_create("bench"), "create an endpoint");
    seg = must(seg_create("bench", HOME_FREE_BASE, (BENCH_SAMPLES + 100) * PAGE_BYTES, SEG_PAGED),
               "create a segment");
    must(seg_attach(HANDLE_SELF, seg, ACCESS_READ), "attach a segment");
    handle_t pager = must(thread_start(serve, NULL, PRIORITY_DEFAULT), "start a thread");
    must(fault_endpoint_set(0, endpoint), "set the endpoint");
    const volatile char *page = (const volatile char *)HOME_FREE_BASE;
    samples_begin();
    for (; samples_wanted(BENCH_SAMPLES); page += PAGE_BYTES) {
        uint64_t start = clock_tsc();
        (void)*page;
        samples_add(clock_tsc() - start, 1);
    }
    fault_endpoint_set(0, 0);
    object_destroy(endpoint);
    thread_join(pager);
    must(seg_detach(HANDLE_SELF, seg), "detach a segment");
    cap_delete(seg);
    cap_delete(endpoint);
    report("page_in", "{}", "");
}
