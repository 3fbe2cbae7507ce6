/*
 * floor 6: an endpoint, where callers and a server meet. A call blocks until it is answered.
 *
 *   caller   endpoint_call ......................................... returns with the answer
 *                 |                                                    ^
 *                 v   words, and a capability                          |
 *   server   endpoint_receive returns ..... works ..... endpoint_reply +
 *
 * Invariants:
 *   E1  a thread on `callers` or `receivers` is BLOCKED and refers to the endpoint; not both lists
 *       have threads on them
 *   E2  a.awaits == b exactly when b.serves == a; a is then BLOCKED
 */
#ifndef VASCO_OBJ_ENDPOINT_H
#define VASCO_OBJ_ENDPOINT_H

#include "base/list.h"
#include "base/status.h"
#include "cap/cap.h"
#include "obj/work.h"

struct thread;

struct endpoint {
    struct object object;
    struct list callers;   /* struct thread, node: their calls have not been received */
    struct list receivers; /* struct thread, node */
};

/* Boot. */
void endpoint_init(void);

/* An endpoint without references. */
status_t must_check endpoint_create(struct pool *pool, struct name name, struct endpoint **out);

/* The running thread calls through `cap`: blocks it. The status is what is wrong with its message,
 * and it is then not blocked. Takes some receivers off the list that cannot receive any more;
 * *again says that there are more, and then nothing else has happened. */
status_t must_check endpoint_call(struct endpoint *endpoint, uptr_t message, const struct cap *cap,
                                  bool *again);

/* The running thread receives a call, now or later: then it is blocked. Takes some callers whose
 * message has gone bad off the list; *again says that there are more. */
status_t must_check endpoint_receive(struct endpoint *endpoint, uptr_t message, bool *again);

/* The running thread answers the call that it has received. */
status_t must_check endpoint_reply(uptr_t message);

/* A thread ends: nobody waits for its answer, and it awaits none. */
void endpoint_forget(struct thread *thread);

/* Wakes who waits at it. */
enum step endpoint_clear_some(struct endpoint *endpoint);

void endpoint_free(struct endpoint *endpoint);

#endif
