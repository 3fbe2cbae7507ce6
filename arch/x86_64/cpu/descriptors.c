/* GDT, TSS, IDT and the SYSCALL registers: see descriptors.h for the order of segments. */
#include "cpu/descriptors.h"

#include <arch/vectors.h>

#include "cpu/instr.h"
#include "cpu/percpu.h"
#include "cpu/registers.h"

#define VECTORS 256
#define STUB_BYTES 16

/* Flat 64-bit segments with the accessed bit set, so that the CPU never writes to them
 * (SDM 3A 3.4.5). */
#define SEGMENT_KERNEL_CODE 0x00af9b000000ffff
#define SEGMENT_KERNEL_DATA 0x00cf93000000ffff
#define SEGMENT_USER_DATA 0x00cff3000000ffff
#define SEGMENT_USER_CODE 0x00affb000000ffff

#define GATE_INTERRUPT ((uint64_t)0x8e << 40) /* present, interrupts off */
#define GATE_FROM_USER ((uint64_t)3 << 45)

struct gate {
    uint64_t low, high;
};

/* In entry.asm. */
extern char trap_stubs[VECTORS * STUB_BYTES];
extern char syscall_entry[], syscall_entry_traced[];

static struct gate idt[VECTORS]; /* of all CPUs; the first one has written it before others start */

static struct gate gate_to(uint64_t vector, uint64_t stack)
{
    uint64_t target = (uint64_t)trap_stubs + vector * STUB_BYTES;
    bool from_user = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;
    return (struct gate){
        .low = (target & 0xffff) | (uint64_t)SELECTOR_KERNEL_CODE << 16 | stack << 32 |
               GATE_INTERRUPT | (from_user ? GATE_FROM_USER : 0) | (target >> 16 & 0xffff) << 48,
        .high = target >> 32,
    };
}

void descriptors_init_early(void)
{
    for (uint64_t vector = 0; vector < VECTORS; vector++)
        idt[vector] = gate_to(vector, 0);
    descriptors_load_traps();
}

void descriptors_load_traps(void)
{
    cpu_lidt(&(struct table_pointer){sizeof(idt) - 1, (uint64_t)idt});
}

/* As soon as the first CPU has them. */
static void gates_use_own_stacks(void)
{
    idt[VECTOR_DOUBLE_FAULT] = gate_to(VECTOR_DOUBLE_FAULT, TRAP_STACK_DOUBLE_FAULT);
    idt[VECTOR_NMI] = gate_to(VECTOR_NMI, TRAP_STACK_NMI);
    idt[VECTOR_MACHINE_CHECK] = gate_to(VECTOR_MACHINE_CHECK, TRAP_STACK_MACHINE_CHECK);
    idt[VECTOR_DEBUG] = gate_to(VECTOR_DEBUG, TRAP_STACK_DEBUG);
}

static void gdt_fill(struct cpu_machine *m)
{
    uint64_t tss = (uint64_t)&m->tss.reserved;
    m->gdt[SELECTOR_KERNEL_CODE / 8] = SEGMENT_KERNEL_CODE;
    m->gdt[SELECTOR_KERNEL_DATA / 8] = SEGMENT_KERNEL_DATA;
    m->gdt[SELECTOR_USER_DATA / 8] = SEGMENT_USER_DATA;
    m->gdt[SELECTOR_USER_CODE / 8] = SEGMENT_USER_CODE;
    /* An available 64-bit TSS (SDM 3A 7.2.3). */
    m->gdt[SELECTOR_TSS / 8] =
        (TSS_BYTES - 1) | (tss & 0xffffff) << 16 | (uint64_t)0x89 << 40 | (tss >> 24 & 0xff) << 56;
    m->gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
}

/* SYSCALL clears in RFLAGS what the kernel must not inherit: single steps, interrupts, string
 * direction, nested-task, and AC, which would open SMAP. SYSRET adds 16 and 8 to the user base for
 * CS and SS; its low bits give the privilege level on CPUs that do not force it. */
static void syscall_init(void)
{
    uint64_t user_base = SELECTOR_USER_DATA - 8;
    cpu_write_msr(MSR_STAR, user_base << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    cpu_write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    cpu_write_msr(MSR_CSTAR, 0);
    cpu_write_msr(MSR_SYSENTER_CS, 0); /* SYSENTER faults (SDM 2B) */
    cpu_write_msr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT |
                                  RFLAGS_RF | RFLAGS_AC);
}
void cpu_follow_trace(void)
{
    bool traced = (cpu_this()->watched & WATCH_TRACE) != 0;
    cpu_write_msr(MSR_LSTAR, (uint64_t)(traced ? syscall_entry_traced : syscall_entry));
}
_Static_assert(SELECTOR_KERNEL_DATA == SELECTOR_KERNEL_CODE + 8, "SYSCALL");
_Static_assert(SELECTOR_USER_CODE == SELECTOR_USER_DATA + 8, "SYSRET");

void descriptors_init(struct cpu_machine *m)
{
    gdt_fill(m);
    m->tss.io_map = TSS_BYTES;
    cpu_lgdt(&(struct table_pointer){sizeof(m->gdt) - 1, (uint64_t)m->gdt});
    cpu_load_segments(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_DATA);
    cpu_lldt(0); /* whatever the loader left: no selector of the user's may reach it */
    cpu_ltr(SELECTOR_TSS);
    if (m->cpu.id.v == 0)
        gates_use_own_stacks();
    descriptors_load_traps();
    syscall_init();
}
