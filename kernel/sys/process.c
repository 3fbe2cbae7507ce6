/* System calls on processes. */
#include "obj/process.h"

#include "base/string.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define PROCESS_RIGHTS                                                                             \
    (RIGHT_PROCESS_LINK | RIGHT_PROCESS_VIEW | RIGHT_PROCESS_THREAD | RIGHT_PROCESS_PLACE |        \
     RIGHT_PROCESS_WAIT | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

int64_t sys_process_create(uint64_t name_lo, uint64_t name_hi, handle_t pool_handle)
{
    struct process *process;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(process_create(pool, name_from_words(name_lo, name_hi), &process));
    return cap_insert(caps, NULL, &process->object, PROCESS_RIGHTS, 0)->handle;
}

int64_t sys_process_exit(uint64_t status)
{
    process_end(process_current(), (struct ending){END_EXIT, (int64_t)status, 0});
    return STATUS_OK;
}

int64_t sys_process_wait(handle_t process)
{
    struct process *target;
    TRY(decode_process(process, RIGHT_PROCESS_WAIT, &target));
    if (target == process_current())
        return STATUS_BAD_ARGUMENT;
    if (!target->cleared)
        thread_wait_for(&target->object, &target->waiters);
    return STATUS_OK;
}

int64_t sys_process_info(handle_t process, uint64_t info_out)
{
    struct process *target;
    TRY(decode_process(process, RIGHT_INFO, &target));
    struct process_info info = {
        .id = target->object.id,
        .nthreads = target->nthreads,
        .reason = target->ending.reason,
        .status = target->ending.status,
        .address = target->ending.address,
        .nviews = target->nviews,
        .ncaps = target->caps.ncaps,
    };
    memcpy(info.name, target->object.name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}
