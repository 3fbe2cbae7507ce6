/* System calls on threads. */
#include "obj/thread.h"

#include <arch/clock.h>
#include <arch/context.h>
#include <arch/layout.h>

#include "obj/fault.h"
#include "obj/priority.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define THREAD_RIGHTS                                                                              \
    (RIGHT_THREAD_WAIT | RIGHT_THREAD_CONTROL | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE |          \
     RIGHT_DESTROY)

/* The thread that a handle names, or the calling one for 0; but behind a gate that is somebody
 * else's, who has not given the right to change it. */
static status_t decode_thread_or_self(handle_t handle, uint64_t right, struct thread **out)
{
    *out = cpu_this()->thread;
    if (handle != 0)
        return decode_thread(handle, right, out);
    return thread_gate(*out) == NULL || right == RIGHT_INFO ? STATUS_OK : STATUS_NO_RIGHT;
}

int64_t sys_thread_yield(void)
{
    sched_yield();
    return STATUS_OK;
}

int64_t sys_thread_create(handle_t process, uint64_t entry, uint64_t stack, uint64_t argument,
                          uint64_t tls, uint64_t priority)
{
    struct process *target;
    struct thread *thread;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_live_process(process, RIGHT_PROCESS_THREAD, &target));
    if (entry >= USER_END || stack > USER_END || tls >= USER_END)
        return STATUS_BAD_ADDRESS;
    if (priority >= PRIORITIES)
        return STATUS_BAD_ARGUMENT;
    TRY(cap_reserve(caps));
    struct thread_spec spec = {entry, stack, argument, tls, (uint32_t)priority};
    TRY(thread_create(target, spec, &thread));
    return cap_insert(caps, NULL, &thread->object, THREAD_RIGHTS, 0)->handle;
}

int64_t sys_thread_exit(uint64_t status)
{
    struct thread *thread = cpu_this()->thread;
    if (thread_gate(thread) != NULL)
        gate_throw_back(thread, thread_gate(thread), STATUS_ENDED);
    else
        thread_end(thread, (struct ending){END_EXIT, (int64_t)status, 0});
    return STATUS_OK;
}

int64_t sys_thread_wait(handle_t thread)
{
    struct thread *target;
    TRY(decode_thread(thread, RIGHT_THREAD_WAIT, &target));
    if (target == cpu_this()->thread)
        return STATUS_BAD_ARGUMENT;
    if (target->state != THREAD_ENDED)
        thread_wait_for(&target->object, &target->waiters);
    return STATUS_OK;
}

int64_t sys_thread_sleep(uint64_t nanoseconds)
{
    uint64_t now = clock_now();
    sched_sleep_until(nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds);
    return STATUS_OK;
}

int64_t sys_thread_info(handle_t thread, uint64_t info_out)
{
    struct thread *target;
    TRY(decode_thread_or_self(thread, RIGHT_INFO, &target));
    bool ended = target->state == THREAD_ENDED;
    struct thread_info info = {
        .id = target->object.id,
        .process = target->process_id,
        .priority = target->own_priority,
        .runs_at = target->priority,
        .reason = target->ending.reason,
        .status = target->ending.status,
        .view = ended || thread_gate(target) != NULL ? 0 : thread_view(target)->handle,
        .cpu = target->wanted->id.v,
    };
    return user_write(UPTR(info_out), &info, sizeof(info));
}

int64_t sys_thread_set_priority(handle_t thread, uint64_t priority)
{
    struct thread *target;
    TRY(decode_thread_or_self(thread, RIGHT_THREAD_CONTROL, &target));
    if (priority >= PRIORITIES)
        return STATUS_BAD_ARGUMENT;
    if (target->state == THREAD_ENDED)
        return STATUS_ENDED;
    priority_set(target, (uint32_t)priority);
    return STATUS_OK;
}

int64_t sys_thread_set_cpu(handle_t thread, uint64_t cpu)
{
    struct thread *target;
    TRY(decode_thread_or_self(thread, RIGHT_THREAD_CONTROL, &target));
    if (cpu >= cpu_count)
        return STATUS_BAD_ARGUMENT;
    if (target->state == THREAD_ENDED)
        return STATUS_ENDED;
    sched_set_cpu(target, cpus[cpu]);
    return STATUS_OK;
}

/* The capability is the thread's process's own, so that nothing else keeps the endpoint. */
int64_t sys_thread_set_fault_endpoint(handle_t thread, handle_t endpoint)
{
    struct thread *target;
    struct cap *cap;
    TRY(decode_thread_or_self(thread, RIGHT_THREAD_CONTROL, &target));
    if (target->state == THREAD_ENDED)
        return STATUS_ENDED;
    if (endpoint != 0)
        TRY(cap_find(&target->owner->caps, endpoint, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap));
    target->fault.endpoint = endpoint;
    return STATUS_OK;
}

static status_t set_handler(uint64_t entry, uint64_t stack)
{
    if (entry >= USER_END || stack > USER_END)
        return STATUS_BAD_ADDRESS;
    if (thread_gate(cpu_this()->thread) != NULL)
        return STATUS_BUSY;
    fault_handler_set(entry, stack);
    return STATUS_OK;
}

int64_t sys_thread_set_handler(uint64_t entry, uint64_t stack)
{
    return set_handler(entry, stack);
}

int64_t sys_thread_resume(uint64_t report_address, uint64_t entry, uint64_t stack)
{
    struct fault_report report;
    TRY(user_read(&report, UPTR(report_address), sizeof(report)));
    if (report.rip >= USER_END)
        return STATUS_BAD_ADDRESS;
    TRY(set_handler(entry, stack));
    return sched_resume(&report);
}

int64_t sys_thread_set_tls(uint64_t base)
{
    if (base >= USER_END)
        return STATUS_BAD_ADDRESS;
    context_set_tls(&cpu_this()->thread->context, base);
    return STATUS_OK;
}
