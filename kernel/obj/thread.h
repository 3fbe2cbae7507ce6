/*
 * floor 6: a thread. It has registers, a priority and a place in a queue, and no kernel stack: when it
 * waits, it waits as data (docs/design.md, "Threads"). It takes one frame, vector registers included.
 *
 *            sched_ready                sched_run
 *   made ----------------> READY -------------------> RUNNING --thread_end--> ENDED
 *                            ^  ^----- preempted, yield ----|
 *                            |                              |
 *                            +---- wake ---- BLOCKED <------+ wait, sleep
 *
 * A thread that has not ended keeps itself; one that has ended lives while a capability or a waiter
 * refers to it.
 */
#ifndef VASCO_OBJ_THREAD_H
#define VASCO_OBJ_THREAD_H

#include <arch/context.h>

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "obj/process.h"

enum thread_state {
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_BLOCKED,
    THREAD_ENDED
};

struct thread {
    struct context context; /* first: traps save into it */
    struct object object;
    struct process *process;
    uint64_t process_id; /* also after the process is gone */
    struct pool *pool;   /* that its frame is charged to */
    struct view *view;   /* where it stands, while it does not run */
    enum thread_state state;
    uint32_t priority;
    uint32_t slice;             /* ticks left of its turn */
    uint64_t wake_time;         /* clock_now() at which a sleeper wakes */
    struct object *waiting_for; /* referred to while the thread waits for its end */
    struct list node;           /* in a run queue, the sleepers, or an object's waiters */
    struct list in_process;
    struct list waiters;
    struct ending ending;
    uint64_t fault_address; /* of its last page fault that was mended, and where it happened */
    uint64_t fault_rip;
    uint32_t fault_repeats;
};

struct thread_spec {
    uint64_t entry;
    uint64_t stack;
    uint64_t argument;
    uint64_t tls;
    uint32_t priority;
};

/* A thread at the home view, ready to run; without references but its own. The addresses are
 * canonical user addresses. */
status_t must_check thread_create(struct process *process, struct thread_spec spec,
                                  struct thread **out);

/* Ends a thread wherever it is. If it is current, the CPU has no current thread afterwards. */
void thread_end(struct thread *thread, struct ending ending);

/* object_release for threads. */
void thread_release(struct thread *thread);

/* The view in which a thread stands, running or not. */
struct view *thread_view(const struct thread *thread);

/* Moves every thread that stands in the view to its home view. */
void threads_leave_view(struct view *view);

/* Blocks the running thread until the list of waiters, which belongs to `object`, is woken. */
void thread_wait_for(struct object *object, struct list *waiters);

#endif
