/* System calls on VASes and views. The common case of vas_switch is in
 * arch/x86_64/trap/entry.asm. */
#include "obj/vas.h"

#include <arch/mmu.h>

#include "base/string.h"
#include "obj/link.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define VAS_RIGHTS                                                                                 \
    (RIGHT_VAS_READ | RIGHT_VAS_WRITE | RIGHT_VAS_EXECUTE | RIGHT_VAS_LINK | RIGHT_VAS_VIEW |      \
     RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

int64_t sys_vas_switch(handle_t handle)
{
    return sys_vas_switch_until(handle, HOLD_FOREVER);
}

/* The locks of the view are taken before it is loaded, those of the last one given back. */
int64_t sys_vas_switch_until(handle_t handle, uint64_t deadline)
{
    struct view *view;
    bool waits;
    TRY(decode_view(handle, RIGHT_VIEW_SWITCH, &view));
    TRY(hold_enter(view, deadline, &waits));
    if (waits)
        return sched_again((struct repeat){SYSCALL_vas_switch_until, {(uint64_t)handle, deadline}});
    mmu_view_load(&view->mmu);
    cpu_count_event(COUNTER_VIEW_SWITCHES);
    cpu_count_event(COUNTER_SLOW_CROSSINGS);
    return hold_is_abandoned(view) ? VAS_ABANDONED : STATUS_OK;
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

/* --- cloning -------------------------------------------------------------------------------- */

/* An empty VAS, tied to the capability through which it is cloned. Its own has no rights yet:
 * nobody can do anything with it until it is finished. */
static status_t clone_begin(struct cap *from, handle_t pool_handle, struct cap **out)
{
    struct vas *vas;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(vas_create(pool, from->object->name, &vas));
    vas->unfinished = true;
    vas_tether(vas, from);
    *out = cap_insert(caps, NULL, &vas->object, RIGHT_NONE, 0);
    return STATUS_OK;
}

/* The clone that this handle names, if it is one of `from` that is not finished. */
static bool clone_go_on(struct cap *from, handle_t handle, struct cap **out)
{
    struct vas *vas;
    if (decode(handle, OBJECT_VAS, RIGHT_NONE, out) != STATUS_OK)
        return false;
    vas = container_of((*out)->object, struct vas, object);
    return vas->unfinished && vas->tether_cap.parent == from;
}

static struct link *nth_link(const struct space *space, uint32_t n)
{
    list_for_each(node, &space->links) {
        if (n-- == 0)
            return list_item(node, struct link, in_space);
    }
    return NULL;
}

/* Links that are copied in one step. */
#define LINKS_PER_STEP 8

/* Copies what is left. *again says that somebody else should run first. Links that come or go at
 * the same time may be in the clone or not. */
static status_t clone_links(const struct vas *from, struct vas *to, uint64_t access, bool *again)
{
    const struct link *link = nth_link(&from->space, to->space.nlinks);
    *again = false;
    sched_step_begin();
    for (uint32_t n = 1; link != NULL; n++) {
        struct list *next = link->in_space.next;
        TRY(vas_copy_link(to, link, access));
        if (next == &from->space.links)
            return STATUS_OK;
        link = list_item(next, struct link, in_space);
        *again = n % LINKS_PER_STEP == 0 && sched_step();
        if (*again)
            return STATUS_OK;
    }
    return STATUS_OK;
}

/* The call that goes on names the clone where the first one names the pool. */
int64_t sys_vas_clone(handle_t from_handle, uint64_t access, handle_t pool)
{
    struct cap *from;
    struct cap *to;
    bool again;
    TRY(check_access(access));
    TRY(decode(from_handle, OBJECT_VAS, RIGHT_VAS_VIEW | access, &from));
    if (!clone_go_on(from, pool, &to))
        TRY(clone_begin(from, pool, &to));
    struct vas *clone = container_of(to->object, struct vas, object);
    status_t status =
        clone_links(container_of(from->object, struct vas, object), clone, access, &again);
    if (status != STATUS_OK) {
        cap_remove(to);
        return status;
    }
    if (again)
        return sched_again((struct repeat){SYSCALL_vas_clone,
                                           {(uint64_t)from_handle, access, (uint64_t)to->handle}});
    clone->unfinished = false;
    to->rights = (uint16_t)(VAS_RIGHTS & ~RIGHT_GRANT) | (from->rights & RIGHT_GRANT);
    return to->handle;
}

/* --- views ---------------------------------------------------------------------------------- */

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
        .nlockable = target->space.locks.nlinks,
        .nholders = target->space.locks.nthreads,
    };
    memcpy(info.name, target->object.name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}
