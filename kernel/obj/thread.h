/*
 * floor 6: a thread. It has registers, a priority and a place in a queue, and no kernel stack: when
 * it waits, it waits as data (docs/design.md, "Threads"). It takes one frame, vector registers
 * included.
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
#include "obj/fault_call.h"
#include "obj/futex.h"
#include "obj/gate.h"
#include "obj/hold.h"
#include "obj/process.h"
#include "obj/timer.h"
#include "obj/view.h"
#include "obj/work.h"

/* A thread's own function for faults: obj/fault.c. */
struct fault_handler {
    uint64_t entry; /* 0: none */
    uint64_t stack; /* its top */
    bool runs;      /* it was entered, and neither set again nor removed since then */
    /* A view that was lost while it ran: it will be told when it is set again; or 0. */
    handle_t missed;
};

/* A thread in a call or a receive, whose message is in its registers: obj/endpoint.h. */
struct rendezvous {
    handle_t called;            /* while it is among the callers: the capability that it called */
    struct endpoint *takes;     /* where it has received last, */
    struct thread *serves;      /* and whose call it has not answered; that one awaits it */
    struct thread *awaits;      /* who has received its call; that one serves it */
    struct notification *bound; /* whose events its receives return too (obj/notification.h) */
};

#define THREAD_KNOWS 1 /* its view is about to end, and that is its own doing */
#define THREAD_LOST 2  /* the view in which it stood has gone, and it has not been told yet */

enum thread_state {
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_BLOCKED,
    THREAD_ENDED
};

struct thread {
    struct context context; /* first: traps save into it */
    struct object object;
    struct process *owner;   /* to which it belongs; null when it has ended */
    uint64_t process_id;     /* its id, also after the process is gone */
    struct process *process; /* while it does not run: in which it runs; */
    struct view *view;       /* where it stands, valid at this epoch, */
    uint64_t epoch;          /* of that process; EPOCH_PAST while it runs: it must look around */
    handle_t stands;         /* and always: the view's handle */
    struct cpu *cpu;         /* on which it is queued, or runs, or ran last, */
    struct cpu *wanted;      /* and on which it is to run; another one only while it runs */
    enum thread_state state;
    uint32_t notes;             /* THREAD_KNOWS, ...: for when it runs next */
    uint32_t priority;          /* at which it runs, */
    uint32_t own_priority;      /* and while it serves nobody (obj/priority.h) */
    uint32_t slice;             /* ticks left of its turn */
    struct timer timer;         /* set while it waits until some time */
    struct object *waiting_for; /* referred to while the thread waits for it */
    struct list node;           /* in a run queue, or an object's waiters */
    struct list in_process;
    struct list in_table; /* obj/thread_table.c */
    struct list waiters;
    struct ending ending;
    handle_t lost;      /* with THREAD_LOST: that view */
    uint32_t clears_at; /* while it waits for the sweeper: the priority of its work */
    struct fault_handler handler;
    struct rendezvous rendezvous;   /* obj/endpoint.h */
    struct list late;               /* obj/priority.h */
    struct futex_wait futex;        /* obj/futex.c */
    struct hold hold;               /* obj/hold.c */
    struct gate_frame *gate;        /* the innermost gate in which it is, for the fast path; */
    struct gate_frame *gate_hidden; /* or if that must not return */
    int32_t gates_left;             /* into which it can go further by the fast path */
    struct gate_return back;
    uint64_t fault_address; /* of its last page fault that was mended, and where it happened */
    uint64_t fault_rip;
    uint64_t fault_generation; /* of its view then */
    uint32_t fault_repeats;
    struct fault_calls fault;
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

/* Wakes who waits for its end, or for words that it owns. */
enum step thread_clear_some(struct thread *thread);

void thread_free(struct thread *thread);

/* The innermost gate in which a thread is, or null. */
static inline struct gate_frame *thread_gate(const struct thread *thread)
{
    return thread->gate_hidden != NULL ? thread->gate_hidden : thread->gate;
}

/* The process in which a thread that has not ended runs. */
static inline struct process *thread_process(const struct thread *thread)
{
    const struct cpu *cpu = thread->cpu;
    return cpu->thread == thread ? process_of(cpu->caps) : thread->process;
}

/* The view in which a thread that has not ended stands, running or not. */
struct view *thread_view(const struct thread *thread);

/* A thread that is not current stands in this view. */
static inline void thread_stand_in(struct thread *thread, struct view *view)
{
    thread->view = view;
    thread->stands = view->handle;
    thread->epoch = thread->process->epoch;
}

/* The process's epoch has moved since the thread ran last. False if the process has ended, and now
 * the thread too; otherwise its view is valid, and THREAD_LOST says if it is another than
 * before. */
bool thread_look_around(struct thread *thread);

/* A thread that waited for an object's sake goes on to wait for another reason, on no list. */
void thread_stop_waiting(struct thread *thread);

/* Blocks the running thread until the list of waiters, which belongs to `object`, is woken. */
void thread_wait_for(struct object *object, struct list *waiters);

#endif
