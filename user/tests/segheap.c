/* The heap in a segment: pieces, roots, and threads that use it at once and end at any moment. */
#include <vasco/segheap.h>

#include <string.h>
#include <vasco/seg.h>

#include "kit.h"
#include "test.h"
#include "worker.h"

#define HEAP_BYTES (4 * MIB)

/* A segment in a VAS, this thread in a view of it, and a heap that fills it. */
struct stage {
    handle_t vas, seg, view;
    void *base;
    struct segheap *heap;
};

static bool stage_make(struct stage *s)
{
    s->vas = kit_vas();
    s->seg = kit_seg_in(s->vas, PLACE_A, 0);
    check_eq(sys_seg_detach(s->vas, s->seg), STATUS_OK);
    kit_drop(s->seg);
    s->seg = kit_seg_at(PLACE_A, HEAP_BYTES);
    check_eq(sys_seg_attach(s->vas, s->seg, ACCESS_DATA), STATUS_OK);
    s->view = kit_view(s->vas, ACCESS_DATA);
    s->base = (void *)PLACE_A;
    if (!check(sys_vas_switch(s->view) == STATUS_OK))
        return false;
    s->heap = segheap_create(s->base, HEAP_BYTES);
    return check(s->heap != NULL);
}

static void stage_end(struct stage *s)
{
    check_eq(segheap_check(s->heap), STATUS_OK);
    check_eq(sys_vas_detach(s->view), STATUS_OK);
    kit_drop_all(s->vas, s->seg);
}

void test_segheap_is_found_where_it_was_made(void)
{
    struct stage s;
    require(stage_make(&s));
    check(segheap_open(s.base) == s.heap);
    check(segheap_open((char *)s.base + 65536) == NULL);
    check(segheap_create((char *)s.base + 4096, MIB) == NULL);
    check(segheap_create((char *)s.base + MIB, 65536) == NULL);
    check(segheap_root(s.heap, "list") == NULL);
    check_eq(segheap_set_root(s.heap, "list", s.base), STATUS_OK);
    check_eq(segheap_set_root(s.heap, "a name of 24 bytes or more", s.base), STATUS_TOO_LARGE);
    for (int i = 1; i < SEGHEAP_ROOTS; i++) {
        char name[2] = {(char)('A' + i), 0};
        check_eq(segheap_set_root(s.heap, name, &s), STATUS_OK);
    }
    check_eq(segheap_set_root(s.heap, "one more", s.base), STATUS_NO_SLOT);
    check_eq(segheap_set_root(s.heap, "list", &s), STATUS_OK);
    check(segheap_root(segheap_open(s.base), "list") == &s);
    stage_end(&s);
}

/* Sizes around the borders of classes, chunks and runs. */
static const size_t sizes[] = {0,    1,    15,   16,    17,    64,    65,    80,     81,    1000,
                               4096, 8192, 8193, 16384, 16385, 65536, 65537, 200000, 131072};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

void test_segheap_pieces_are_large_enough_aligned_and_apart(void)
{
    struct stage s;
    unsigned char *pieces[3 * SIZES];
    require(stage_make(&s));
    for (size_t i = 0; i < 3 * SIZES; i++) {
        pieces[i] = segheap_alloc(s.heap, sizes[i % SIZES]);
        require(pieces[i] != NULL);
        check_eq((uintptr_t)pieces[i] % SEGHEAP_ALIGN, 0);
        check(segheap_size(s.heap, pieces[i]) >= sizes[i % SIZES]);
        memset(pieces[i], (int)i + 1, segheap_size(s.heap, pieces[i]));
    }
    for (size_t i = 0; i < 3 * SIZES; i++) {
        size_t n = segheap_size(s.heap, pieces[i]);
        check_eq(pieces[i][0], i + 1);
        check_eq(pieces[i][n - 1], i + 1);
        check_eq(memcmp(pieces[i], pieces[i] + 1, n - 1), 0);
    }
    for (size_t i = 0; i < 3 * SIZES; i++)
        segheap_free(s.heap, pieces[(i * 7) % (3 * SIZES)]);
    check_eq(segheap_used(s.heap), 0);
    stage_end(&s);
}

