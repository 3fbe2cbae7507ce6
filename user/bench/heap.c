/* The heap in a segment beside the C library's, on the same trace. */
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/seg.h>
#include <vasco/segheap.h>
#include <vasco/vas.h>

#include "bench.h"

#define PIECES 512
#define BATCH 64
#define HEAP_BYTES ((uint64_t)16 << 20)

static struct segheap *heap;

static void *alloc_in_segment(size_t nbytes)
{
    return segheap_alloc(heap, nbytes);
}

static void free_in_segment(void *piece)
{
    segheap_free(heap, piece);
}

/* Pieces of 1 to 1024 bytes come and go, at random but always the same; a sample is the mean of
 * some operations, each an allocation or a freeing. */
static void run_trace(void *alloc(size_t), void release(void *), const char *params,
                      const char *detail)
{
    static void *pieces[PIECES];
    uint32_t random = 1;
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        for (int i = 0; i < BATCH; i++) {
            random = random * 1664525 + 1013904223;
            void **piece = &pieces[random >> 23];
            if (*piece != NULL) {
                release(*piece);
                *piece = NULL;
            } else {
                *piece = alloc((random >> 8 & 1023) + 1);
            }
        }
        samples_add(clock_tsc() - start, BATCH);
    }
    for (int i = 0; i < PIECES; i++) {
        release(pieces[i]);
        pieces[i] = NULL;
    }
    report("heap_operation", params, detail);
}

void bench_heap_operation(void)
{
    struct seg_info info;
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t seg = must(seg_create("bench", 0, HEAP_BYTES, SEG_EAGER), "create a segment");
    must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    must(seg_info(seg, &info), "ask about a segment");
    must(vas_switch(view), "switch into the VAS");
    heap = segheap_create((void *)info.base, HEAP_BYTES);
    if (heap != NULL)
        run_trace(alloc_in_segment, free_in_segment, "{\"heap\":\"segheap\"}", ", segheap");
    must(vas_switch(HANDLE_HOME), "switch home");
    run_trace(malloc, free, "{\"heap\":\"malloc\"}", ", malloc");
    must(vas_detach(view), "detach the VAS");
    cap_delete(seg);
    cap_delete(vas);
}
