/* System calls on VASes and views. The common case of vas_switch is in arch/x86_64/trap/entry.asm. */
#include "obj/vas.h"

#include <arch/mmu.h>

#include "base/string.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define VAS_RIGHTS                                                                                 \
    (RIGHT_VAS_READ | RIGHT_VAS_WRITE | RIGHT_VAS_EXECUTE | RIGHT_VAS_LINK | RIGHT_VAS_VIEW |      \
     RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

int64_t sys_vas_switch(handle_t handle)
{
    struct view *view;
    TRY(decode_view(handle, RIGHT_VIEW_SWITCH, &view));
    mmu_view_load(&view->mmu);
    cpu_count_event(COUNTER_VIEW_SWITCHES);
    return STATUS_OK;
}

int64_t sys_vas_active(void)
{
    return thread_view(cpu_this()->thread)->handle;
}

int64_t sys_vas_create(uint64_t name_lo, uint64_t name_hi, handle_t pool_handle)
{
    struct vas *vas;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(vas_create(pool, name_from_words(name_lo, name_hi), &vas));
    return cap_insert(caps, NULL, &vas->object, VAS_RIGHTS, 0)->handle;
}

int64_t sys_vas_attach(handle_t process, handle_t vas, uint64_t access)
{
    struct process *target;
    struct cap *cap;
    struct view *view;
    TRY(decode_live_process(process, RIGHT_PROCESS_VIEW, &target));
    TRY(check_access(access));
    TRY(decode(vas, OBJECT_VAS, RIGHT_VAS_VIEW | access, &cap));
    TRY(view_create(target, container_of(cap->object, struct vas, object), cap, access, &view));
    return view->handle;
}

int64_t sys_vas_detach(handle_t handle)
{
    struct view *view;
    TRY(decode_view(handle, RIGHT_NONE, &view));
    if (view->vas == NULL)
        return STATUS_BAD_ARGUMENT;
    cap_remove(view_cap(view));
    return STATUS_OK;
}

int64_t sys_vas_info(handle_t vas, uint64_t info_out)
{
    struct vas *target;
    TRY(decode_vas(vas, RIGHT_INFO, &target));
    struct vas_info info = {
        .id = target->object.id,
        .nlinks = target->space.nlinks,
        .nviews = target->nviews,
        .ntables = target->space.ntables + 1,
        .generation = target->space.generation,
    };
    memcpy(info.name, target->object.name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}
