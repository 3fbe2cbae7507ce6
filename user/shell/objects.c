/* Finding objects: see objects.h. */
#include "objects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/pool.h>
#include <vasco/startup.h>

#define LOOK (RIGHT_INFO | RIGHT_DESTROY | RIGHT_POOL_OPEN)
#define DEPTH_MAX 64 /* of pools in pools that are looked into */

static struct item *items;
static size_t nitems;
static size_t room;

static bool add(const struct item *item)
{
    if (nitems == room) {
        size_t more = room == 0 ? 256 : 2 * room;
        struct item *larger = realloc(items, more * sizeof(*items));
        if (larger == NULL)
            return false;
        items = larger;
        room = more;
    }
    items[nitems++] = *item;
    return true;
}

/* Others go on making and ending things meanwhile. If the last one found has been destroyed, the
 * pool is gone through once more; ids only grow, so those seen before are known. */
static void find_in(handle_t pool, uint32_t depth)
{
    size_t first = nitems;
    uint64_t seen = 0;
    handle_t after = 0;
    handle_t passed = 0;
    for (;;) {
        handle_t next = pool_next(pool, after, LOOK);
        if (passed != 0)
            cap_delete(passed);
        passed = 0;
        if (next == STATUS_DESTROYED) {
            after = 0;
            continue;
        }
        if (next < 0)
            break;
        struct item item = {.handle = next, .pool = pool, .depth = depth};
        if (cap_info(next, &item.info) < 0) {
            cap_delete(next);
            continue;
        }
        after = next;
        if (item.info.object <= seen || !add(&item))
            passed = next;
        else
            seen = item.info.object;
    }
    size_t end = nitems;
    for (size_t i = first; i < end && depth < DEPTH_MAX; i++) {
        if (items[i].info.type == OBJECT_POOL)
            find_in(items[i].handle, depth + 1);
    }
}

void objects_find(void)
{
    handle_t memory = startup_cap("memory");
    struct item root = {.handle = memory, .pool = memory};
    objects_forget();
    if (cap_info(memory, &root.info) == STATUS_OK)
        add(&root);
    find_in(memory, 1);
}

void objects_forget(void)
{
    while (nitems > 0) {
        nitems--;
        if (items[nitems].handle != items[nitems].pool)
            cap_delete(items[nitems].handle);
    }
}

size_t objects_count(void)
{
    return nitems;
}

const struct item *objects_at(size_t i)
{
    return &items[i];
}

const struct item *objects_next(size_t *i, enum object_type type)
{
    while (*i < nitems) {
        const struct item *item = &items[(*i)++];
        if (item->info.type == type)
            return item;
    }
    return NULL;
}

const char *type_word(enum object_type type)
{
    static const char *const words[OBJECT_TYPES] = {
#define OBJECT(TYPE, word) [OBJECT_##TYPE] = (word),
#define RIGHT(TYPE, NAME, bit, meaning)
#define COMMON_RIGHT(NAME, bit, meaning)
#include "abi/objects.def"
#undef OBJECT
#undef RIGHT
#undef COMMON_RIGHT
    };
    return type < OBJECT_TYPES && words[type] != NULL ? words[type] : "object";
}

static bool is_named(const struct item *item, const char *word)
{
    char id[24];
    snprintf(id, sizeof(id), "%" PRIu64, item->info.object);
    return strcmp(id, word) == 0 || (strncmp(item->info.name, word, NAME_BYTES) == 0);
}

const struct item *objects_named(const char *word, enum object_type type)
{
    const struct item *found = NULL;
    size_t n = 0;
    const char *what = type == OBJECT_NONE ? "object" : type_word(type);
    for (size_t i = 0; i < nitems; i++) {
        bool fits = type == OBJECT_NONE || items[i].info.type == type;
        if (fits && is_named(&items[i], word)) {
            found = &items[i];
            n++;
        }
    }
    if (n == 1)
        return found;
    if (n == 0) {
        printf("There is no %s '%s'.\n", what, word);
        return NULL;
    }
    printf("There are several of that name; say the number:\n");
    for (size_t i = 0; i < nitems; i++) {
        bool fits = type == OBJECT_NONE || items[i].info.type == type;
        if (fits && is_named(&items[i], word))
            printf("%8" PRIu64 "  %s %s\n", items[i].info.object, type_word(items[i].info.type),
                   word);
    }
    return NULL;
}

char *object_text(uint64_t id, char *text, size_t nbytes)
{
    snprintf(text, nbytes, "%" PRIu64, id);
    for (size_t i = 0; i < nitems; i++) {
        if (items[i].info.object == id)
            snprintf(text, nbytes, "%.16s (%" PRIu64 ")", items[i].info.name, id);
    }
    return text;
}
