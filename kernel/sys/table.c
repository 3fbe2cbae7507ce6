/* The dispatch table and the names of the system calls, from the one list. */
#include "sys/syscalls.h"

void (*const syscall_handlers[SYSCALLS])(void) = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    [number] = (void (*)(void))sys_##name,
#include "abi/syscalls.def"
#undef SYSCALL
};

static const char *const names[SYSCALLS] = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks) [number] = #name,
#include "abi/syscalls.def"
#undef SYSCALL
};

const char *syscall_name(uint64_t number)
{
    return number < SYSCALLS ? names[number] : "?";
}
