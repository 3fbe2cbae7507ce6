/*
 * floor 8: from the boot loader to a kernel that stands on its own: what main.c calls, in this
 * order.
 */
#ifndef VASCO_BOOT_BOOT_H
#define VASCO_BOOT_BOOT_H

#include "boot/multiboot.h"

struct cpu_machine;

/* Reads what the loader left at `info`. `magic` is what it passed in EAX. */
status_t must_check boot_parse(uint32_t magic, paddr_t info, struct boot_info *out);

/* The kernel's final page tables, then the frame allocator. CPU features have been switched on.
 * What the loader left is no longer readable, but for the archive, whose frames stay allocated. */
void boot_memory(const struct boot_info *boot);

/* The first CPU's record, in the CPU window. */
struct cpu_machine *boot_cpu_machine(void);

/* Whether the command line has the word `name` or `name=value`; option_find tells the rest. */
bool boot_option(const struct boot_info *boot, const char *name, char *value, size_t nbytes);

/* Leaves the early stack for good. */
_Noreturn void boot_on_stack(uint64_t stack_top, void (*fn)(void));

#endif
