/* Priorities of servers: see priority.h. */
#include "obj/priority.h"

#include "abi/objects.h"
#include "base/assert.h"
#include "base/list.h"
#include "obj/endpoint.h"
#include "obj/sched.h"
#include "obj/thread.h"

/* Threads that may not run at what they should: struct thread, late. */
static struct list late_ones;

void priority_init(void)
{
    list_init(&late_ones);
}

/* What the thread should run at. */
static uint32_t due(const struct thread *thread)
{
    const struct rendezvous *r = &thread->rendezvous;
    if (r->serves == NULL)
        return thread->own_priority;
    uint32_t priority = r->serves->priority;
    const struct endpoint *endpoint = r->takes;
    if (endpoint == NULL || queue_is_empty(&endpoint->callers))
        return priority;
    uint32_t waits = queue_highest(&endpoint->callers);
    return waits > priority ? waits : priority;
}

/* Who runs at the priority of a thread as well: it serves the thread, or will. */
static struct thread *server_of(const struct thread *thread)
{
    struct object *object = thread->waiting_for;
    if (thread->rendezvous.awaits != NULL)
        return thread->rendezvous.awaits;
    if (thread->rendezvous.called == 0)
        return NULL;
    return container_of(object, struct endpoint, object)->taker;
}

/* Threads that wait for each other in a ring end it too: there nothing changes any more. */
void priority_review(struct thread *server)
{
    for (int n = 0; server != NULL && n < PRIORITY_CHAIN_MAX; n++) {
        uint32_t priority = due(server);
        if (priority == server->priority)
            return;
        sched_set_priority(server, priority);
        server = server_of(server);
    }
    if (server != NULL && list_is_empty(&server->late))
        list_push_back(&late_ones, &server->late);
}

void priority_forget(struct thread *thread)
{
    list_remove(&thread->late);
}

void priority_go_on(void)
{
    if (list_is_empty(&late_ones))
        return;
    struct thread *first = list_item(list_first(&late_ones), struct thread, late);
    list_remove(&first->late);
    priority_review(first);
}

bool priority_is_late(void)
{
    return !list_is_empty(&late_ones);
}

void priority_set(struct thread *thread, uint32_t priority)
{
    thread->own_priority = priority;
    priority_review(thread);
}

void priority_check(const struct thread *thread)
{
    ASSERT(thread->priority == due(thread) || !list_is_empty(&thread->late));
}
