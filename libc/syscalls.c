/*
 * The functions sys_NAME, one for each line of abi/syscalls.def. A C call and a system call differ
 * in two ways: the number in EAX, and the fourth parameter, which SYSCALL would lose in RCX.
 */
#include <vasco/syscalls.h>

/* COUNT(list): how many entries it has, 1 to 6. */
#define COUNT(...) COUNT_(__VA_ARGS__, 6, 5, 4, 3, 2, 1, )
#define COUNT_(a, b, c, d, e, f, n, ...) n
#define STRING(x) STRING_(x)
#define STRING_(x) #x

#define SYSCALL(number, name, parameters, summary, rights, errors, blocks)                         \
    __asm__(".text\n"                                                                              \
            ".balign 16\n"                                                                         \
            ".globl sys_" #name "\n"                                                               \
            ".type sys_" #name ", @function\n"                                                     \
            "sys_" #name ":\n"                                                                     \
            ".if " STRING(COUNT parameters) " > 3\n"                                               \
                                            "    movq %rcx, %r10\n"                                \
                                            ".endif\n"                                             \
                                            "    movl $" #number ", %eax\n"                        \
                                            "    syscall\n"                                        \
                                            "    ret\n"                                            \
                                            ".size sys_" #name ", . - sys_" #name "\n");
#include "abi/syscalls.def"
#undef SYSCALL
