/* Endpoints: how a message gets from one thread to another. endpoint.h has the picture. */
#include "obj/endpoint.h"

#include <arch/cpu.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "mem/slab.h"
#include "obj/process.h"
#include "obj/sched.h"
#include "obj/thread.h"
#include "obj/user_mem.h"
#include "obj/view.h"

#define MESSAGE_HEAD_BYTES offsetof(struct message, words)

/* Callers with bad messages, or receivers with bad buffers, that one call takes off the list. */
#define BAD_ONES_PER_STEP 8

void endpoint_init(void)
{
    slab_kind_init(SLAB_ENDPOINT, sizeof(struct endpoint));
}

status_t endpoint_create(struct pool *pool, struct name name, struct endpoint **out)
{
    void *memory;
    TRY(slab_alloc(pool, SLAB_ENDPOINT, &memory));
    struct endpoint *endpoint = memory;
    object_init(&endpoint->object, OBJECT_ENDPOINT, name, pool);
    list_init(&endpoint->callers);
    list_init(&endpoint->receivers);
    *out = endpoint;
    return STATUS_OK;
}

/* --- messages ------------------------------------------------------------------------------- */

/* What a thread wants to send, read and checked. */
struct letter {
    struct message message;
    struct cap *cap; /* null: none */
};

static status_t letter_cap(struct thread *from, struct letter *letter)
{
    letter->cap = NULL;
    if (letter->message.cap == 0)
        return STATUS_OK;
    TRY(cap_lookup(&from->process->caps, letter->message.cap, &letter->cap));
    return letter->cap->rights & RIGHT_GRANT ? STATUS_OK : STATUS_NO_RIGHT;
}

static status_t letter_read(struct thread *from, uptr_t address, struct letter *letter)
{
    struct message *m = &letter->message;
    const struct view *view = thread_view(from);
    TRY(view_read(view, m, address, MESSAGE_HEAD_BYTES));
    if (m->nwords > MESSAGE_WORDS)
        return STATUS_TOO_LARGE;
    TRY(view_read(view, m->words, UPTR(address.v + MESSAGE_HEAD_BYTES),
                  m->nwords * sizeof(m->words[0])));
    return letter_cap(from, letter);
}

/* Gives the letter to a thread whose buffer has been checked. What it lacks for the capability is
 * an error, and then it gets nothing. */
static status_t letter_give(struct letter *letter, uint64_t badge, struct thread *to)
{
    struct message *m = &letter->message;
    m->badge = badge;
    m->cap = 0;
    if (letter->cap != NULL)
        TRY(process_place(to->process, letter->cap, letter->cap->rights & CAP_RIGHTS, 0, &m->cap));
    status_t status = view_write(thread_view(to), to->rendezvous.message, m,
                                 MESSAGE_HEAD_BYTES + m->nwords * sizeof(m->words[0]));
    ASSERT(status == STATUS_OK);
    return STATUS_OK;
}

static status_t buffer_check(const struct thread *thread, uptr_t message, uint64_t access)
{
    return view_check(thread_view(thread), message, sizeof(struct message), access);
}

/* --- meeting -------------------------------------------------------------------------------- */

static struct thread *first_of(struct list *threads)
{
    return list_item(list_first(threads), struct thread, node);
}

static void pair(struct thread *server, struct thread *caller)
{
    server->rendezvous.serves = caller;
    caller->rendezvous.awaits = server;
}

static status_t receiver_check(const struct thread *receiver)
{
    if (process_has_ended(receiver->process))
        return STATUS_ENDED;
    return buffer_check(receiver, receiver->rendezvous.message, ACCESS_WRITE);
}

/* A receiver that can take a message, or null. Takes some others off the list; *again says that
 * there may be more. */
static struct thread *good_receiver(struct endpoint *endpoint, bool *again)
{
    *again = false;
    for (int n = 0; !list_is_empty(&endpoint->receivers); n++) {
        struct thread *receiver = first_of(&endpoint->receivers);
        status_t status = receiver_check(receiver);
        if (status == STATUS_OK)
            return receiver;
        *again = n == BAD_ONES_PER_STEP;
        if (*again)
            return NULL;
        sched_wake(receiver, status);
    }
    return NULL;
}

