/* System calls on capabilities, whatever they name. */
#include "cap/cap.h"

#include "base/string.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

/* Any live capability that has these rights. */
static status_t decode_any(handle_t handle, uint64_t rights, struct cap **out)
{
    struct cap *cap;
    TRY(cap_lookup(cpu_this()->caps, handle, &cap));
    if ((cap->rights & rights) != rights)
        return STATUS_NO_RIGHT;
    *out = cap;
    return STATUS_OK;
}

/* What a child may be made of: rights that the parent has. */
static status_t decode_parent(handle_t handle, uint64_t rights, struct cap **out)
{
    if ((rights & ~(uint64_t)CAP_RIGHTS) != 0)
        return STATUS_BAD_ARGUMENT;
    return decode_any(handle, rights | RIGHT_GRANT, out);
}

static int64_t place(struct process *process, struct cap *parent, uint64_t rights, uint64_t badge)
{
    TRY(process_check_place(process, parent, badge));
    TRY(cap_reserve(&process->caps));
    return process_place(process, parent, rights, badge);
}

int64_t sys_cap_derive(handle_t handle, uint64_t rights, uint64_t badge)
{
    struct cap *parent;
    TRY(decode_parent(handle, rights, &parent));
    return place(process_current(), parent, rights, badge);
}

int64_t sys_cap_place(handle_t process, handle_t handle, uint64_t rights, uint64_t badge)
{
    struct cap *parent;
    struct process *target;
    TRY(decode_live_process(process, RIGHT_PROCESS_PLACE, &target));
    TRY(decode_parent(handle, rights, &parent));
    return place(target, parent, rights, badge);
}

int64_t sys_cap_delete(handle_t handle)
{
    struct cap *cap;
    status_t status = cap_lookup(cpu_this()->caps, handle, &cap);
    if (status != STATUS_OK && status != STATUS_DESTROYED)
        return status;
    if (handle == HANDLE_HOME)
        return STATUS_BAD_ARGUMENT;
    sched_step_begin();
    while (!cap_remove_some(cap)) {
        if (sched_step())
            return sched_again((struct repeat){SYSCALL_cap_delete, {(uint64_t)handle}});
    }
    return STATUS_OK;
}

int64_t sys_cap_revoke(handle_t handle)
{
    struct cap *cap;
    TRY(decode_any(handle, RIGHT_REVOKE, &cap));
    sched_step_begin();
    while (!cap_revoke_some(cap)) {
        if (sched_step())
            return sched_again((struct repeat){SYSCALL_cap_revoke, {(uint64_t)handle}});
    }
    return STATUS_OK;
}

/* The id of the VAS that a view shows, or 0. */
static uint64_t vas_of(const struct cap *cap)
{
    if (cap->type != OBJECT_VIEW)
        return 0;
    const struct vas *vas = container_of(cap->object, struct view, object)->vas;
    return vas == NULL ? 0 : vas->object.id;
}

int64_t sys_cap_info(handle_t handle, uint64_t info_out)
{
    struct cap *cap;
    TRY(decode_any(handle, RIGHT_INFO, &cap));
    struct cap_info info = {
        .type = cap->type,
        .rights = cap->rights & CAP_RIGHTS,
        .refs = cap->object->refs,
        .object = cap->object->id,
        .badge = cap->badge,
        .vas = vas_of(cap),
        .nchildren = cap_count_children(cap, CAP_CHILDREN_MAX),
    };
    memcpy(info.name, cap->object->name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}

int64_t sys_cap_next(handle_t after)
{
    handle_t next;
    uint64_t slot = after == 0 ? 0 : handle_slot(after) + 1;
    sched_step_begin();
    while (!cap_next_some(cpu_this()->caps, &slot, &next)) {
        handle_t so_far = HANDLE_OF(0, slot - 1, 0);
        if (sched_step())
            return sched_again((struct repeat){SYSCALL_cap_next, {(uint64_t)so_far}});
    }
    return next != 0 ? next : STATUS_NO_DATA;
}

int64_t sys_object_destroy(handle_t handle)
{
    struct cap *cap;
    const struct ending ending = {END_DESTROYED, 0, 0};
    TRY(decode_any(handle, RIGHT_DESTROY, &cap));
    switch (cap->type) {
    case OBJECT_PROCESS:
        process_end(container_of(cap->object, struct process, object), ending);
        work_wait_for(cap->object); /* it may have ended before, and not be cleared yet */
        return STATUS_OK;
    case OBJECT_THREAD:
        thread_end(container_of(cap->object, struct thread, object), ending);
        return STATUS_OK;
    case OBJECT_VAS:
    case OBJECT_SEG:
    case OBJECT_ENDPOINT:
    case OBJECT_GATE:
        object_destroy(cap->object);
        return STATUS_OK;
    case OBJECT_POOL:
        if (cap->object == &pool_root.object)
            return STATUS_BAD_ARGUMENT;
        object_destroy(cap->object);
        return STATUS_OK;
    default:
        return STATUS_BAD_ARGUMENT;
    }
}
