/*
 * floor 8: from the boot loader to a kernel that stands on its own: what main.c calls, in this
 * order.
 */
#ifndef VASCO_BOOT_BOOT_H
#define VASCO_BOOT_BOOT_H

#include "boot/multiboot.h"

struct cpu_list;
struct cpu_machine;

/* Reads what the loader left at `info`. `magic` is what it passed in EAX. */
status_t must_check boot_parse(uint32_t magic, paddr_t info, struct boot_info *out);

/* Measures the time-stamp counter by the HPET, if there is one. */
void boot_find_clock(const struct boot_info *boot);

/* Lets the keyboard and the serial line interrupt this CPU, if there is an I/O APIC. */
void boot_find_input(const struct boot_info *boot);

/* How the machine is switched off and reset. */
void boot_find_power(const struct boot_info *boot);

/* Which CPUs there are, as far as they are wanted (boot option `cpus=N`): the one that runs this is
 * the first. */
void boot_find_cpus(const struct boot_info *boot, struct cpu_list *out);

/* The kernel's final page tables, with an area for each of ncpus CPUs, then the frame allocator.
 * CPU features have been switched on. What the loader left is no longer readable, but for the
 * archive, whose frames stay allocated. */
void boot_memory(const struct boot_info *boot, uint32_t ncpus);

/* A CPU's record, in the CPU window, as cpu_init wants it. */
struct cpu_machine *boot_cpu_machine(cpu_id_t id);

/* Starts the other CPUs, one after the other. The clock runs, and the kernel's own root is loaded.
 * Each that comes calls cpu_started on its own stack, and is waited for until it has joined; the
 * others are left out. Then the early tables are gone. */
void boot_start_cpus(const struct boot_info *boot, const struct cpu_list *list);

/* main.c: where a CPU's start ends. */
_Noreturn void cpu_started(void);

/* Whether the command line has the word `name` or `name=value`; option_find tells the rest. */
bool boot_option(const struct boot_info *boot, const char *name, char *value, size_t nbytes);

/* Leaves the early stack for good. */
_Noreturn void boot_on_stack(uint64_t stack_top, void (*fn)(void));

#endif
