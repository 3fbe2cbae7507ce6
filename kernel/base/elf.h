/*
 * floor 1: reading an ELF executable that lies in memory. A file is hostile until checked: nothing
 * is read outside of it.
 */
#ifndef VASCO_BASE_ELF_H
#define VASCO_BASE_ELF_H

#include "abi/elf.h"
#include "base/status.h"

struct elf {
    const uint8_t *bytes;
    uint64_t nbytes;
    uint64_t entry;
    uint64_t programs; /* offset of the program headers */
    uint32_t nprograms;
};

/* Checks that this is a static x86-64 executable, and each of its loadable parts: inside the file,
 * inside a home space, no overflow. BAD_ARGUMENT otherwise. */
status_t must_check elf_open(const void *bytes, uint64_t nbytes, struct elf *out);

/* The index-th program header (index < nprograms). */
struct elf_program elf_program(const struct elf *elf, uint32_t index);

#endif
