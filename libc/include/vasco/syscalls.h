/*
 * The system calls as they are, one function each: `sys_NAME`, from abi/syscalls.def, which says
 * what each does and which rights it needs. All return a value of zero or more, or a negative
 * status (vasco/status.h); a call that fails has changed nothing.
 *
 * The other headers of this folder wrap them in friendlier types. A program that needs to know how
 * many instructions a call takes uses `syscall_0` and `syscall_1`, which compile to the bare
 * SYSCALL.
 */
#ifndef VASCO_SYSCALLS_H
#define VASCO_SYSCALLS_H

#include <stdint.h>

#include "abi/syscalls.h"
#include "abi/types.h"

#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    int64_t sys_##name parameters;
#include "abi/syscalls.def"
#undef SYSCALL

/* Makes the call of this number without parameters. Blocks where that call does. Errors: those of
 * that call. The kernel clears the caller-saved registers it does not return anything in; memory
 * may be another afterwards, since a call can change the view. */
static inline int64_t syscall_0(enum syscall_number number)
{
    int64_t result = (int64_t)number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     :
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
    return result;
}

/* The same with one parameter. */
static inline int64_t syscall_1(enum syscall_number number, uint64_t argument)
{
    int64_t result = (int64_t)number;
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(argument)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory");
    return result;
}

#endif
