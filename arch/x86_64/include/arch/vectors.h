/*
 * floor: 1
 *
 * Interrupt and exception vectors (SDM 3A table 6-1) and page-fault error bits (SDM 3A 4.7).
 */
#ifndef VASCO_ARCH_VECTORS_H
#define VASCO_ARCH_VECTORS_H

#define VECTOR_DIVIDE 0
#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_INVALID_OPCODE 6
#define VECTOR_NO_DEVICE 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define EXCEPTIONS 32
#define VECTOR_TIMER 0x20
#define VECTOR_INPUT 0x21  /* the keyboard or the serial line has something */
#define VECTOR_ASK 0xf0    /* another CPU asks something (mmu_answer) */
#define VECTOR_CHOOSE 0xf1 /* another CPU has set `resched` of this one */
#define VECTOR_SPURIOUS 0xff

#define PAGE_FAULT_PRESENT 0x1
#define PAGE_FAULT_WRITE 0x2
#define PAGE_FAULT_USER 0x4
#define PAGE_FAULT_RESERVED 0x8
#define PAGE_FAULT_FETCH 0x10

#endif
