/*
 * floor 2: the machine's instructions, one function each, and the kernel's only inline assembly.
 *
 * Host tests put a fake CPU in its place by include path. What orders memory says so with a
 * "memory" clobber.
 */
#ifndef VASCO_CPU_INSTR_H
#define VASCO_CPU_INSTR_H

#include "base/types.h"

/* --- ports ---------------------------------------------------------------------------------- */

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t cpu_in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void cpu_out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* --- registers ------------------------------------------------------------------------------ */

static inline uint64_t cpu_read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t cpu_read_cr0(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static inline void cpu_write_cr0(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t cpu_read_cr2(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint64_t cpu_read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static inline void cpu_write_cr3(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t cpu_read_cr4(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static inline void cpu_write_cr4(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline void cpu_write_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t cpu_read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* The same, not before what stands before it nor after what stands behind it (SDM 2B, RDTSC). */
static inline uint64_t cpu_read_tsc_in_order(void)
{
    uint32_t low, high;
    __asm__ volatile("mfence\n\tlfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The frame pointer's sister: where this function's stack is now. */
static inline uint64_t cpu_read_rsp(void)
{
    uint64_t value;
    __asm__ volatile("mov %%rsp, %0" : "=r"(value));
    return value;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

/* --- segments ------------------------------------------------------------------------------- */

/* What LGDT and LIDT read (SDM 3A 2.4). */
struct table_pointer {
    uint16_t limit; /* last valid byte */
    uint64_t base;
} __attribute__((packed));
_Static_assert(sizeof(struct table_pointer) == 10, "SDM 3A 3.5.1");

static inline void cpu_lgdt(const struct table_pointer *pointer)
{
    __asm__ volatile("lgdt %0" : : "m"(*pointer) : "memory");
}

static inline void cpu_breakpoint(void)
{
    __asm__ volatile("int3");
}

static inline void cpu_lidt(const struct table_pointer *pointer)
{
    __asm__ volatile("lidt %0" : : "m"(*pointer) : "memory");
}

static inline void cpu_lldt(uint16_t selector)
{
    __asm__ volatile("lldt %0" : : "r"(selector));
}

static inline void cpu_ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

/* Reloads CS and SS, and clears the data segments, which 64-bit code does not use. Clears the bases
 * of FS and GS too. */
static inline void cpu_load_segments(uint16_t code, uint16_t stack)
{
    __asm__ volatile("pushq %0\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movw %w1, %%ss\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movw %%ax, %%ds\n\t"
                     "movw %%ax, %%es\n\t"
                     "movw %%ax, %%fs\n\t"
                     "movw %%ax, %%gs"
                     :
                     : "r"((uint64_t)code), "r"((uint64_t)stack)
                     : "rax", "memory");
}

static inline uint64_t cpu_read_fs_base(void)
{
    uint64_t value;
    __asm__ volatile("rdfsbase %0" : "=r"(value));
    return value;
}

static inline void cpu_write_fs_base(uint64_t value)
{
    __asm__ volatile("wrfsbase %0" : : "r"(value));
}

/* The base of GS as user code sees it. Between the two SWAPGS nothing may touch per-CPU state; an
 * NMI finds its record without GS. */
static inline uint64_t cpu_read_user_gs_base(void)
{
    uint64_t value;
    __asm__ volatile("swapgs\n\trdgsbase %0\n\tswapgs" : "=r"(value) : : "memory");
    return value;
}

static inline void cpu_write_user_gs_base(uint64_t value)
{
    __asm__ volatile("swapgs\n\twrgsbase %0\n\tswapgs" : : "r"(value) : "memory");
}

/* Writes it and returns what it was. */
static inline uint64_t cpu_swap_user_gs_base(uint64_t value)
{
    uint64_t before;
    __asm__ volatile("swapgs\n\trdgsbase %0\n\twrgsbase %1\n\tswapgs"
                     : "=&r"(before)
                     : "r"(value)
                     : "memory");
    return before;
}

/* --- translations --------------------------------------------------------------------------- */

static inline void cpu_invlpg(vaddr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va.v) : "memory");
}

/* SDM 2A, INVPCID. */
enum invpcid_type {
    INVPCID_ADDRESS = 0,
    INVPCID_TAG = 1,
    INVPCID_ALL_AND_GLOBAL = 2,
    INVPCID_ALL = 3,
};

static inline void cpu_invpcid(enum invpcid_type type, uint64_t pcid, vaddr_t va)
{
    const uint64_t descriptor[2] = {pcid, va.v};
    __asm__ volatile("invpcid %0, %1" : : "m"(descriptor), "r"((uint64_t)type) : "memory");
}

/* --- vector registers ----------------------------------------------------------------------- */

/* All components that XCR0 enables; the area is 64-byte aligned (SDM 1 13.4). */
static inline void cpu_xsave(void *area)
{
    __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0U), "d"(~0U) : "memory");
}

static inline void cpu_xsaveopt(void *area)
{
    __asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(~0U), "d"(~0U) : "memory");
}

static inline void cpu_xrstor(const void *area)
{
    __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0U), "d"(~0U) : "memory");
}

static inline void cpu_fxsave(void *area)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void cpu_fxrstor(const void *area)
{
    __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* --- strings -------------------------------------------------------------------------------- */

static inline void cpu_store_words(void *to, uint64_t word, uint64_t nwords)
{
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(nwords) : "a"(word) : "memory");
}

static inline void cpu_copy_words(void *to, const void *from, uint64_t nwords)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(nwords) : : "memory");
}

/* --- waiting -------------------------------------------------------------------------------- */

/* Clears RFLAGS.AC; only with SMAP. */
static inline void cpu_clac(void)
{
    __asm__ volatile("clac" : : : "cc");
}

/* What was stored is seen by all CPUs before a later WRMSR to the x2APIC takes effect, which waits
 * for nothing by itself (SDM 3A 10.12.3). */
static inline void cpu_fence_before_msr(void)
{
    __asm__ volatile("mfence\n\tlfence" : : : "memory");
}

/* Stores to memory that is write-combining may wait for others without end; not beyond this (SDM 3A
 * 12.3.1). */
static inline void cpu_drain_stores(void)
{
    __asm__ volatile("sfence" : : : "memory");
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause");
}

/* STI takes effect behind the next instruction (SDM 2B), so there must be one between the two. */
static inline void cpu_enable_interrupts_briefly(void)
{
    __asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
}

static inline void cpu_disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void cpu_halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

/* STI takes effect after the next instruction (SDM 2B), so no interrupt can slip in before HLT. */
static inline void cpu_halt_enabled(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

#endif
