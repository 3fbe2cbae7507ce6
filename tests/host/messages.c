/* The handlers of calls with messages, which entry.asm has for the kernel: they put the registers
 * into the frame. A test puts the others there itself. */
#include <arch/cpu.h>

#include "sys/syscalls.h"

#define MESSAGE_CALL(name, go_on)                                                                  \
    int64_t sys_##name(handle_t handle, uint64_t tag, uint64_t word0, uint64_t word1,              \
                       uint64_t word2, uint64_t word3)                                             \
    {                                                                                              \
        struct trap_frame *f = cpu_this()->frame;                                                  \
        f->rdi = (uint64_t)handle;                                                                 \
        f->rsi = tag;                                                                              \
        f->rdx = word0;                                                                            \
        f->r10 = word1;                                                                            \
        f->r8 = word2;                                                                             \
        f->r9 = word3;                                                                             \
        f->vector = TRAP_SYSCALL;                                                                  \
        return go_on;                                                                              \
    }

MESSAGE_CALL(endpoint_call, message_call(handle, tag))
MESSAGE_CALL(endpoint_call_slowly, message_call_slowly(handle))
MESSAGE_CALL(endpoint_reply, message_reply())
MESSAGE_CALL(endpoint_reply_receive, message_reply_receive(handle, tag))
MESSAGE_CALL(endpoint_reply_receive_slowly, message_reply_receive_slowly(handle))

int64_t sys_gate_call(handle_t handle)
{
    cpu_this()->frame->vector = TRAP_SYSCALL;
    return enter_gate(handle);
}

int64_t sys_gate_return(void)
{
    cpu_this()->frame->vector = TRAP_SYSCALL;
    return leave_gate();
}

int64_t sys_notification_wait(handle_t handle, uint64_t mask, uint64_t deadline)
{
    struct trap_frame *f = cpu_this()->frame;
    f->rdi = (uint64_t)handle;
    f->rsi = mask;
    f->rdx = deadline;
    f->vector = TRAP_SYSCALL;
    return message_notification_wait(handle, mask, deadline);
}

int64_t sys_endpoint_receive(handle_t handle, uint64_t tag)
{
    struct trap_frame *f = cpu_this()->frame;
    f->rdi = (uint64_t)handle;
    f->rsi = tag;
    f->vector = TRAP_SYSCALL;
    return message_receive(handle);
}
