/*
 * floor 2: finding the CPU's features and switching them on.
 */
#ifndef VASCO_CPU_FEATURES_H
#define VASCO_CPU_FEATURES_H

#include <arch/features.h>

/* Once, at boot: asks CPUID, switches on what was found, and logs what is used and what is missed.
 * Every feature can be switched off by the boot option "no" + its name in small letters:
 * `nopcid`. */
void features_init(const char *cmdline);

/* Whether the CPU that runs this has all features_in_use, which the first one has found. */
bool features_are_here(void);

/* Says which caching the bits of a page-table entry mean; before a mapping is used that is
 * write-combining. features_enable does it too. */
void features_set_caching(void);

/* On each CPU: writes the control registers for features_in_use. CR3 must not have a tag. */
void features_enable(void);

/* Size of the area in which the vector registers of a thread are kept. */
uint64_t features_vector_bytes(void);

#endif