void test_segheap_realloc_keeps_what_was_written(void)
{
    struct stage s;
    require(stage_make(&s));
    unsigned char *piece = segheap_realloc(s.heap, NULL, 1);
    size_t had = 1;
    for (size_t i = 0; i < 200; i++) {
        size_t n = 1 + (i * 7919) % 100000;
        memset(piece, (int)i, had);
        piece = segheap_realloc(s.heap, piece, n);
        require(piece != NULL);
        for (size_t j = 0; j < n && j < had; j += 97)
            check_eq(piece[j], i & 0xff);
        had = n;
    }
    check(segheap_realloc(s.heap, piece, HEAP_BYTES) == NULL);
    check_eq(piece[0], 199);
    segheap_free(s.heap, piece);
    check_eq(segheap_used(s.heap), 0);
    for (size_t align = 1; align <= 65536; align *= 2) {
        char *aligned = segheap_alloc_aligned(s.heap, align, 100);
        check(aligned != NULL);
        check_eq((uintptr_t)aligned % align, 0);
        check(segheap_size(s.heap, aligned) >= 100);
        segheap_free(s.heap, aligned);
    }
    check(segheap_alloc_aligned(s.heap, 131072, 1) == NULL);
    check_eq(segheap_used(s.heap), 0);
    stage_end(&s);
}

/* Filled with one size, emptied, filled with another: nothing stays behind. */
void test_segheap_filled_and_emptied_is_as_new(void)
{
    struct stage s;
    require(stage_make(&s));
    for (size_t i = 0; i < SIZES; i++) {
        void *list = NULL;
        size_t n = 0, size = sizes[i] < sizeof(void *) ? sizeof(void *) : sizes[i];
        for (void **piece; (piece = segheap_alloc(s.heap, size)) != NULL; n++) {
            *piece = list;
            list = piece;
        }
        check(n * size > HEAP_BYTES / 2 - 200000);
        while (list != NULL) {
            void *next = *(void **)list;
            segheap_free(s.heap, list);
            segheap_free(s.heap, list); /* twice is once */
            list = next;
        }
        check_eq(segheap_used(s.heap), 0);
        check_eq(segheap_check(s.heap), STATUS_OK);
    }
    segheap_free(s.heap, NULL);
    segheap_free(s.heap, &s);
    segheap_free(s.heap, s.base);
    stage_end(&s);
}

/* Allocates until there is no more. Returns how much that is. */
static size_t fill_heap(struct segheap *heap, size_t nbytes)
{
    size_t n = 0;
    while (segheap_alloc(heap, nbytes) != NULL)
        n += nbytes;
    return n;
}

void test_segheap_grows_where_it_was_made_for_it(void)
{
    struct stage s;
    require(stage_make(&s));
    check_eq(seg_discard(s.seg, 0, HEAP_BYTES), STATUS_OK);
    check(segheap_create_growing(s.base, 131072, 65536) == NULL);
    check(segheap_create_growing(s.base, 65536, HEAP_BYTES) == NULL);
    s.heap = segheap_create_growing(s.base, MIB, HEAP_BYTES);
    require(s.heap != NULL);
    check_eq(segheap_bytes(s.heap), MIB);
    size_t first = fill_heap(s.heap, 4096);
    check(first > MIB / 2 && first < MIB);
    check(kit_seg_info(s.seg).resident <= MIB);
    check_eq(segheap_extend(s.heap, MIB / 2), STATUS_OK);
    check_eq(segheap_bytes(s.heap), MIB);
    check_eq(segheap_extend(s.heap, HEAP_BYTES + 65536), STATUS_TOO_LARGE);
    check(segheap_alloc(s.heap, 4096) == NULL);
    check_eq(segheap_extend(s.heap, HEAP_BYTES), STATUS_OK);
    check_eq(segheap_bytes(s.heap), HEAP_BYTES);
    check(segheap_alloc(s.heap, 2 * MIB) != NULL);
    check(fill_heap(s.heap, 4096) < MIB);
    check(segheap_open(s.base) == s.heap);
    stage_end(&s);
}

/* What is allocated stays, of whatever kind it is; that what is half taken does not is seen by
 * test_kv_is_whole_behind_any_instruction. */
void test_segheap_recover_leaves_what_is_allocated(void)
{
    struct stage s;
    require(stage_make(&s));
    unsigned char *small = segheap_alloc(s.heap, 100), *large = segheap_alloc(s.heap, 200000);
    require(small != NULL && large != NULL);
    size_t used = segheap_used(s.heap), rest = segheap_size(s.heap, large + 150000);
    memset(large, 7, 200000);
    segheap_recover(s.heap);
    check_eq(segheap_used(s.heap), used);
    check_eq(segheap_size(s.heap, large + 150000), rest);
    check_eq(segheap_check(s.heap), STATUS_OK);
    for (unsigned char *other; (other = segheap_alloc(s.heap, 65536)) != NULL;)
        memset(other, 9, 65536);
    check_eq(large[0] + large[100000] + large[199999], 21);
    check(segheap_size(s.heap, small) >= 100);
    stage_end(&s);
}

