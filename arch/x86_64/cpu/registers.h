/*
 * floor 2: the bits and numbers of control registers (SDM 3A 2.5) and model-specific registers
 * (SDM 4, chapter 2). Numbers only; instr.h has the instructions.
 */
#ifndef VASCO_CPU_REGISTERS_H
#define VASCO_CPU_REGISTERS_H

#include "base/types.h"

#define CR0_PE ((uint64_t)1 << 0)
#define CR0_MP ((uint64_t)1 << 1)
#define CR0_ET ((uint64_t)1 << 4)
#define CR0_NE ((uint64_t)1 << 5)
#define CR0_WP ((uint64_t)1 << 16)
#define CR0_PG ((uint64_t)1 << 31)

#define CR4_PAE ((uint64_t)1 << 5)
#define CR4_MCE ((uint64_t)1 << 6)
#define CR4_PGE ((uint64_t)1 << 7)
#define CR4_OSFXSR ((uint64_t)1 << 9)
#define CR4_OSXMMEXCPT ((uint64_t)1 << 10)
#define CR4_UMIP ((uint64_t)1 << 11)
#define CR4_FSGSBASE ((uint64_t)1 << 16)
#define CR4_PCIDE ((uint64_t)1 << 17)
#define CR4_OSXSAVE ((uint64_t)1 << 18)
#define CR4_SMEP ((uint64_t)1 << 20)
#define CR4_SMAP ((uint64_t)1 << 21)

/* State components (SDM 1 13.1). */
#define XCR0_X87 ((uint64_t)1 << 0)
#define XCR0_SSE ((uint64_t)1 << 1)
#define XCR0_AVX ((uint64_t)1 << 2)
#define XCR0_AVX512 ((uint64_t)7 << 5)

#define MSR_APIC_BASE 0x1b
#define MSR_TSC_ADJUST 0x3b
#define MSR_SYSENTER_CS 0x174
#define MSR_PAT 0x277
#define MSR_X2APIC 0x800 /* + the xAPIC's register offset / 16 (SDM 3A 10.12.1.2) */
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

/* Machine checks: SDM 3B 16.3. */
#define MSR_MCG_CAP 0x179
#define MCG_CAP_BANKS ((uint64_t)0xff)
#define MSR_MC0_STATUS 0x401
#define MSR_MC0_ADDRESS 0x402
#define MSR_MC_STEP 4
#define MC_STATUS_VALID ((uint64_t)1 << 63)
#define MC_STATUS_ADDRESS ((uint64_t)1 << 58)

#define EFER_SCE ((uint64_t)1 << 0)
#define EFER_NXE ((uint64_t)1 << 11)

#define APIC_BASE_X2APIC ((uint64_t)1 << 10)
#define APIC_BASE_ENABLED ((uint64_t)1 << 11)
#define APIC_BASE_ADDRESS ((uint64_t)0x000ffffffffff000)

/* CF PF AF ZF SF OF */
#define RFLAGS_STATUS ((uint64_t)0x8d5)
#define RFLAGS_ALWAYS ((uint64_t)1 << 1)
#define RFLAGS_TF ((uint64_t)1 << 8)
#define RFLAGS_IF ((uint64_t)1 << 9)
#define RFLAGS_DF ((uint64_t)1 << 10)
#define RFLAGS_IOPL ((uint64_t)3 << 12)
#define RFLAGS_NT ((uint64_t)1 << 14)
#define RFLAGS_RF ((uint64_t)1 << 16)
#define RFLAGS_AC ((uint64_t)1 << 18)
#define RFLAGS_ID ((uint64_t)1 << 21)

#endif
