/* Rooms with locks and who visits them: see visitors.h. */
#include "visitors.h"

#define STATUS_KILLED UINT64_MAX

struct visitor visitors[WORKERS];

/* --- rooms ------------------------------------------------------------------------------------ */

bool room_share(struct room *room, handle_t seg)
{
    room->seg = seg;
    room->vas = kit_vas();
    room->base = kit_seg_info(seg).base;
    check_eq(seg_attach(room->vas, seg, ACCESS_DATA), STATUS_OK);
    room->writes = kit_view(room->vas, ACCESS_DATA);
    room->reads = kit_view(room->vas, ACCESS_READ);
    return check(room->writes > 0) && check(room->reads > 0);
}

bool room_make(struct room *room)
{
    return room_share(room, kit_seg(PAGE_BYTES, SEG_LOCKABLE));
}

void room_leave(struct room *room)
{
    check_eq(sys_cap_revoke(room->vas), STATUS_OK);
    kit_drop(room->vas);
}

void room_drop(struct room *room)
{
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check(room_is_free(room));
    room_leave(room);
    kit_drop(room->seg);
}

bool room_is_free(const struct room *room)
{
    struct seg_info info = kit_seg_info(room->seg);
    return info.writer == 0 && info.nreaders == 0;
}

uint32_t room_waiting(const struct room *room)
{
    struct seg_info seg = kit_seg_info(room->seg);
    return kit_vas_info(room->vas).nholders - seg.nreaders - (seg.writer != 0);
}

bool room_is_abandoned(const struct room *room)
{
    return kit_seg_info(room->seg).abandoned != 0;
}

void room_put_in_order(const struct room *room)
{
    check_eq(vas_switch(room->writes), room_is_abandoned(room) ? VAS_ABANDONED : STATUS_OK);
    check_eq(seg_mark_consistent(room->seg), STATUS_OK);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(vas_switch(room->writes), STATUS_OK);
    check_eq(vas_switch(HANDLE_HOME), STATUS_OK);
}

/* --- visitors --------------------------------------------------------------------------------- */

static void on_fault(struct fault_report *report)
{
    sys_thread_exit((int64_t)report->kind);
}

static uint64_t body_visit(struct worker *worker)
{
    struct visitor *self = (struct visitor *)(void *)worker;
    sys_thread_set_handler((uintptr_t)on_fault, (uintptr_t)self->fault_stack + PAGE_BYTES);
    self->result = vas_switch_until(self->view, self->deadline);
    if (self->result < 0)
        return 0;
    self->inside = true;
    while (!worker->stop)
        sys_thread_sleep(0);
    if (!self->ends_inside)
        vas_switch(HANDLE_HOME);
    return 0;
}

bool visitor_start_until(size_t i, handle_t view, uint64_t deadline)
{
    struct visitor *self = &visitors[i];
    self->worker.stop = self->inside = self->ends_inside = false;
    self->view = view;
    self->deadline = deadline;
    return worker_start(&self->worker, i, body_visit, PRIORITY_DEFAULT);
}

bool visitor_start(size_t i, handle_t view)
{
    return visitor_start_until(i, view, NO_DEADLINE);
}

bool visitor_enters(size_t i, handle_t view)
{
    if (!visitor_start(i, view))
        return false;
    check_soon(visitors[i].inside);
    return visitors[i].inside;
}

bool visitor_waits(size_t i, handle_t view, const struct room *room)
{
    uint32_t before = room_waiting(room);
    if (!visitor_start(i, view))
        return false;
    check_soon(room_waiting(room) == before + 1);
    return check(!visitors[i].inside);
}

bool visitor_holds(size_t i, const struct room *room)
{
    return visitors[i].inside &&
           kit_seg_info(room->seg).writer == kit_thread_info(visitors[i].worker.thread).id;
}

uint64_t worker_end_soon(struct worker *worker)
{
    check_soon(kit_thread_info(worker->thread).reason != END_RUNNING);
    struct thread_info info = kit_thread_info(worker->thread);
    if (info.reason == END_RUNNING)
        check_eq(sys_object_destroy(worker->thread), STATUS_OK);
    kit_drop(worker->thread);
    return info.reason == END_EXIT ? (uint64_t)info.status : STATUS_KILLED;
}

void visitor_end(size_t i, uint64_t status)
{
    visitors[i].worker.stop = true;
    check_eq(worker_end_soon(&visitors[i].worker), status);
}

void visitor_destroy(size_t i)
{
    check_eq(sys_object_destroy(visitors[i].worker.thread), STATUS_OK);
    kit_drop(visitors[i].worker.thread);
}