status_t endpoint_call(struct endpoint *endpoint, uptr_t message, const struct cap *cap,
                       bool *again)
{
    struct thread *caller = cpu_this()->thread;
    struct letter letter;
    TRY(buffer_check(caller, message, ACCESS_READ | ACCESS_WRITE));
    TRY(letter_read(caller, message, &letter));
    struct thread *receiver = good_receiver(endpoint, again);
    if (*again)
        return STATUS_OK;
    if (receiver != NULL)
        TRY(letter_give(&letter, cap->badge, receiver));
    caller->rendezvous.message = message;
    caller->rendezvous.called = cap->handle;
    if (receiver == NULL) {
        thread_wait_for(&endpoint->object, &endpoint->callers);
        return STATUS_OK;
    }
    pair(receiver, caller);
    sched_wake(receiver, STATUS_OK);
    sched_block(caller);
    return STATUS_OK;
}

/* The capability that the caller has called, if it still may. */
static status_t caller_check(const struct thread *caller, struct cap **cap)
{
    return cap_find(&caller->process->caps, caller->rendezvous.called, OBJECT_ENDPOINT,
                    RIGHT_ENDPOINT_CALL, cap);
}

/* Takes the first caller's message; what is wrong with it the caller learns. */
static bool receive_first(struct endpoint *endpoint, struct thread *server)
{
    struct thread *caller = first_of(&endpoint->callers);
    struct letter letter;
    struct cap *cap;
    status_t status = caller_check(caller, &cap);
    if (status == STATUS_OK)
        status = letter_read(caller, caller->rendezvous.message, &letter);
    if (status == STATUS_OK)
        status = letter_give(&letter, cap->badge, server);
    if (status != STATUS_OK) {
        sched_wake(caller, status);
        return false;
    }
    thread_stop_waiting(caller);
    pair(server, caller);
    return true;
}

status_t endpoint_receive(struct endpoint *endpoint, uptr_t message, bool *again)
{
    struct thread *server = cpu_this()->thread;
    *again = false;
    if (server->rendezvous.serves != NULL)
        return STATUS_BUSY;
    TRY(buffer_check(server, message, ACCESS_WRITE));
    server->rendezvous.message = message;
    for (int n = 0; !list_is_empty(&endpoint->callers); n++) {
        *again = n == BAD_ONES_PER_STEP;
        if (*again || receive_first(endpoint, server))
            return STATUS_OK;
    }
    thread_wait_for(&endpoint->object, &endpoint->receivers);
    return STATUS_OK;
}

status_t endpoint_reply(uptr_t message)
{
    struct thread *server = cpu_this()->thread;
    struct thread *caller = server->rendezvous.serves;
    struct letter letter;
    if (caller == NULL)
        return STATUS_ENDED;
    TRY(letter_read(server, message, &letter));
    status_t status = buffer_check(caller, caller->rendezvous.message, ACCESS_WRITE);
    if (status == STATUS_OK)
        status = letter_give(&letter, 0, caller);
    server->rendezvous.serves = NULL;
    caller->rendezvous.awaits = NULL;
    sched_wake(caller, status);
    return STATUS_OK;
}

void endpoint_forget(struct thread *thread)
{
    struct rendezvous *r = &thread->rendezvous;
    if (r->serves != NULL) {
        r->serves->rendezvous.awaits = NULL;
        sched_wake(r->serves, STATUS_ENDED);
        r->serves = NULL;
    }
    if (r->awaits != NULL)
        r->awaits->rendezvous.serves = NULL;
    r->awaits = NULL;
}

/* --- the end -------------------------------------------------------------------------------- */

enum step endpoint_clear_some(struct endpoint *endpoint)
{
    struct list *waiters =
        list_is_empty(&endpoint->callers) ? &endpoint->receivers : &endpoint->callers;
    if (!list_is_empty(waiters)) {
        sched_wake(first_of(waiters), STATUS_DESTROYED);
        return STEP_MORE;
    }
    return endpoint->object.dead && !cap_bury_some(&endpoint->object) ? STEP_MORE : STEP_DONE;
}

void endpoint_free(struct endpoint *endpoint)
{
    object_fini(&endpoint->object);
    slab_free(endpoint);
}
