/* The TLBs of one CPU core: core.h says what they are. */
#include "core.h"

#include <stdlib.h>

#define SETS_MAX 128
#define WAYS_MAX 16
#define TAGS_KEPT 4 /* by CORE_TAGS_FOUR */
#define ANY_TAG UINT32_MAX
#define NO_TAG (UINT32_MAX - 1)

struct entry {
    uint64_t page; /* the number of the page, in pages of its size */
    uint64_t used; /* when last; 0: the entry is empty */
    uint32_t tag;
    int level;
    bool global;
};

struct array {
    uint32_t nsets;
    uint32_t nways;
    struct entry entries[SETS_MAX][WAYS_MAX];
};

enum array_name {
    FETCH_SMALL,
    FETCH_LARGE,
    LOAD_SMALL,
    LOAD_LARGE,
    LOAD_HUGE,
    STORES,
    SECOND,
    ARRAYS,
};

static const struct {
    uint32_t nsets, nways;
} shapes[ARRAYS] = {
    [FETCH_SMALL] = {32, 8}, [FETCH_LARGE] = {4, 8}, [LOAD_SMALL] = {16, 6}, [LOAD_LARGE] = {8, 4},
    [LOAD_HUGE] = {1, 8},    [STORES] = {1, 16},     [SECOND] = {128, 16},
};

/* The array of the first level by use and by size of page. */
static const enum array_name first_level[CORE_USES][CORE_PAGE_SIZES] = {
    [CORE_FETCH] = {FETCH_SMALL, FETCH_LARGE, FETCH_LARGE},
    [CORE_LOAD] = {LOAD_SMALL, LOAD_LARGE, LOAD_HUGE},
    [CORE_STORE] = {STORES, STORES, STORES},
};

/* The ways of the second level by size of page. */
static const struct ways {
    uint32_t first, end;
} second_level[CORE_PAGE_SIZES] = {{0, 16}, {0, 8}, {8, 16}};

struct core {
    enum core_tags tags;
    uint32_t tag;               /* loaded now */
    uint32_t recent[TAGS_KEPT]; /* the tags that were loaded last, the latest first */
    uint64_t now;
    struct core_counts counts;
    struct array arrays[ARRAYS];
};

struct core *core_create(enum core_tags tags)
{
    struct core *core = calloc(1, sizeof(*core));
    if (core == NULL)
        return NULL;
    core->tags = tags;
    for (int i = 0; i < TAGS_KEPT; i++)
        core->recent[i] = NO_TAG;
    for (int i = 0; i < ARRAYS; i++) {
        core->arrays[i].nsets = shapes[i].nsets;
        core->arrays[i].nways = shapes[i].nways;
    }
    return core;
}

void core_destroy(struct core *core)
{
    free(core);
}

/* --- one array -------------------------------------------------------------------------------- */

static bool entry_is(const struct entry *entry, const struct entry *wanted)
{
    return entry->used > 0 && entry->page == wanted->page && entry->level == wanted->level &&
           (entry->global || entry->tag == wanted->tag);
}

/* Finds the entry in some ways of a set, or puts it there in place of the oldest. */
static bool set_use(struct entry *set, struct ways ways, const struct entry *wanted)
{
    uint32_t oldest = ways.first;
    for (uint32_t i = ways.first; i < ways.end; i++) {
        if (entry_is(&set[i], wanted)) {
            set[i].used = wanted->used;
            return true;
        }
        if (set[i].used < set[oldest].used)
            oldest = i;
    }
    set[oldest] = *wanted;
    return false;
}

static bool first_use(struct core *core, enum core_use use, const struct entry *wanted)
{
    struct array *array = &core->arrays[first_level[use][wanted->level - 1]];
    struct ways ways = {0, array->nways};
    return set_use(array->entries[wanted->page % array->nsets], ways, wanted);
}

static bool second_use(struct core *core, const struct entry *wanted)
{
    struct array *array = &core->arrays[SECOND];
    uint64_t hash = wanted->page ^ wanted->page / array->nsets;
    return set_use(array->entries[hash % array->nsets], second_level[wanted->level - 1], wanted);
}

/* Drops what is under a tag. */
static void array_drop(struct array *array, uint32_t tag)
{
    for (uint32_t set = 0; set < array->nsets; set++) {
        for (uint32_t way = 0; way < array->nways; way++) {
            struct entry *entry = &array->entries[set][way];
            if (!entry->global && (tag == ANY_TAG || entry->tag == tag))
                entry->used = 0;
        }
    }
}

/* --- the core --------------------------------------------------------------------------------- */

void core_access(struct core *core, enum core_use use, struct core_page page)
{
    const struct entry wanted = {
        .page = page.va >> (12 + 9 * (page.level - 1)),
        .used = ++core->now,
        .tag = core->tag,
        .level = page.level,
        .global = page.global,
    };
    if (first_use(core, use, &wanted))
        return;
    core->counts.first_misses[use]++;
    if (!second_use(core, &wanted))
        core->counts.second_misses[use]++;
}

static void drop_tag(struct core *core, uint32_t tag)
{
    for (int i = 0; i < ARRAYS; i++)
        array_drop(&core->arrays[i], tag);
}

/* The tag becomes the latest of the four; one that falls out for it loses its entries. */
static void keep_four(struct core *core, uint32_t tag)
{
    uint32_t next = tag;
    for (int i = 0; i < TAGS_KEPT; i++) {
        uint32_t moved = core->recent[i];
        core->recent[i] = next;
        next = moved;
        if (moved == tag)
            break;
    }
    if (next != tag)
        array_drop(&core->arrays[SECOND], next);
    for (int i = 0; i < SECOND; i++)
        array_drop(&core->arrays[i], ANY_TAG);
}

void core_load_root(struct core *core, uint32_t tag, bool keep)
{
    core->tag = tag;
    if (core->tags == CORE_TAGS_NONE) {
        drop_tag(core, ANY_TAG);
        return;
    }
    if (core->tags == CORE_TAGS_FOUR)
        keep_four(core, tag);
    if (!keep)
        drop_tag(core, tag);
}

const struct core_counts *core_counts(const struct core *core)
{
    return &core->counts;
}

void core_forget_counts(struct core *core)
{
    core->counts = (struct core_counts){0};
}
