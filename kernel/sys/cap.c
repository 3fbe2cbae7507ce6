/* System calls on capabilities, whatever they name. */
#include "cap/cap.h"

#include "base/string.h"
#include "sys/decode.h"
#include "sys/syscalls.h"
#include "sys/user_mem.h"

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

/* A process does not keep itself: its own table names it weakly. */
static handle_t place(struct process *process, struct cap *parent, uint64_t rights, uint64_t badge)
{
    bool self = parent->object == &process->object;
    return cap_insert(&process->caps, parent, parent->object,
                      (uint16_t)(rights | (self ? CAP_WEAK : 0)), badge)
        ->handle;
}

int64_t sys_cap_derive(handle_t handle, uint64_t rights, uint64_t badge)
{
    struct cap *parent;
    struct process *process = process_current();
    TRY(decode_parent(handle, rights, &parent));
    TRY(cap_reserve(&process->caps));
    return place(process, parent, rights, badge);
}

int64_t sys_cap_place(handle_t process, handle_t handle, uint64_t rights, uint64_t badge)
{
    struct cap *parent;
    struct process *target;
    TRY(decode_live_process(process, RIGHT_PROCESS_PLACE, &target));
    TRY(decode_parent(handle, rights, &parent));
    if (parent->type == OBJECT_PROCESS)
        TRY(process_check_holder(container_of(parent->object, struct process, object), target));
    TRY(cap_reserve(&target->caps));
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
    cap_remove(cap);
    return STATUS_OK;
}

int64_t sys_cap_revoke(handle_t handle)
{
    struct cap *cap;
    TRY(decode_any(handle, RIGHT_REVOKE, &cap));
    cap_revoke(cap);
    return STATUS_OK;
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
        .nchildren = cap_count_children(cap),
    };
    memcpy(info.name, cap->object->name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}

int64_t sys_object_destroy(handle_t handle)
{
    struct cap *cap;
    const struct ending ending = {END_DESTROYED, 0, 0};
    TRY(decode_any(handle, RIGHT_DESTROY, &cap));
    switch (cap->type) {
    case OBJECT_PROCESS:
        process_end(container_of(cap->object, struct process, object), ending);
        return STATUS_OK;
    case OBJECT_THREAD:
        thread_end(container_of(cap->object, struct thread, object), ending);
        return STATUS_OK;
    case OBJECT_VAS:
        vas_destroy(container_of(cap->object, struct vas, object));
        return STATUS_OK;
    case OBJECT_SEG:
        seg_destroy(container_of(cap->object, struct seg, object));
        return STATUS_OK;
    default:
        return STATUS_BAD_ARGUMENT;
    }
}
