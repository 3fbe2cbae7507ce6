/* System calls on pools. */
#include "obj/pool.h"

#include "base/string.h"
#include "obj/cap_tree.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define POOL_RIGHTS                                                                                \
    (RIGHT_POOL_CHARGE | RIGHT_POOL_OPEN | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

/* Who pays for an object may know of it and end it, but not use it. */
#define OPEN_RIGHTS (RIGHT_POOL_OPEN | RIGHT_INFO | RIGHT_DESTROY)

int64_t sys_pool_create(uint64_t name_lo, uint64_t name_hi, uint64_t nframes,
                        handle_t parent_handle)
{
    struct pool_object *pool;
    struct pool *parent;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(parent_handle, &parent));
    TRY(cap_reserve(caps));
    TRY(pool_create(parent, name_from_words(name_lo, name_hi), nframes, &pool));
    return cap_insert(caps, NULL, &pool->object, POOL_RIGHTS, 0)->handle;
}

int64_t sys_pool_info(handle_t handle, uint64_t info_out)
{
    struct cap *cap;
    struct object *target = pool_object(process_current()->object.pool);
    if (handle != 0) {
        TRY(decode(handle, OBJECT_POOL, RIGHT_INFO, &cap));
        target = cap->object;
    }
    const struct pool *pool = &container_of(target, struct pool_object, object)->pool;
    struct pool_info info = {
        .id = target->id,
        .limit_frames = pool->limit,
        .used_frames = pool->charged,
        .left_frames = pool->limit - pool->charged,
        .parent = target->pool == NULL ? 0 : pool_object(target->pool)->id,
    };
    memcpy(info.name, target->name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}

/* --- what is charged to it ------------------------------------------------------------------ */

static struct object *member_after(const struct pool *pool, const struct list *node)
{
    return node->next == &pool->members ? NULL : list_item(node->next, struct object, in_pool);
}

/* The node in front of the first that comes into question. */
static status_t decode_after(const struct pool *pool, handle_t after, const struct list **out)
{
    struct cap *cap;
    *out = &pool->members;
    if (after == 0)
        return STATUS_OK;
    TRY(cap_lookup(cpu_this()->caps, after, &cap));
    if (cap->object->pool != pool)
        return STATUS_BAD_ARGUMENT;
    *out = &cap->object->in_pool;
    return STATUS_OK;
}

/* The capability is nobody's child: what a dead object's capabilities are found by is the list of
 * those that are derived from none, and the object's own. A process does not keep itself. */
static handle_t open_member(struct object *member, uint64_t rights)
{
    struct process *process = process_current();
    uint64_t mask = member->type == OBJECT_POOL ? OPEN_RIGHTS : OPEN_RIGHTS & ~RIGHT_POOL_OPEN;
    uint64_t weak = member == &process->object ? CAP_WEAK : 0;
    return cap_insert(&process->caps, NULL, member, (uint16_t)((rights & mask) | weak), 0)->handle;
}

/* Objects that end are passed over, and are still members while that takes its time. */
int64_t sys_pool_next(handle_t handle, handle_t after, uint64_t rights)
{
    struct cap *cap;
    const struct list *node;
    if ((rights & ~(uint64_t)OPEN_RIGHTS) != 0)
        return STATUS_BAD_ARGUMENT;
    TRY(decode(handle, OBJECT_POOL, RIGHT_POOL_OPEN | rights, &cap));
    const struct pool *pool = &container_of(cap->object, struct pool_object, object)->pool;
    TRY(decode_after(pool, after, &node));
    TRY(cap_reserve(cpu_this()->caps));
    struct object *member = member_after(pool, node);
    sched_step_begin();
    while (member != NULL && (member->dead || member->refs == 0)) {
        if (sched_step())
            return sched_again(
                (struct repeat){SYSCALL_pool_next, {(uint64_t)handle, (uint64_t)after, rights}});
        member = member_after(pool, &member->in_pool);
    }
    return member == NULL ? STATUS_NO_DATA : open_member(member, rights);
}

int64_t sys_pool_caps(handle_t handle, handle_t object, uint64_t first, uint64_t entries_out,
                      uint64_t nentries)
{
    struct cap *pool;
    struct cap *cap;
    TRY(decode(handle, OBJECT_POOL, RIGHT_POOL_OPEN, &pool));
    TRY(cap_lookup(cpu_this()->caps, object, &cap));
    if (cap->object != pool->object &&
        (cap->object->pool == NULL || pool_object(cap->object->pool) != pool->object))
        return STATUS_BAD_ARGUMENT;
    if (first >= CAP_ENTRIES_MAX)
        return STATUS_TOO_LARGE;
    nentries = min_u64(nentries, min_u64(CAP_ENTRIES_READ_MAX, CAP_ENTRIES_MAX - first));
    TRY(user_check(UPTR(entries_out), nentries * sizeof(struct cap_entry), ACCESS_WRITE));
    struct cap_walk walk = cap_walk_begin(cap->object);
    for (uint64_t i = 0; i < first && walk.cap != NULL; i++)
        cap_walk_next(&walk);
    uint64_t n = 0;
    for (; n < nentries && walk.cap != NULL; n++, cap_walk_next(&walk)) {
        const struct cap_entry entry = cap_walk_entry(&walk);
        TRY(user_write(UPTR(entries_out + n * sizeof(entry)), &entry, sizeof(entry)));
    }
    return (int64_t)n;
}
