/*
 * floor 6: a process, a capability table, a home space, views and threads.
 *
 *   created --first thread--> running --exit, fault, destroy, last thread's end--> ended
 *
 * A running process keeps itself; one that has not started or has ended lives while a capability of
 * another process, or somebody who waits for its end, refers to it. Its table, home and views go
 * when it ends, or with the last reference if it never ran.
 */
#ifndef VASCO_OBJ_PROCESS_H
#define VASCO_OBJ_PROCESS_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "mem/pool.h"
#include "obj/space.h"
#include "obj/work.h"

struct view;

/* How a process or a thread ended. */
struct ending {
    enum end_reason reason;
    int64_t status;
    uint64_t address;
};

struct process {
    struct cap_table caps; /* first: struct cpu names the running process by it */
    struct object object;
    struct space home;
    struct view *home_view;
    struct list views;   /* struct view, in_process */
    struct list threads; /* struct thread, in_process; those that live */
    struct list gates;   /* struct gate, in_process */
    struct list waiters; /* struct thread, node */
    uint32_t nviews;
    uint32_t nthreads;
    bool started;   /* it has had a thread */
    bool cleared;   /* it has ended, and given everything back */
    uint64_t epoch; /* another when a view goes, and at the end: its threads look around then */
    struct ending ending;
};

/* Boot. */
void process_init(void);

/* A process without threads and without references; it holds HANDLE_SELF and HANDLE_HOME. */
status_t must_check process_create(struct pool *pool, struct name name, struct process **out);

/* Ends a process: none of its threads runs any more. The current one may be among them, and is then
 * no longer current. What the process holds is cleared after that. Does nothing if it has ended
 * before. */
void process_end(struct process *process, struct ending ending);

/* Ends its threads, unlinks its home, empties its table, wakes who waits for its end. */
enum step process_clear_some(struct process *process);

void process_free(struct process *process);

/* An epoch that is no process's. */
#define EPOCH_PAST 0

/* Something has happened to the process: its threads, and others that run in it, look around before
 * they run on (thread_look_around). No two processes have the same epoch. */
void process_new_epoch(struct process *process);

/* The process that has this table. */
static inline struct process *process_of(struct cap_table *caps)
{
    return container_of(caps, struct process, caps);
}

static inline bool process_has_ended(const struct process *process)
{
    return process->ending.reason != END_RUNNING;
}

/* May a child of a capability be put into the table of a process? A badge, once given, stays: only
 * a parent without one can give another. BAD_ARGUMENT, BUSY. */
status_t must_check process_check_place(const struct process *process, const struct cap *parent,
                                        uint64_t badge);

/* Puts it there, into a reserved slot. Returns its handle. */
handle_t process_place(struct process *process, struct cap *parent, uint64_t rights,
                       uint64_t badge);

/* The process of the running thread. */
struct process *process_current(void);

#endif
