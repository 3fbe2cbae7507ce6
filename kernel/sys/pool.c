/* System calls on pools. */
#include "obj/pool.h"

#include "base/string.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define POOL_RIGHTS (RIGHT_POOL_CHARGE | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

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
