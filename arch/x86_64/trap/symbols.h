/*
 * floor 8: the names of the kernel's functions, for backtraces.
 *
 * The table is made from the linked kernel (arch/x86_64/boot/symbols.awk) and linked into it: pairs
 * of an address and an offset into the names, by rising address.
 */
#ifndef VASCO_TRAP_SYMBOLS_H
#define VASCO_TRAP_SYMBOLS_H

#include "base/types.h"

struct symbol {
    uint64_t address;
    uint64_t name; /* offset into kernel_symbol_names */
};

extern const uint64_t kernel_symbols_count;
extern const struct symbol kernel_symbols[];
extern const char kernel_symbol_names[];

/* The name of the function that holds this address of the kernel's text, and the distance from its
 * beginning; null for any other address. */
const char *symbol_find(uint64_t address, uint64_t *offset);

#endif
