/* VASes and segments under names and numbers: the part of sys/vas.h that the registry does. */
#include <errno.h>
#include <string.h>
#include <sys/vas.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/name.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/syscalls.h>

#include "internal.h"
#include "vas_rfc.h"

#define MODE_MASK 0666u

_Static_assert(VAS_MAX_NAME_LENGTH == REGISTRY_NAME_BYTES,
               "a name of the one is a name of the other");

int vas_rfc_fail(int64_t status)
{
    switch (status) {
    case STATUS_BAD_HANDLE: /* there is no registry */
        return fail(STATUS_UNSUPPORTED);
    case STATUS_NO_SLOT: /* too many capabilities, here or in the registry */
        errno = ENOSPC;
        return -1;
    case STATUS_NOT_FOUND:
    case STATUS_TOO_LARGE:
    case STATUS_DESTROYED: /* meanwhile */
        return fail(STATUS_BAD_ARGUMENT);
    default:
        return fail(status);
    }
}

static handle_t registry(void)
{
    return startup_cap("registry");
}

/* The result of a call that returns nothing but whether it succeeded. */
static int done(int64_t status)
{
    return status < 0 ? vas_rfc_fail(status) : 0;
}

uint64_t vas_rfc_access(int type)
{
    switch (type & O_ACCMODE) {
    case O_RDONLY:
        return ACCESS_READ;
    case O_WRONLY:
    case O_RDWR:
        return ACCESS_READ | ACCESS_WRITE;
    default:
        errno = EINVAL;
        return 0;
    }
}

handle_t vas_rfc_open(uint32_t type, int id, uint64_t access)
{
    handle_t cap = registry_open(registry(), type, id, access);
    return cap < 0 ? vas_rfc_fail(cap) : cap;
}

/* Gives a new object to the registry, which alone keeps it. Returns its number. */
static int enter(handle_t cap, const char *name, mode_t mode)
{
    if (cap < 0)
        return vas_rfc_fail(cap);
    int64_t id = registry_add(registry(), cap, name, mode & MODE_MASK);
    cap_delete(cap);
    return id < 0 ? vas_rfc_fail(id) : (int)id;
}

/* Whether a new object can have this name; what would fail late fails early, without a trace. */
static int check_name(uint32_t type, const char *name)
{
    if (name == NULL || *name == '\0')
        return fail(STATUS_BAD_ARGUMENT);
    int64_t id = registry_find(registry(), type, name);
    if (id == STATUS_NOT_FOUND)
        return 0;
    return vas_rfc_fail(id < 0 ? id : STATUS_EXISTS);
}

static int find(uint32_t type, const char *name)
{
    if (name == NULL)
        return fail(STATUS_BAD_ARGUMENT);
    int64_t id = registry_find(registry(), type, name);
    if (id == STATUS_NOT_FOUND)
        return fail(id);
    return id < 0 ? vas_rfc_fail(id) : (int)id;
}

static int get_attr(uint32_t type, int id, struct registry_attr *attr)
{
    struct registry_entry entry;
    int64_t status = registry_info(registry(), type, id, &entry);
    if (status >= 0)
        *attr = entry.attr;
    return done(status);
}

static int set_attr(uint32_t type, int id, struct registry_attr attr)
{
    attr.mode &= MODE_MASK;
    int64_t status = registry_set_attr(registry(), type, id, &attr);
    if (status == STATUS_NO_RIGHT) {
        errno = EPERM;
        return -1;
    }
    return done(status);
}

/* --- VASes ------------------------------------------------------------------------------------ */

int vas_create(const char *name, mode_t mode)
{
    if (check_name(OBJECT_VAS, name) < 0)
        return -1;
    const struct name_words words = name_words(name);
    return enter(sys_vas_create(words.lo, words.hi, 0), name, mode);
}

int vas_delete(int vid)
{
    return done(registry_destroy(registry(), OBJECT_VAS, vid));
}

