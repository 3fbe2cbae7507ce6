/*
 * Free memory is poisoned: the address sanitizer reports whoever reads or writes it.
 *
 * The linker puts poison.c between the allocators and those who call them (--wrap), so the kernel's
 * code is what it is in the kernel.
 */
#ifndef VASCO_TESTS_POISON_H
#define VASCO_TESTS_POISON_H

#include "base/types.h"

void memory_poison(void *memory, uint64_t nbytes);
void memory_unpoison(void *memory, uint64_t nbytes);

/* Memory that is zeroed begins a new life; it must belong to somebody. */
void memory_renew(void *memory, uint64_t nbytes);

#endif
