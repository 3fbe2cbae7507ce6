/*
 * The registry: a server that keeps capabilities to VASes and segments under names, so that
 * programs that do not know each other find them. The kernel knows nothing of it.
 *
 *     handle_t registry = startup_cap("registry");
 *     int64_t id = registry_add(registry, vas, "words", 0640);
 *
 *     int64_t id = registry_find(registry, OBJECT_VAS, "words");          another program, later
 *     handle_t vas = registry_open(registry, OBJECT_VAS, id, ACCESS_READ);
 *
 * Every program calls it through a capability of its own, whose badge says who it is: a user and a
 * group, which init has handed out and the programs it starts pass on. An entry has an owner, a
 * group and nine mode bits, as a file has, and they say who may open it for what. User 0 may do
 * everything.
 *
 * An entry holds its object: that lives on when the program that made it has ended. What was opened
 * can be taken back as a whole (registry_revoke), or by whoever holds the capability that was
 * added, by cap_revoke; the entry is then gone too. An entry whose object has been destroyed is
 * gone.
 *
 * Every call needs ENDPOINT: CALL of `registry`, and blocks until the registry answers. Besides the
 * errors named here each can give those of endpoint_call, NO_MEMORY and BAD_ARGUMENT (a type that
 * is neither OBJECT_VAS nor OBJECT_SEG).
 */
#ifndef VASCO_REGISTRY_H
#define VASCO_REGISTRY_H

#include <stdint.h>

#include "abi/objects.h"
#include "abi/status.h"
#include "abi/types.h"

#define REGISTRY_NAME_BYTES 256 /* with the null byte */

/* Entries that one user can have, user 0 apart; and all together. */
#define REGISTRY_ENTRIES_PER_USER 1024
#define REGISTRY_ENTRIES_MAX 16384

/* Who may do what: as st_mode, st_uid and st_gid of a file. The mode's bits are read, write and
 * execute: 0400 0200 0100 for the owner, 040 020 010 for the group, 04 02 01 for others. */
struct registry_attr {
    uint32_t mode;
    uint32_t user;
    uint32_t group;
};

struct registry_entry {
    uint32_t id; /* 1 to INT_MAX, never given twice */
    uint32_t type;
    uint64_t object; /* its id, as cap_info tells it */
    struct registry_attr attr;
    char name[REGISTRY_NAME_BYTES];
};

/* Who a capability to the registry speaks for, as its badge. User 0 of group 0 has no badge, and so
 * can derive capabilities for anybody. */
static inline uint64_t registry_badge(uint32_t user, uint32_t group)
{
    return (uint64_t)group << 32 | user;
}

/*
 * Enters a VAS or a segment under a name. The owner is who calls. Needs GRANT and INFO of `cap`; of
 * its other rights the registry passes on what the mode allows, and DESTROY lets registry_destroy
 * end the object. `cap` can be deleted afterwards. Returns the entry's id. Errors: EXISTS (an entry
 * of this type and name; or `cap` comes from the registry), TOO_LARGE (the name), WRONG_TYPE,
 * NO_RIGHT, NO_SLOT (too many entries).
 */
int64_t registry_add(handle_t registry, handle_t cap, const char *name, uint32_t mode);

/* The id of the entry of this type and name. Anybody may ask. Errors: NOT_FOUND, TOO_LARGE. */
int64_t registry_find(handle_t registry, uint32_t type, const char *name);

/*
 * A capability to the object, which allows `access` (ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE or
 * 0), to ask about it (INFO), and to pass that on (GRANT, REVOKE). Of a VAS it can make views, and
 * with ACCESS_WRITE link segments to it. Its badge, and that of views made through it, is the id.
 * Errors: NOT_FOUND, NO_RIGHT, NO_SLOT.
 */
handle_t registry_open(handle_t registry, uint32_t type, int64_t id, uint64_t access);

/* What is known of an entry. Anybody may ask. Errors: NOT_FOUND. */
int64_t registry_info(handle_t registry, uint32_t type, int64_t id, struct registry_entry *entry);

/* The entry of this type with the smallest id above `after`; 0 begins. Errors: NOT_FOUND at the
 * end. */
int64_t registry_next(handle_t registry, uint32_t type, int64_t after,
                      struct registry_entry *entry);

/* Changes mode and group; capabilities that were opened stay as they are. For the owner; another
 * owner only user 0 can set. Errors: NOT_FOUND, NO_RIGHT, BAD_ARGUMENT (the mode). */
int64_t registry_set_attr(handle_t registry, uint32_t type, int64_t id,
                          const struct registry_attr *attr);

/* Takes back every capability that was opened, and every view and link made through them. For the
 * owner. Errors: NOT_FOUND, NO_RIGHT. */
int64_t registry_revoke(handle_t registry, uint32_t type, int64_t id);

/* Removes the entry, and takes nothing back. For the owner. Errors: NOT_FOUND, NO_RIGHT. */
int64_t registry_remove(handle_t registry, uint32_t type, int64_t id);

/*
 * Destroys the object and with it the entry. For those who may write. Errors: NOT_FOUND, NO_RIGHT,
 * BUSY (the VAS is attached to a process, or the segment to a space).
 */
int64_t registry_destroy(handle_t registry, uint32_t type, int64_t id);

#endif
