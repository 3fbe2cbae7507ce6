/* System calls of tracing, and what is done at the beginning of each call while it is on. */
#include "obj/trace.h"

#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

int64_t sys_system_trace(handle_t system, uint64_t nevents)
{
    struct cap *cap;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_TRACE, &cap));
    if (nevents > TRACE_EVENTS_MAX)
        return STATUS_TOO_LARGE;
    if (nevents > 0 && trace_is_on(cpu_this()))
        return STATUS_BUSY;
    if (nevents > 0)
        return trace_start(nevents);
    trace_stop();
    return STATUS_OK;
}

int64_t sys_system_trace_read(handle_t system, uint64_t cpu, uint64_t first, uint64_t events_out,
                              uint64_t nevents)
{
    struct cap *cap;
    struct trace_event event;
    TRY(decode(system, OBJECT_SYSTEM, RIGHT_SYSTEM_TRACE, &cap));
    if (cpu >= cpu_count)
        return STATUS_BAD_ARGUMENT;
    nevents = min_u64(nevents, TRACE_READ_MAX);
    TRY(user_check(UPTR(events_out), nevents * sizeof(event), ACCESS_WRITE));
    const struct trace_ring *ring = cpus[cpu]->trace;
    if (ring == NULL)
        return STATUS_NO_DATA;
    uint64_t end = __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
    uint64_t n = 0;
    for (uint64_t i = max_u64(first, trace_ring_oldest(ring)); i < end && n < nevents; i++) {
        if (!trace_ring_read(ring, i, &event))
            continue;
        TRY(user_write(UPTR(events_out + n * sizeof(event)), &event, sizeof(event)));
        n++;
    }
    return (int64_t)n;
}

/* The fast path of a message hands the CPU over without looking at `attention`. */
void (*trace_call(uint64_t number, const uint64_t arguments[6]))(void)
{
    struct cpu *cpu = cpu_this();
    trace_place(cpu);
    trace_add(cpu, TRACE_CALL, (uint32_t)number,
              (struct trace_values){{arguments[0], arguments[1], arguments[2], arguments[3]}});
    if (number == SYSCALL_endpoint_call)
        return (void (*)(void))sys_endpoint_call_slowly;
    if (number == SYSCALL_endpoint_reply_receive)
        return (void (*)(void))sys_endpoint_reply_receive_slowly;
    return syscall_handlers[number];
}
