/* The entries: an array by id, in which ids only grow, and a tree by type and name. */
#include "entries.h"

#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>

static struct record **entries;
static size_t nentries, room;
static uint32_t last_id;
static void *by_name;

static int compare_names(const void *left, const void *right)
{
    const struct record *a = left;
    const struct record *b = right;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* The place of the first entry whose id is at least this. */
static size_t place_of(uint32_t id)
{
    size_t low = 0;
    size_t high = nentries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entries[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_alive(const struct record *entry)
{
    struct cap_info info;
    return cap_info(entry->cap, &info) == STATUS_OK;
}

/* The entry itself if it is alive; else it is removed. */
static struct record *living(struct record *entry)
{
    if (is_alive(entry))
        return entry;
    entry_remove(entry);
    return NULL;
}

static bool may_have_more(uint32_t user)
{
    size_t count = 0;
    for (size_t i = 0; i < nentries; i++)
        count += entries[i]->attr.user == user;
    return nentries < REGISTRY_ENTRIES_MAX && (user == 0 || count < REGISTRY_ENTRIES_PER_USER);
}

static void remove_dead_ones(void)
{
    for (size_t i = nentries; i-- > 0;)
        living(entries[i]);
}

static bool make_room(void)
{
    if (nentries < room)
        return true;
    size_t more = room == 0 ? 64 : 2 * room;
    struct record **bigger = realloc(entries, more * sizeof(struct record *));
    if (bigger == NULL)
        return false;
    entries = bigger;
    room = more;
    return true;
}

int64_t entry_add(uint32_t type, const char *name, struct registry_attr attr, handle_t cap,
                  struct record **out)
{
    if (entry_by_name(type, name) != NULL)
        return STATUS_EXISTS;
    if (!may_have_more(attr.user))
        remove_dead_ones();
    if (last_id == INT_MAX || !may_have_more(attr.user))
        return STATUS_NO_SLOT;
    struct record *entry = malloc(sizeof(*entry) + strlen(name) + 1);
    if (entry == NULL || !make_room()) {
        free(entry);
        return STATUS_NO_MEMORY;
    }
    *entry = (struct record){.id = last_id + 1, .type = type, .attr = attr, .cap = cap};
    strcpy(entry->name, name);
    if (tsearch(entry, &by_name, compare_names) == NULL) {
        free(entry);
        return STATUS_NO_MEMORY;
    }
    last_id++;
    entries[nentries++] = entry;
    *out = entry;
    return STATUS_OK;
}

void entry_remove(struct record *entry)
{
    size_t place = place_of(entry->id);
    nentries--;
    memmove(&entries[place], &entries[place + 1], (nentries - place) * sizeof(struct record *));
    tdelete(entry, &by_name, compare_names);
    cap_delete(entry->cap);
    free(entry);
}

struct record *entry_by_name(uint32_t type, const char *name)
{
    static union {
        struct record entry;
        char bytes[sizeof(struct record) + REGISTRY_NAME_BYTES];
    } key;
    key.entry.type = type;
    strcpy(key.entry.name, name);
    struct record **found = tfind(&key.entry, &by_name, compare_names);
    return found == NULL ? NULL : living(*found);
}

struct record *entry_by_id(uint32_t type, uint32_t id)
{
    size_t place = place_of(id);
    if (place == nentries || entries[place]->id != id || entries[place]->type != type)
        return NULL;
    return living(entries[place]);
}

struct record *entry_behind(uint32_t type, uint32_t id)
{
    if (id >= INT_MAX)
        return NULL;
    size_t place = place_of(id + 1);
    while (place < nentries) {
        if (entries[place]->type != type)
            place++;
        else if (living(entries[place]) != NULL)
            return entries[place];
    }
    return NULL;
}
