/*
 * The parts of an ELF file (System V ABI, chapter 4 and 5; x86-64 supplement) that a loader reads.
 */
#ifndef VASCO_ABI_ELF_H
#define VASCO_ABI_ELF_H

#include "abi/types.h"

struct elf_header {
    abi_u8 magic[4]; /* 0x7f 'E' 'L' 'F' */
    abi_u8 class;    /* ELF_CLASS_64 */
    abi_u8 data;     /* ELF_DATA_LITTLE */
    abi_u8 ident[10];
    abi_u16 type;    /* ELF_TYPE_EXECUTABLE */
    abi_u16 machine; /* ELF_MACHINE_X86_64 */
    abi_u32 version;
    abi_u64 entry;
    abi_u64 program_offset;
    abi_u64 section_offset;
    abi_u32 flags;
    abi_u16 header_bytes;
    abi_u16 program_bytes; /* size of one program header */
    abi_u16 nprograms;
    abi_u16 section_bytes;
    abi_u16 nsections;
    abi_u16 names_section;
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF-64 file header");

struct elf_program {
    abi_u32 type;  /* ELF_LOAD, ... */
    abi_u32 flags; /* ELF_READ, ... */
    abi_u64 offset;
    abi_u64 vaddr;
    abi_u64 paddr;
    abi_u64 file_bytes;
    abi_u64 memory_bytes;
    abi_u64 alignment;
};
_Static_assert(sizeof(struct elf_program) == 56, "ELF-64 program header");

#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1
#define ELF_TYPE_EXECUTABLE 2
#define ELF_MACHINE_X86_64 62
#define ELF_LOAD 1
#define ELF_TLS 7
#define ELF_EXECUTE 0x1
#define ELF_WRITE 0x2
#define ELF_READ 0x4

#endif