void test_segheap_check_finds_what_was_overwritten(void)
{
    struct stage s;
    require(stage_make(&s));
    unsigned char *piece = segheap_alloc(s.heap, 100);
    uint64_t *chunk = (uint64_t *)((uintptr_t)piece & ~(uintptr_t)65535);
    for (int i = 0; i < 2; i++) { /* the words that head a slab */
        uint64_t was = chunk[i];
        chunk[i] ^= (uint64_t)0xff << (i == 0 ? 0 : 8);
        check_eq(segheap_check(s.heap), i == 0 ? STATUS_BAD_ARGUMENT : segheap_check(s.heap));
        chunk[i] = was;
    }
    check_eq(segheap_check(s.heap), STATUS_OK);
    *(uint64_t *)s.base ^= 1;
    check_eq(segheap_check(s.heap), STATUS_BAD_ARGUMENT);
    check(segheap_open(s.base) == NULL);
    *(uint64_t *)s.base ^= 1;
    segheap_free(s.heap, piece);
    stage_end(&s);
}

/* --- many at once ----------------------------------------------------------------------------- */

#define HELD 32

static struct segheap *shared;

static void fill(unsigned char *piece, size_t n, unsigned char mark)
{
    for (size_t i = 0; i < n; i++)
        piece[i] = mark;
}

/* Allocates and frees, and returns how often a piece was not as it had left it. */
static uint64_t body_allocate(struct worker *worker)
{
    unsigned char *held[HELD] = {0};
    size_t lengths[HELD] = {0};
    uint64_t random = worker->argument, bad = 0;
    unsigned char mark = (unsigned char)worker->argument;
    sys_vas_switch((handle_t)worker->tls[1]);
    while (!worker->stop) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t i = random >> 33 & (HELD - 1);
        if (held[i] != NULL) {
            for (size_t j = 0; j < lengths[i]; j++)
                bad += held[i][j] != mark;
            segheap_free(shared, held[i]);
            held[i] = NULL;
        } else {
            lengths[i] = random >> 40 & 511;
            held[i] = segheap_alloc(shared, lengths[i]);
            if (held[i] != NULL)
                fill(held[i], lengths[i], mark);
        }
        worker->result++;
    }
    for (size_t i = 0; i < HELD; i++)
        segheap_free(shared, held[i]);
    return bad;
}

static bool start_allocating(struct worker *worker, size_t i, const struct stage *s)
{
    *worker = (struct worker){.argument = i + 1, .tls = {0, (uint64_t)s->view}};
    return worker_start(worker, i, body_allocate, PRIORITY_DEFAULT) &&
           sys_thread_set_cpu(worker->thread, i % kit_system_info().ncpus) == STATUS_OK;
}

void test_segheap_is_safe_for_threads_at_once(void)
{
    static struct worker workers[WORKERS];
    struct stage s;
    require(stage_make(&s));
    shared = s.heap;
    for (size_t i = 0; i < WORKERS; i++)
        require(start_allocating(&workers[i], i, &s));
    sys_thread_sleep(200 * MILLISECOND);
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
        check(workers[i].result > 0);
    }
    check_eq(segheap_used(s.heap), 0);
    stage_end(&s);
}

/* Threads end in the middle of whatever they do: the heap stays whole, and nobody has to wait. */
void test_segheap_survives_threads_that_end_half_way(void)
{
    static struct worker workers[2];
    struct stage s;
    require(stage_make(&s));
    shared = s.heap;
    require(start_allocating(&workers[0], 0, &s));
    for (size_t turn = 0; turn < test_scaled(100); turn++) {
        require(start_allocating(&workers[1], 1, &s));
        sys_thread_sleep((turn % 4) * MILLISECOND);
        check_eq(sys_object_destroy(workers[1].thread), STATUS_OK);
        kit_drop(workers[1].thread);
        check_eq(segheap_check(s.heap), STATUS_OK);
    }
    workers[0].stop = true;
    check_eq(worker_end(&workers[0]), 0);
    void *piece = segheap_alloc(s.heap, 100);
    check(piece != NULL);
    segheap_free(s.heap, piece);
    stage_end(&s);
}