int vas_find(const char *name)
{
    return find(OBJECT_VAS, name);
}

int vas_getattr(int vid, struct vas_attr *attr)
{
    struct registry_attr got;
    if (attr == NULL)
        return fail(STATUS_BAD_ARGUMENT);
    if (get_attr(OBJECT_VAS, vid, &got) < 0)
        return -1;
    *attr = (struct vas_attr){got.mode, got.user, got.group};
    return 0;
}

int vas_setattr(int vid, struct vas_attr *attr)
{
    if (attr == NULL)
        return fail(STATUS_BAD_ARGUMENT);
    return set_attr(OBJECT_VAS, vid, (struct registry_attr){attr->mode, attr->user, attr->group});
}

/* --- segments --------------------------------------------------------------------------------- */

/* Where the granule begins that holds `start`, for a segment that ends at `end`: which granule it
 * is depends on the size, and the size on that. */
static uint64_t seg_base(uint64_t start, uint64_t end)
{
    static const uint64_t granules[] = {(uint64_t)2 << 20, (uint64_t)1 << 30, (uint64_t)512 << 30};
    uint64_t base = start;
    for (size_t i = 0; i < sizeof(granules) / sizeof(granules[0]); i++) {
        base = start / granules[i] * granules[i];
        if (end - base <= 16 * granules[i])
            break;
    }
    return base;
}

int vas_seg_create(const char *name, unsigned long start, unsigned long end, mode_t mode)
{
    if (start % PAGE_BYTES != 0 || end % PAGE_BYTES != 0 || end <= start || start < VAS_BASE ||
        end > VAS_CHOSEN_BASE)
        return fail(STATUS_BAD_ARGUMENT);
    if (check_name(OBJECT_SEG, name) < 0)
        return -1;
    const struct name_words words = name_words(name);
    uint64_t base = seg_base(start, end);
    return enter(sys_seg_create(words.lo, words.hi, base, end - base, 0, 0), name, mode);
}

int vas_seg_delete(int sid)
{
    return done(registry_destroy(registry(), OBJECT_SEG, sid));
}

int vas_seg_find(const char *name)
{
    return find(OBJECT_SEG, name);
}

int vas_seg_attach(int vid, int sid, int type)
{
    uint64_t access = vas_rfc_access(type);
    handle_t vas = access == 0 ? -1 : vas_rfc_open(OBJECT_VAS, vid, ACCESS_WRITE);
    if (vas < 0)
        return -1;
    handle_t seg = vas_rfc_open(OBJECT_SEG, sid, access);
    int64_t status = seg < 0 ? seg : sys_seg_attach(vas, seg, access);
    cap_delete(vas);
    if (seg < 0)
        return -1;
    cap_delete(seg);
    return status == STATUS_ALREADY_ATTACHED ? 0 : done(status);
}

int vas_seg_detach(int vid, int sid)
{
    handle_t vas = vas_rfc_open(OBJECT_VAS, vid, ACCESS_WRITE);
    if (vas < 0)
        return -1;
    handle_t seg = vas_rfc_open(OBJECT_SEG, sid, 0);
    int64_t status = seg < 0 ? seg : sys_seg_detach(vas, seg);
    cap_delete(vas);
    if (seg < 0)
        return -1;
    cap_delete(seg);
    return done(status);
}

int vas_seg_getattr(int sid, struct vas_seg_attr *attr)
{
    struct registry_attr got;
    if (attr == NULL)
        return fail(STATUS_BAD_ARGUMENT);
    if (get_attr(OBJECT_SEG, sid, &got) < 0)
        return -1;
    *attr = (struct vas_seg_attr){got.mode, got.user, got.group};
    return 0;
}

int vas_seg_setattr(int sid, struct vas_seg_attr *attr)
{
    if (attr == NULL)
        return fail(STATUS_BAD_ARGUMENT);
    return set_attr(OBJECT_SEG, sid, (struct registry_attr){attr->mode, attr->user, attr->group});
}
