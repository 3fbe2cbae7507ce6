/* System-call numbers, from syscalls.def: SYSCALL_NULL is called SYSCALL_null after its stub. */
#ifndef VASCO_ABI_SYSCALLS_H
#define VASCO_ABI_SYSCALLS_H

enum syscall_number {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    SYSCALL_##name = (number),
#include "abi/syscalls.def"
#undef SYSCALL
    SYSCALLS
};

#endif
