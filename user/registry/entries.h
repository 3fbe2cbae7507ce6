/*
 * The entries of the registry. Each holds one capability and has a name that is unique among the
 * entries of its type.
 */
#ifndef REGISTRY_ENTRIES_H
#define REGISTRY_ENTRIES_H

#include <stdint.h>
#include <vasco/registry.h>

/* One entry. (Its name is not `entry`: <search.h> has that.) */
struct record {
    uint32_t id;
    uint32_t type;
    struct registry_attr attr;
    handle_t cap;
    char name[]; /* null-terminated */
};

/* Enters a capability, which the entry then owns. The name is shorter than REGISTRY_NAME_BYTES.
 * EXISTS, NO_SLOT, NO_MEMORY. */
int64_t entry_add(uint32_t type, const char *name, struct registry_attr attr, handle_t cap,
                  struct record **out);

/* Removes an entry and drops its capability. */
void entry_remove(struct record *entry);

/* Entries, or null. One whose object has ended, or whose capability was revoked, is removed when it
 * is come upon. */
struct record *entry_by_name(uint32_t type, const char *name);
struct record *entry_by_id(uint32_t type, uint32_t id);
struct record *entry_behind(uint32_t type, uint32_t id);

#endif
