/* Mode bits and rights: see access.h. */
#include "access.h"

#define MODE_READ 4
#define MODE_WRITE 2
#define MODE_EXECUTE 1

static uint32_t mode_of(uint64_t access)
{
    return (access & ACCESS_READ ? MODE_READ : 0) | (access & ACCESS_WRITE ? MODE_WRITE : 0) |
           (access & ACCESS_EXECUTE ? MODE_EXECUTE : 0);
}

bool may_access(const struct caller *caller, const struct registry_attr *attr, uint64_t access)
{
    uint32_t wanted = mode_of(access);
    uint32_t shift = 0;
    if (caller->user == 0)
        return true;
    if (caller->user == attr->user)
        shift = 6;
    else if (caller->group == attr->group)
        shift = 3;
    return (attr->mode >> shift & wanted) == wanted;
}

/* Access bits are the rights of the same name (abi/objects.h). */
uint64_t rights_of(uint32_t type, uint64_t access, uint64_t ours)
{
    uint64_t rights = access | (ours & (RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE));
    if (type == OBJECT_VAS && access != 0)
        rights |= RIGHT_VAS_VIEW;
    if (type == OBJECT_VAS && access & ACCESS_WRITE)
        rights |= RIGHT_VAS_LINK;
    return rights;
}
