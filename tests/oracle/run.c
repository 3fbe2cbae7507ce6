/*
 * The CPUs as coroutines. Each has a stack of its own; whoever runs gives way at a point of its
 * code, and the next is drawn by lot. A CPU may be made to stand still for some turns, wherever it
 * is, so that others do whole calls meanwhile.
 */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_BYTES (256 * KIB)
#define HANG 3000000 /* turns in which nothing gets done */

struct model_cpu model_cpus[MODEL_CPUS_MAX];
struct model_cpu *running;
struct cpu *cpu_that_runs;
struct cpu *cpus[CPUS_MAX];
uint32_t cpu_count;

uint64_t operations_total;
uint64_t operations_done;
static uint64_t turns_in_vain;
static bool chopped;
static void *main_sp; /* null: the machine is not running yet */

/* Stores what a C function keeps and the stack pointer, and goes on on the other stack. */
void stack_swap(void **save, void *load);
__asm__(".text\n"
        ".globl stack_swap\n"
        ".hidden stack_swap\n"
        "stack_swap:\n"
        "    pushq %rbx\n"
        "    pushq %rbp\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbp\n"
        "    popq %rbx\n"
        "    ret\n");

static void stack_init(struct model_cpu *m)
{
    if (m->stack == NULL)
        m->stack =
            mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m->stack == MAP_FAILED)
        abort();
    uint64_t *top = (uint64_t *)((char *)m->stack + STACK_BYTES);
    *--top = 0; /* entry_loop finds the stack as a call would leave it */
    *--top = (uint64_t)(uintptr_t)entry_loop;
    for (int i = 0; i < 6; i++)
        *--top = 0;
    m->sp = top;
}

void run_begin(uint32_t ncpus)
{
    cpu_count = ncpus;
    operations_done = 0;
    turns_in_vain = 0;
    running = NULL;
    main_sp = NULL;
    chopped = SELDOM(3);
    for (uint32_t i = 0; i < ncpus; i++) {
        struct model_cpu *m = &model_cpus[i];
        void *stack = m->stack;
        *m = (struct model_cpu){.number = i, .stack = stack};
        m->cpu.self = &m->cpu;
        m->cpu.id = (cpu_id_t){i};
        m->cpu.trap_stack = &m->trap_stack;
        m->cpu.frame = &m->cpu.nobodys;
        cpus[i] = &m->cpu;
        stack_init(m);
    }
    cpu_that_runs = cpus[0];
}

/* How far the next CPU goes: some accesses, or some hundred, or until it waits. A machine can be
 * one on which it is mostly some. */
static int64_t next_budget(void)
{
    switch (choose(chopped ? 2 : 8)) {
    case 0:
        return 1 + choose(12);
    case 1:
    case 2:
        return 1 + choose(255);
    default:
        return 500 + 16 * choose(255);
    }
}

static struct model_cpu *next_cpu(void)
{
    struct model_cpu *m = &model_cpus[choose(cpu_count)];
    for (uint32_t i = 0; i < cpu_count && m->stands > 0; i++) {
        m->stands--;
        m = &model_cpus[(m->number + 1) % cpu_count];
    }
    return m;
}

void run_until(uint64_t operations)
{
    while (operations_done < operations) {
        struct model_cpu *m = next_cpu();
        m->budget = next_budget();
        if (SELDOM(64))
            m->lazy = SELDOM(2);
        stores_take_up(m);
        running = m;
        cpu_that_runs = &m->cpu;
        stack_swap(&main_sp, m->sp);
        running = NULL;
        stores_set_aside(m);
        if (SELDOM(4))
            tlb_speculate(&model_cpus[choose(cpu_count)]);
        if (++turns_in_vain > HANG)
            oracle_fails("nothing gets done any more");
    }
}

void pass_turn(void)
{
    struct model_cpu *m = running;
    stack_swap(&m->sp, main_sp);
}

void point(void)
{
    if (main_sp == NULL || running == NULL)
        return;
    if (SELDOM(3))
        tlb_speculate(running);
    if (OFTEN(4))
        return;
    if (SELDOM(2))
        running->stands = choose(100);
    pass_turn();
}

void operation_done(void)
{
    operations_total++;
    operations_done++;
    turns_in_vain = 0;
}
