/* Who may do what with an entry, and which rights that makes. */
#ifndef REGISTRY_ACCESS_H
#define REGISTRY_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <vasco/registry.h>

struct caller {
    uint32_t user;
    uint32_t group;
};

static inline struct caller caller_of(uint64_t badge)
{
    return (struct caller){(uint32_t)badge, (uint32_t)(badge >> 32)};
}

/* Nine bits, as of a file. */
static inline bool mode_is_good(uint32_t mode)
{
    return (mode & ~(uint32_t)0777) == 0;
}

static inline bool is_owner(const struct caller *caller, const struct registry_attr *attr)
{
    return caller->user == 0 || caller->user == attr->user;
}

/* Whether the mode allows all of `access`. Of owner, group and others the first that the caller
 * belongs to decides, as in POSIX.1-2017, 4.5 "File Access Permissions". */
bool may_access(const struct caller *caller, const struct registry_attr *attr, uint64_t access);

/* The rights of a capability that is opened for `access`, of an object of which the registry has
 * `ours`. */
uint64_t rights_of(uint32_t type, uint64_t access, uint64_t ours);

#endif
