/*
 * floor 6: an endpoint, where callers and a server meet. A call blocks until it is answered.
 *
 *   caller   endpoint_call ......................................... returns with the answer
 *                 |                                                    ^
 *                 v   words, and capabilities (obj/message.h)          |
 *   server   endpoint_receive returns ..... works ..... endpoint_reply +
 *
 * Callers are received by their priorities. While a server serves it runs at the priority of its
 * caller, or of the most urgent that waits at the endpoint from which it has received last; what
 * it does itself to its priority counts when it serves nobody. That goes on along a chain of
 * servers that call each other (obj/priority.h).
 *
 * The common case takes no queue: a short message to a server that waits on this CPU hands the CPU
 * over to it (obj/endpoint_fast.h), and so does the answer.
 *
 * Invariants:
 *   E1  a thread in `callers`, `receivers` or `doubtful` is BLOCKED and refers to the endpoint; if
 *       there are callers there are no others
 *   E2  a.awaits == b exactly when b.serves == a; a is then BLOCKED
 *   E3  a.takes == e exactly when e.taker == a: a has received from e last
 *   E4  a thread that serves runs at the highest of its caller's priority, and if it is the taker
 *       of an endpoint where callers wait, of theirs; others run at their own. Those who are
 *       `late` may not do so yet
 */
#ifndef VASCO_OBJ_ENDPOINT_H
#define VASCO_OBJ_ENDPOINT_H

#include "base/status.h"
#include "cap/cap.h"
#include "obj/queue.h"
#include "obj/work.h"

struct thread;

struct endpoint {
    struct object object;
    struct thread_queue callers; /* their calls have not been received */
    struct list receivers;       /* struct thread, node */
    struct list doubtful;        /* receivers whose capability may have gone */
    struct thread *taker; /* who has received from it last; null if that one receives elsewhere */
};

/* Boot. */
void endpoint_init(void);

/* An endpoint without references. */
status_t must_check endpoint_create(struct pool *pool, struct name name, struct endpoint **out);

/*
 * The running thread calls, receives, or answers and receives, with the message in its registers.
 * Where it is to go on at once with a message, or the CPU is handed over, this does not return.
 * Where it waits, the result is what its call returns if the time runs out. Otherwise it is what is
 * wrong, and nothing has happened. SYSCALL_AGAIN: some who waited with something wrong were woken,
 * and there may be more: the call is to be made again.
 */
int64_t endpoint_call(struct endpoint *endpoint, const struct cap *cap);
int64_t endpoint_receive(struct endpoint *endpoint);
int64_t endpoint_reply_receive(struct endpoint *endpoint);

/* The kernel calls for the running thread, with its fault for a message (obj/fault_call.h): blocks
 * it, or not. SYSCALL_AGAIN: as above. */
int64_t endpoint_call_for_fault(struct endpoint *endpoint, const struct cap *cap);

/* The running thread answers the call that it has received. */
status_t must_check endpoint_reply(void);

/* Another thread has received from the endpoint last. */
void endpoint_change_taker(struct endpoint *endpoint, struct thread *server);

/* A thread that waits at an endpoint is about to be off its list. */
void endpoint_waiter_leaves(struct endpoint *endpoint, struct thread *thread);

/* A thread that waits at an endpoint gets another priority. */
void endpoint_requeue(struct endpoint *endpoint, struct thread *thread, uint32_t priority);

/* A thread that awaits an answer goes on with something else. */
void endpoint_hang_up(struct thread *caller);

/* A thread ends: nobody waits for its answer, and it awaits none. */
void endpoint_forget(struct thread *thread);

/* A capability is about to go: who receives through it learns that, and gets no call any more. */
void endpoint_cap_leaves(struct endpoint *endpoint, const struct cap *cap);

/* Wakes who waits at it; or if it lives on, looks through the doubtful. */
enum step endpoint_clear_some(struct endpoint *endpoint);

void endpoint_free(struct endpoint *endpoint);

/* For tests: E1 and E3. */
void endpoint_check(const struct endpoint *endpoint);

#endif
