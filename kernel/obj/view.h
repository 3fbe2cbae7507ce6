/*
 * floor 6: a view, one VAS attached to one process. Its root table holds the home space's entry,
 * the VAS's entries and the kernel's half. Every process has view 0, its home alone, whose root is
 * also the top table of the home space.
 *
 * A view is an object that only its own process's table names (it cannot be granted), and descends
 * from the capability to the VAS that was used: revoking that one takes the view away.
 */
#ifndef VASCO_OBJ_VIEW_H
#define VASCO_OBJ_VIEW_H

#include <arch/mmu.h>

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "obj/space.h"

struct process;
struct vas;

/* Of the capability to a view. */
#define VIEW_RIGHTS (RIGHT_VIEW_SWITCH | RIGHT_INFO)

struct view {
    struct object object; /* first: the fast path of the switch starts from it */
    struct mmu_view mmu;
    struct process *process;
    struct vas *vas; /* null in view 0 */
    uint64_t access; /* what the view allows of its VAS at most */
    handle_t handle; /* in the table of the process */
    struct list in_process;
    struct list in_space[2]; /* in the views of its home and of its VAS; by enum space_kind */
    uint32_t pins;           /* who keeps the memory of the view, though it may have gone */
    bool gone;
};

/* Boot. */
void view_init(void);

/* Makes view 0 of a process whose table has a reserved slot; initialises its home space. */
status_t must_check view_create_home(struct process *process, struct view **out);

/* Attaches a VAS to a process. The view's capability, in the process's table, descends from
 * vas_cap. */
status_t must_check view_create(struct process *process, struct vas *vas, struct cap *vas_cap,
                                uint64_t access, struct view **out);

/* object_release for views: threads that stand in it come home when they run next. */
void view_release(struct view *view);

/* A pinned view stays known when it has gone: it cannot be loaded any more. Its process stays as
 * long. */
static inline void view_pin(struct view *view)
{
    view->pins++;
}
void view_unpin(struct view *view);

/* Does whoever stands in it have locks of segments? (obj/hold.h) */
bool view_is_guarded(const struct view *view);

/* Whether the end of its VAS has begun: the VAS is dead, or a pool that it is charged to. */
bool view_is_doomed(const struct view *view);

/* The view of a process that this handle names; null if it has gone. */
struct view *view_by_handle(const struct process *process, handle_t handle);

/* Whether the fast path of the switch leaves the view to the slow one. */
void view_set_slow(struct view *view, bool slow);

/* The capability of a view, in its process's table. */
struct cap *view_cap(const struct view *view);

/* What the view allows at most of one of its two spaces. */
static inline uint64_t view_access(const struct view *view, const struct space *space)
{
    return space->kind == SPACE_HOME ? ACCESS_ALL : view->access;
}

static inline struct view *view_of_mmu(struct mmu_view *mmu)
{
    return container_of(mmu, struct view, mmu);
}

#endif
