/* Views: making roots, and taking threads out of one that ends. */
#include "obj/view.h"

#include <arch/page.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "base/string.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/hold.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/vas.h"

void view_init(void)
{
    slab_kind_init(SLAB_VIEW, sizeof(struct view));
}

/* A root with no user entries. */
static paddr_t root_take(struct view *view)
{
    paddr_t root;
    status_t status = frame_alloc(FRAME_4K, FRAME_ROOT, view, &root);
    ASSERT(status == STATUS_OK);
    page_zero(paddr_to_ptr(root), SLOT_KERNEL_FIRST * sizeof(pte_t));
    mmu_root_init(root);
    return root;
}

/* Copies the entries of a space into the view's root, narrowed. The count of the space's top table
 * ends the scan with its last entry. */
static void root_add_space(struct view *view, const struct space *space)
{
    uint32_t left = frame_of(space->top)->count;
    const pte_t *from = paddr_to_ptr(space->top);
    pte_t *to = paddr_to_ptr(view->mmu.root);
    for (uint32_t slot = 0; left > 0; slot++) {
        if (!pte_is_present(from[slot]))
            continue;
        left--;
        pt_write(&to[slot], pte_narrow(from[slot], view_access(view, space)));
    }
}

/* A view with an empty root, which nobody can name yet; its process's table has room for it. */
static status_t view_new(struct process *process, struct name name, struct view **out)
{
    void *memory;
    TRY(cap_reserve_view(&process->caps));
    TRY(pool_charge(process->object.pool, 1));
    status_t status = slab_alloc(process->object.pool, SLAB_VIEW, &memory);
    if (status != STATUS_OK) {
        pool_refund(process->object.pool, 1);
        return status;
    }
    struct view *view = memory;
    *view = (struct view){0};
    object_init(&view->object, OBJECT_VIEW, name, NULL);
    view->process = process;
    view->mmu.root = root_take(view);
    *out = view;
    return STATUS_OK;
}

/* From here on other threads of the process can switch to the view, at once: so it is complete. */
static void view_publish(struct view *view, struct cap *parent)
{
    struct process *process = view->process;
    bool slow = view->vas != NULL && view->vas->space.locks.nlinks > 0;
    uint64_t badge = parent != NULL ? parent->badge : 0;
    list_push_back(&process->views, &view->in_process);
    process->nviews++;
    view->handle = cap_insert(&process->caps, parent, &view->object,
                              VIEW_RIGHTS | (slow ? CAP_SLOWLY : 0), badge)
                       ->handle;
}

status_t view_create_home(struct process *process, struct view **out)
{
    struct view *view;
    TRY(view_new(process, name_from_string("home"), &view));
    view->access = ACCESS_ALL;
    space_init(&process->home, SPACE_HOME, view->mmu.root, process->object.pool);
    list_push_back(&process->home.views, &view->in_space[SPACE_HOME]);
    list_init(&view->in_space[SPACE_VAS]);
    mmu_view_init(&view->mmu, view->mmu.root, &process->home.generation, &mmu_no_generation);
    view_publish(view, NULL);
    *out = view;
    return STATUS_OK;
}

status_t view_create(struct process *process, struct vas *vas, struct cap *vas_cap, uint64_t access,
                     struct view **out)
{
    struct view *view;
    TRY(view_new(process, vas->object.name, &view));
    view->vas = vas;
    view->access = access;
    object_get(&vas->object);
    vas->nviews++;
    list_push_back(&process->home.views, &view->in_space[SPACE_HOME]);
    list_push_back(&vas->space.views, &view->in_space[SPACE_VAS]);
    root_add_space(view, &process->home);
    root_add_space(view, &vas->space);
    mmu_view_init(&view->mmu, view->mmu.root, &process->home.generation, &vas->space.generation);
    view_publish(view, vas_cap);
    *out = view;
    return STATUS_OK;
}

/* The running thread comes home without more ado: the end of the view is its own doing. Others find
 * out when they run next (thread_look_around), and those on other CPUs are evicted. */
static void cpu_leave_view(const struct view *view)
{
    struct cpu *cpu = cpu_this();
    struct view *home = view->process->home_view;
    if (cpu->view != &view->mmu)
        return;
    if (cpu->thread != NULL && cpu->caps == &view->process->caps && home != NULL && home != view)
        mmu_view_load(&home->mmu);
    else
        mmu_view_leave();
}

void view_release(struct view *view)
{
    struct process *process = view->process;
    struct vas *vas = view->vas;
    process_new_epoch(process);
    cpu_leave_view(view);
    sched_evict(view);
    hold_forget_view(view);
    list_remove(&view->in_process);
    list_remove(&view->in_space[SPACE_HOME]);
    list_remove(&view->in_space[SPACE_VAS]);
    process->nviews--;
    mmu_view_fini(&view->mmu);
    frame_free(view->mmu.root);
    pool_refund(process->object.pool, 1);
    view->gone = true;
    if (view->pins == 0)
        slab_free(view);
    if (vas != NULL) {
        vas->nviews--;
        object_put(&vas->object);
    }
}

void view_unpin(struct view *view)
{
    view->pins--;
    if (view->pins == 0 && view->gone)
        slab_free(view);
}

bool view_is_guarded(const struct view *view)
{
    return view->vas != NULL && view->vas->space.locks.nlinks > 0;
}

struct view *view_by_handle(const struct process *process, handle_t handle)
{
    struct cap *cap;
    if (cap_find(&process->caps, handle, OBJECT_VIEW, 0, &cap) != STATUS_OK)
        return NULL;
    return container_of(cap->object, struct view, object);
}

void view_set_slow(struct view *view, bool slow)
{
    view_cap(view)->rights = VIEW_RIGHTS | (slow ? CAP_SLOWLY : 0);
}

struct cap *view_cap(const struct view *view)
{
    struct cap *cap;
    status_t status = cap_lookup(&view->process->caps, view->handle, &cap);
    ASSERT(status == STATUS_OK);
    return cap;
}

bool view_is_doomed(const struct view *view)
{
    if (view == NULL || view->vas == NULL)
        return false;
    bool doomed = view->vas->object.dead;
    for (struct pool *pool = view->vas->object.pool; pool != NULL && !doomed;) {
        const struct object *o = pool_object(pool);
        doomed = o->dead;
        pool = o->pool;
    }
    return doomed;
}
