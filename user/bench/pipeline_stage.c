/* The processes of the pipeline: see pipeline.h. What they do with the words is the same, whichever
 * way they get them. */
#include <stdlib.h>
#include <string.h>
#include <vasco/seg.h>
#include <vasco/segheap.h>
#include <vasco/startup.h>
#include <vasco/vas.h>

#include "bench.h"
#include "pipeline.h"
#include "words.h"

#define ROOT "words"

enum stage {
    INDEX,
    SORT,
    REPORT,
};

/* One way to get the words, and to hand them on. The first stage gets none, but memory for them. */
struct way {
    const char *name;
    struct words *(*get)(enum stage stage);
    void (*hand_on)(enum stage stage, struct words *words);
};

void pipeline_find_text(struct archive_file *text)
{
    must(archive_find(PIPELINE_TEXT, text), "find " PIPELINE_TEXT);
    must(text->nbytes < PIPELINE_TEXT_BYTES_MIN ? STATUS_NOT_FOUND : STATUS_OK,
         "find a long " PIPELINE_TEXT);
}

/* --- allocators ------------------------------------------------------------------------------- */

static void *alloc_in_segment(struct allocator *allocator, size_t nbytes)
{
    return segheap_alloc(allocator->from, nbytes);
}

static void *alloc_at_home(struct allocator *allocator, size_t nbytes)
{
    (void)allocator;
    return malloc(nbytes);
}

/* The block is as large as all that is asked for. */
static void *alloc_from_block(struct allocator *allocator, size_t nbytes)
{
    char *piece = allocator->from;
    allocator->from = piece + (nbytes + WORDS_ALIGN - 1) / WORDS_ALIGN * WORDS_ALIGN;
    return piece;
}

static struct allocator home = {alloc_at_home, NULL};
static struct allocator segment = {alloc_in_segment, NULL};

/* What the first stage takes its memory from. */
static struct allocator *indexing = &home;

/* --- the way of the VAS ----------------------------------------------------------------------- */

static handle_t view;

static void *segment_base(handle_t vas)
{
    struct link_info link;
    must(vas_link_info(vas, 0, &link), "ask where the segment is");
    return (void *)link.base;
}

static struct words *enter(enum stage stage)
{
    handle_t vas = must(startup_cap(WORDS_CAP), "find the VAS");
    void *base = segment_base(vas);
    const uint64_t access = stage == REPORT ? ACCESS_READ : ACCESS_READ | ACCESS_WRITE;
    view = must(vas_attach(HANDLE_SELF, vas, access), "attach the VAS");
    must(vas_switch(view), "switch into the VAS");
    segment.from = stage == INDEX ? segheap_create(base, WORDS_BYTES) : segheap_open(base);
    must(segment.from == NULL ? STATUS_NOT_FOUND : STATUS_OK, "open a heap in the VAS");
    indexing = &segment;
    return segheap_root(segment.from, ROOT);
}

static void leave(enum stage stage, struct words *words)
{
    if (stage == INDEX)
        must(segheap_set_root(segment.from, ROOT, words), "name the words");
    must(vas_switch(HANDLE_HOME), "switch home");
    must(vas_detach(view), "detach the VAS");
}

/* --- the way of the message ------------------------------------------------------------------- */

static void *open_message(uint64_t access)
{
    must(seg_attach(HANDLE_SELF, startup_cap(MESSAGE_CAP), access), "attach the message");
    return (void *)MESSAGE_BASE;
}

static struct words *read_at_home(enum stage stage)
{
    return stage == INDEX ? NULL : words_read(&home, open_message(ACCESS_READ));
}

static struct words *read_into_block(enum stage stage)
{
    if (stage == INDEX)
        return NULL;
    const void *message = open_message(ACCESS_READ);
    struct allocator block = {alloc_from_block, malloc(words_read_bytes(message))};
    must(block.from == NULL ? STATUS_NO_MEMORY : STATUS_OK, "take a block of memory");
    return words_read(&block, message);
}

static void write_message(enum stage stage, struct words *words)
{
    const uint64_t access = ACCESS_READ | ACCESS_WRITE;
    handle_t seg = startup_cap(MESSAGE_CAP);
    if (stage == INDEX)
        must(seg_attach(HANDLE_SELF, seg, access), "attach the message");
    else if (stage == SORT)
        must(seg_set_access(HANDLE_SELF, seg, access), "write over the message");
    if (stage != REPORT)
        words_write(words, (void *)MESSAGE_BASE, MESSAGE_BYTES);
}

/* --- the work --------------------------------------------------------------------------------- */

static void report_words(const struct words *words)
{
    struct digest *digest = &board()->digest;
    *digest = (struct digest){0};
    for (const struct entry *entry = words->order; entry != NULL; entry = entry->after) {
        digest_add_word(digest, entry->bytes, entry->nbytes, entry->count);
        for (const struct place *place = entry->first; place != NULL; place = place->next)
            digest_add_place(digest, place->offset);
    }
}

static void work(enum stage stage, struct words **words, const struct archive_file *text)
{
    if (stage == INDEX) {
        *words = words_new(indexing);
        words_index(*words, indexing, text->data, text->nbytes);
    } else if (stage == SORT) {
        words_sort(*words);
    } else {
        report_words(*words);
    }
}

static const struct way *way_of(const char *name)
{
    static const struct way ways[] = {
        {"vas", enter, leave},
        {"copy", read_at_home, write_message},
        {"copy-block", read_into_block, write_message},
    };
    const struct way *way = ways;
    while (strcmp(way->name, name) != 0)
        way++;
    return way;
}

void pipeline_stage_main(char **arguments)
{
    struct stage_times times;
    struct archive_file text;
    const struct way *way = way_of(arguments[0]);
    const enum stage stage = (enum stage)strtoul(arguments[1], NULL, 10);
    must(seg_attach(HANDLE_SELF, startup_cap(BOARD_CAP), ACCESS_READ | ACCESS_WRITE),
         "attach the board");
    pipeline_find_text(&text);
    times.begin = clock_tsc();
    struct words *words = way->get(stage);
    times.has = clock_tsc();
    work(stage, &words, &text);
    times.done = clock_tsc();
    way->hand_on(stage, words);
    times.end = clock_tsc();
    board()->times[stage] = times;
}
