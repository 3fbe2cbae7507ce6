/*
 * floor 6: a process, a capability table, a home space, views and threads.
 *
 *   created --first thread--> running --exit, fault, destroy, last thread's end--> ended
 *
 * A running process keeps itself; one that has not started or has ended lives while a capability of
 * another process, or somebody who waits for its end, refers to it. Its table, home and views go when
 * it ends, or with the last reference if it never ran.
 */
#ifndef VASCO_OBJ_PROCESS_H
#define VASCO_OBJ_PROCESS_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "mem/pool.h"
#include "obj/space.h"

struct view;

/* How a process or a thread ended. */
struct ending {
    enum end_reason reason;
    int64_t status;
    uint64_t address;
};

struct process {
    struct object object;
    struct cap_table caps;
    struct space home;
    struct view *home_view;
    struct pool *pool;
    struct list views;   /* struct view, in_process */
    struct list threads; /* struct thread, in_process; those that live */
    struct list waiters; /* struct thread, node */
    uint32_t nviews;
    uint32_t nthreads;
    bool started; /* it has had a thread */
    struct ending ending;
};

void process_init_cache(void);

/* A process without threads and without references; it holds HANDLE_SELF and HANDLE_HOME. */
status_t must_check process_create(struct pool *pool, struct name name, struct process **out);

/* Ends a process and all its threads; the one that runs may be among them, and is then no longer
 * current. Does nothing if it has ended before. */
void process_end(struct process *process, struct ending ending);

/* object_release for processes. */
void process_release(struct process *process);

static inline bool process_has_ended(const struct process *process)
{
    return process->ending.reason != END_RUNNING;
}

/*
 * May `holder` get a capability to `process` in its table? Processes that have not started could keep
 * each other for ever, so among them only a younger one may hold an older one. BUSY otherwise.
 */
static inline status_t must_check process_check_holder(const struct process *process,
                                                       const struct process *holder)
{
    bool ordered = process->object.id <= holder->object.id;
    return process->started || holder->started || ordered ? STATUS_OK : STATUS_BUSY;
}

/* The process of the running thread. */
struct process *process_current(void);

#endif
