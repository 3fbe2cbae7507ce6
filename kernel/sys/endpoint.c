/* System calls on endpoints. */
#include "obj/endpoint.h"

#include "base/string.h"
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

int64_t sys_endpoint_call(handle_t handle, uint64_t message)
{
    struct cap *cap;
    bool again;
    TRY(decode(handle, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap));
    struct endpoint *endpoint = container_of(cap->object, struct endpoint, object);
    sched_step_begin();
    do {
        TRY(endpoint_call(endpoint, UPTR(message), cap, &again));
        if (again && sched_step())
            return sched_again((struct repeat){SYSCALL_endpoint_call, {(uint64_t)handle, message}});
    } while (again);
    return STATUS_OK;
}

int64_t sys_endpoint_receive(handle_t handle, uint64_t message)
{
    struct endpoint *endpoint;
    bool again;
    TRY(decode_endpoint(handle, RIGHT_ENDPOINT_RECEIVE, &endpoint));
    sched_step_begin();
    do {
        TRY(endpoint_receive(endpoint, UPTR(message), &again));
        if (again && sched_step())
            return sched_again(
                (struct repeat){SYSCALL_endpoint_receive, {(uint64_t)handle, message}});
    } while (again);
    return STATUS_OK;
}

int64_t sys_endpoint_reply(uint64_t message)
{
    return endpoint_reply(UPTR(message));
}
