/* System calls on links: segments in spaces. */
#include "obj/link.h"

#include "base/string.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

/* What a call needs of the capability to a space, which is of one of two types. */
struct space_rights {
    uint64_t process;
    uint64_t vas;
};

#define RIGHTS_LINK ((struct space_rights){RIGHT_PROCESS_LINK, RIGHT_VAS_LINK})
#define RIGHTS_INFO ((struct space_rights){RIGHT_INFO, RIGHT_INFO})

/* The space that a handle names: a VAS's, or the home of a process. */
static inlined status_t decode_space(handle_t handle, struct space_rights rights,
                                     struct space **out)
{
    struct cap *cap;
    TRY(cap_lookup(cpu_this()->caps, handle, &cap));
    if (cap->type == OBJECT_PROCESS) {
        struct process *process = container_of(cap->object, struct process, object);
        TRY(cap_check(cap, OBJECT_PROCESS, rights.process));
        *out = &process->home;
        return process_has_ended(process) ? STATUS_ENDED : STATUS_OK;
    }
    TRY(cap_check(cap, OBJECT_VAS, rights.vas));
    *out = &container_of(cap->object, struct vas, object)->space;
    return STATUS_OK;
}

/* A segment for a link that allows `access`: writing and executing exclude each other. */
static inlined status_t decode_for_link(handle_t handle, uint64_t access, struct cap **out)
{
    const uint64_t both = ACCESS_WRITE | ACCESS_EXECUTE;
    TRY(check_access(access));
    TRY(decode(handle, OBJECT_SEG, access, out));
    return (access & both) == both ? STATUS_BAD_ARGUMENT : STATUS_OK;
}

static struct seg *seg_of(const struct cap *cap)
{
    return container_of(cap->object, struct seg, object);
}

int64_t sys_seg_attach(handle_t space, handle_t seg, uint64_t access)
{
    struct space *target;
    struct cap *cap;
    TRY(decode_space(space, RIGHTS_LINK, &target));
    TRY(decode_for_link(seg, access, &cap));
    return space_link(target, seg_of(cap), cap, access);
}

int64_t sys_seg_set_access(handle_t space, handle_t seg, uint64_t access)
{
    struct space *target;
    struct cap *cap;
    TRY(decode_space(space, RIGHTS_LINK, &target));
    TRY(decode_for_link(seg, access, &cap));
    return space_set_access(target, seg_of(cap), cap, access);
}

int64_t sys_seg_detach(handle_t space, handle_t seg)
{
    struct space *target;
    struct seg *detached;
    TRY(decode_space(space, RIGHTS_LINK, &target));
    TRY(decode_seg(seg, RIGHT_NONE, &detached));
    return space_unlink(target, detached);
}

/* --- listing -------------------------------------------------------------------------------- */

static const struct object *owner_of(struct space *space)
{
    if (space->kind == SPACE_HOME)
        return &container_of(space, struct process, home)->object;
    return &container_of(space, struct vas, space)->object;
}

static void tell(const struct link *link, struct link_info *info)
{
    const struct seg *seg = link->seg;
    const struct object *owner = owner_of(link->space);
    *info = (struct link_info){
        .seg = seg->object.id,
        .space = owner->id,
        .base = seg->range.base.v,
        .nbytes = seg->nbytes,
        .resident = seg_resident(seg) << PAGE_SHIFT,
        .page_bytes = level_bytes(seg->page_level),
        .access = (uint32_t)link->access,
        .space_type = owner->type,
    };
    memcpy(info->seg_name, seg->object.name.text, sizeof(info->seg_name));
    memcpy(info->space_name, owner->name.text, sizeof(info->space_name));
}

static struct list *nth(const struct list *list, uint64_t n)
{
    list_for_each(node, list) {
        if (n-- == 0)
            return node;
    }
    return NULL;
}

int64_t sys_link_info(handle_t handle, uint64_t index, uint64_t info_out)
{
    struct cap *cap;
    struct space *space;
    struct list *node;
    struct link_info info;
    TRY(cap_lookup(cpu_this()->caps, handle, &cap));
    if (cap->type == OBJECT_SEG) {
        struct seg *seg;
        TRY(decode_seg(handle, RIGHT_INFO, &seg));
        node = index < seg->nlinks ? nth(&seg->links, index) : NULL;
        if (node == NULL)
            return STATUS_NOT_FOUND;
        tell(list_item(node, struct link, in_seg), &info);
    } else {
        TRY(decode_space(handle, RIGHTS_INFO, &space));
        node = index < space->nlinks ? nth(&space->links, index) : NULL;
        if (node == NULL)
            return STATUS_NOT_FOUND;
        tell(list_item(node, struct link, in_space), &info);
    }
    return user_write(UPTR(info_out), &info, sizeof(info));
}
