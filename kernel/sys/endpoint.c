/* System calls on endpoints. */
#include "obj/endpoint.h"

#include <arch/context.h>

#include "base/string.h"
#include "obj/endpoint_fast.h"
#include "obj/sched.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define ENDPOINT_RIGHTS                                                                            \
    (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE |      \
     RIGHT_DESTROY)

int64_t sys_endpoint_create(uint64_t name_lo, uint64_t name_hi, handle_t pool_handle)
{
    struct endpoint *endpoint;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(endpoint_create(pool, name_from_words(name_lo, name_hi), &endpoint));
    return cap_insert(caps, NULL, &endpoint->object, ENDPOINT_RIGHTS, 0)->handle;
}

/*
 * Calls with messages: entry.asm has put all their registers into the thread's frame, and goes on
 * here. A call that returns a message, or waits for one, ends in the scheduler.
 */

/* Makes a call again, at once or after somebody else, as long as it asks for that. */
#define REPEAT(number, first, call)                                                                \
    int64_t result = (first);                                                                      \
    if (likely(result != SYSCALL_AGAIN))                                                           \
        return result;                                                                             \
    sched_step_begin();                                                                            \
    while (!sched_step()) {                                                                        \
        if ((result = (call)) != SYSCALL_AGAIN)                                                    \
            return result;                                                                         \
    }                                                                                              \
    context_repeat_message(&cpu_this()->thread->context, number);                                  \
    sched_run()

int64_t message_call(handle_t handle, uint64_t tag)
{
    struct cap *cap;
    TRY(decode(handle, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap));
    struct endpoint *endpoint = container_of(cap->object, struct endpoint, object);
    REPEAT(SYSCALL_endpoint_call, endpoint_call_fast(endpoint, cap, tag),
           endpoint_call(endpoint, cap));
}

int64_t message_call_slowly(handle_t handle)
{
    struct cap *cap;
    TRY(decode(handle, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap));
    struct endpoint *endpoint = container_of(cap->object, struct endpoint, object);
    REPEAT(SYSCALL_endpoint_call, endpoint_call(endpoint, cap), endpoint_call(endpoint, cap));
}

/* A thread that is in a gate belongs to somebody else, who may serve calls of his own. */
static status_t check_serves(void)
{
    return thread_gate(cpu_this()->thread) == NULL ? STATUS_OK : STATUS_BUSY;
}

int64_t message_receive(handle_t handle)
{
    struct endpoint *endpoint;
    TRY(check_serves());
    TRY(decode_endpoint(handle, RIGHT_ENDPOINT_RECEIVE, &endpoint));
    REPEAT(SYSCALL_endpoint_receive, endpoint_receive(endpoint), endpoint_receive(endpoint));
}

int64_t message_reply(void)
{
    TRY(check_serves());
    return endpoint_reply();
}

int64_t message_reply_receive(handle_t handle, uint64_t tag)
{
    struct endpoint *endpoint;
    TRY(decode_endpoint(handle, RIGHT_ENDPOINT_RECEIVE, &endpoint));
    REPEAT(SYSCALL_endpoint_reply_receive, endpoint_reply_receive_fast(endpoint, tag),
           endpoint_reply_receive(endpoint));
}

int64_t message_reply_receive_slowly(handle_t handle)
{
    struct endpoint *endpoint;
    TRY(decode_endpoint(handle, RIGHT_ENDPOINT_RECEIVE, &endpoint));
    REPEAT(SYSCALL_endpoint_reply_receive, endpoint_reply_receive(endpoint),
           endpoint_reply_receive(endpoint));
}
