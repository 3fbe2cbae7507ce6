/*
 * floor 7: the handlers of the system calls, one for each line of abi/syscalls.def.
 *
 * A handler first decodes: looks up handles, checks rights and arguments, and may fail having
 * changed nothing. Then it commits. Its result is what the caller gets in RAX.
 */
#ifndef VASCO_SYS_SYSCALLS_H
#define VASCO_SYS_SYSCALLS_H

#include "abi/syscalls.h"
#include "base/status.h"
#include "base/types.h"

#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    int64_t sys_##name parameters;
#include "abi/syscalls.def"
#undef SYSCALL

/* What the handlers of calls with messages go on with when they have put the registers into the
 * thread's frame (entry.asm): those handlers are written in assembly. */
int64_t message_call(handle_t endpoint, uint64_t tag);
int64_t message_call_slowly(handle_t endpoint);
int64_t message_receive(handle_t endpoint);
int64_t message_reply(void);
int64_t message_reply_receive(handle_t endpoint, uint64_t tag);
int64_t message_reply_receive_slowly(handle_t endpoint);
int64_t enter_gate(handle_t gate);
int64_t leave_gate(void);
int64_t message_notification_wait(handle_t notification, uint64_t mask, uint64_t deadline);

/* By number; entry.asm calls through it with the parameters still in their registers. */
extern void (*const syscall_handlers[SYSCALLS])(void);

/* The same calls without their fast paths, which hand the CPU over where nobody looks. */
int64_t sys_endpoint_call_slowly(handle_t endpoint, uint64_t tag, uint64_t word0, uint64_t word1,
                                 uint64_t word2, uint64_t word3);
int64_t sys_endpoint_reply_receive_slowly(handle_t endpoint, uint64_t tag, uint64_t word0,
                                          uint64_t word1, uint64_t word2, uint64_t word3);

/* While the CPU is traced: a call begins. Returns the handler to go on with. */
void (*trace_call(uint64_t number, const uint64_t arguments[6]))(void);

/* Name of a call, for messages. */
const char *syscall_name(uint64_t number);

#endif
