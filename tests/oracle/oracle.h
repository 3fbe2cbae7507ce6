/*
 * The oracle: the kernel's own code on N model CPUs, which remember translations for as long as the
 * architecture lets them, stop between any two accesses to memory, and are watched.
 *
 *   choose.c       who decides: a seed, or the fuzzer's bytes
 *   run.c          CPUs as coroutines: who goes on, who stands still
 *   hooks.c        every access to memory of the kernel's code passes here
 *   stores.c       stores that other CPUs do not see yet
 *   tlb.c          what a CPU remembers, and the instructions that make it forget
 *   truth.c        what it may remember
 *   memory.c       what has been freed
 *   entry.c        the ways into the kernel and back, as entry.asm has them
 *   machine.c      the rest of the machine
 *   users.c        what user code does (users.h)
 *   world.c        the first process, and the checks at the end
 */
#ifndef VASCO_TESTS_ORACLE_H
#define VASCO_TESTS_ORACLE_H

#include <setjmp.h>
#include <stddef.h>

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap_frame.h>

#include "base/types.h"
#include "obj/process.h"

#define MODEL_CPUS_MAX 4
#define RAM_BYTES (48 * MIB)
#define REMEMBERED 64 /* translations under one tag, and as many tables */
#define STORES 48     /* that one CPU can have under way */

/* A translation that a CPU remembers, or a table on the way to some. */
struct remembered {
    uint64_t va;
    uint64_t pa;     /* of the page, or of the table */
    uint32_t serial; /* of that frame: which of its lives this is */
    uint8_t level;   /* of the entry that it was made from */
    uint8_t access;  /* of all entries on the way */
};

struct remembered_set {
    uint32_t n;
    struct remembered entries[REMEMBERED];
};

struct store {
    char *address;
    uint32_t nbytes;
    uint64_t value; /* while the CPU does not run: what it has stored, */
};

struct model_cpu {
    struct cpu cpu; /* the kernel's record */
    uint64_t trap_stack;
    uint32_t number;
    /* run.c */
    void *stack;
    void *sp;
    uint32_t stands; /* turns that it lets pass */
    int64_t budget;  /* accesses until another CPU may have its turn */
    jmp_buf to_user;
    /* the machine */
    bool in_user;
    uint64_t cr3;
    uint64_t cr2;
    uint32_t pending;            /* interrupts: enum pending */
    struct trap_frame registers; /* of user code */
    uint64_t heads_for;          /* it is in the middle of a switch to this handle, or 0 */
    /* stores.c */
    bool lazy; /* its stores are seen late */
    uint32_t nstores;
    struct store stores[STORES];
    /* tlb.c */
    struct remembered_set pages[TLB_TAGS];
    struct remembered_set tables[TLB_TAGS];
};

/* The process in which the thread of a CPU runs, its own or that of a gate. */
static inline struct process *process_on(const struct model_cpu *m)
{
    return process_of(m->cpu.caps);
}

enum pending {
    PENDING_ASK = 1,
    PENDING_CHOOSE = 2,
};

extern struct model_cpu model_cpus[MODEL_CPUS_MAX];

/* The one that runs; null while none does: at boot, and during checks. */
extern struct model_cpu *running;

#define OFTEN(n) (choose(n) != 0)
#define SELDOM(n) (choose(n) == 0)

/* --- choose.c --- */

void choose_from_seed(uint64_t seed);
void choose_from_bytes(const uint8_t *bytes, size_t nbytes);

/* A number below n. */
uint32_t choose(uint32_t n);

/* --- run.c --- */

void run_begin(uint32_t ncpus);

/* Lets the CPUs run until this many operations are done. */
void run_until(uint64_t operations);

/* Another CPU may have its turn now; or must have. */
void point(void);
void pass_turn(void);

/* One operation more has been done. */
void operation_done(void);
extern uint64_t operations_total; /* since the program was started */
extern uint64_t operations_done;  /* since run_begin */

/* Says why, and ends the program; for the fuzzer by abort(). */
extern bool oracle_aborts;
extern uint64_t seed_now;
_Noreturn void oracle_fails(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- stores.c --- */

void store_begins(void *address, uint64_t nbytes);
void stores_drain(void);

/* A CPU gives way, and goes on. */
void stores_set_aside(struct model_cpu *m);
void stores_take_up(struct model_cpu *m);

/* For those who look at the whole: every store is seen, or again by its own CPU only. */
void stores_show_all(void);
void stores_hide_all(void);

/* --- tlb.c --- */

void tlb_reset(struct model_cpu *m);

/* The hardware fills in what it likes. */
void tlb_speculate(struct model_cpu *m);

/* An access of user code: true, and what is used; false: a page fault. */
bool tlb_access(struct model_cpu *m, uint64_t va, uint64_t access, struct remembered *used);

/* What a page fault makes the CPU forget (SDM 3A 4.10.4.1). */
void tlb_faulted(struct model_cpu *m, uint64_t va);

/* --- truth.c --- */

/* The CPU enters user mode. */
void truth_user(struct model_cpu *m);

/* User code uses this translation. */
void truth_use(struct model_cpu *m, const struct remembered *r);

/* The kernel lock is about to be given back. */
void truth_release(void);

/* CR3 has been loaded. */
void truth_load(struct model_cpu *m);

/* A frame is about to be freed. */
void truth_free(paddr_t pa);

/* --- memory.c --- */

extern char *machine_ram;
extern uint32_t memory_serial[RAM_BYTES / PAGE_SIZE];

void memory_start(void);

/* The kernel is about to touch this. */
void memory_touched(const void *p);

static inline uint32_t memory_serial_of(uint64_t pa)
{
    return memory_serial[pa >> PAGE_SHIFT];
}

/* --- entry.c --- */

/* What a CPU does all the time; does not return. */
void entry_loop(void);

/* A system call of user code. It may be that the thread gets its result on another CPU, and this
 * does not return. */
int64_t entry_call(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                   uint64_t a5);

/* Calls that have succeeded, by number; and switches that took the fast path. */
extern uint64_t entry_successes[];
extern uint64_t entry_fast_switches, entry_gate_calls;

/* A page fault of user code. */
void entry_fault(uint64_t va, uint64_t access);

/* Built from entry.asm: the fast path of the switch. False: the ordinary call has to be made. */
bool entry_switch(uint64_t rdi);

/* --- users.c --- */

/* User code on this CPU does something. */
void user_acts(void);

/* An address that somebody might look at. */
uint64_t user_address(void);

#define USER_ENTRY 0x400000
#define USER_HANDLER 0x500000
#define USER_STACK 0x10010000
#define BUFFER_BASE 0x10000000

/* --- world.c --- */

extern struct process *world_init;
extern struct seg *world_buffer;
extern uint64_t clock_value;

/* A machine that is drawn by lot does this many operations. */
void world_run(uint64_t operations);

/* The kernel's own checks, once the lock is free. */
void world_check(void);

#endif
