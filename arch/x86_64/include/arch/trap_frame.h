/*
 * floor: 2
 *
 * The registers of user code at its last entry into the kernel. The frame is the first member of a
 * thread; entry code pushes straight into it, so nothing is ever copied
 * (arch/x86_64/trap/entry.asm).
 *
 *  high  ss rsp rflags cs rip error   pushed by the CPU (SDM 3A 6.14.2), or the stub for error
 *        vector                       pushed by the stub; TRAP_SYSCALL for a system call,
 *                                     TRAP_MESSAGE for one that returns a message, TRAP_REPEAT
 *                                     for what the kernel filled in
 *        rdi rsi rdx rcx rax r8 r9 r10 r11
 *  low   rbx rbp r12 r13 r14 r15      what a C function keeps
 *
 * After a system call only rip, rflags, rsp, rax and the six callee-saved registers are valid; the
 * others are returned as zero. A call that sends or receives a message leaves its parameters here
 * as well.
 */
#ifndef VASCO_ARCH_TRAP_FRAME_H
#define VASCO_ARCH_TRAP_FRAME_H

#include "base/types.h"

#define TRAP_SYSCALL 0x100
#define TRAP_REPEAT 0x101  /* by the kernel's own hand: all registers are valid, as after a trap */
#define TRAP_MESSAGE 0x102 /* a system call that returns a message: RCX and R11 are lost */

#define SYSCALL_BYTES 2         /* 0F 05 */
#define RFLAGS_USER_START 0x202 /* interrupts on; bit 1 is always set (SDM 1 3.4.3) */

struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector;
    uint64_t error;
    uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct trap_frame) == 176, "22 words, as entry.asm pushes them");
_Static_assert(sizeof(struct trap_frame) % 16 == 0, "the CPU aligns the stack before it pushes");

#endif
