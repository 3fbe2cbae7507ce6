/*
 * floor: 1
 *
 * The address map (SDM 3A 4.5: four levels, 512 entries of 512 GiB at the top). Shared by C, NASM's
 * generated offsets and the linker script, so it holds plain numbers only.
 *
 *   slot 0        0x0000000000000000  a process's home space
 *   slots 1-255   0x0000008000000000  the VAS of the view
 *   ------------- non-canonical hole ------------------------------------------------------------
 *   slots 256-383 0xffff800000000000  physical window: RAM, writable, never executable
 *   slot 509      0xfffffe8000000000  device registers, uncached
 *                 0xfffffe8040000000  the screen, write-combining
 *   slot 510      0xffffff0000000000  per-CPU records and stacks, guard pages between them
 *   slot 511      0xffffffff80000000  the kernel's image, in the top 2 GiB
 *
 * Slots 256 to 511 are the same in every root and do not change after boot.
 */
#ifndef VASCO_ARCH_LAYOUT_H
#define VASCO_ARCH_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_U64(x) x
#else
#define LAYOUT_U64(x) x##ULL
#endif

#define USER_END LAYOUT_U64(0x0000800000000000)
#define PHYS_WINDOW LAYOUT_U64(0xffff800000000000)
#define PHYS_WINDOW_BYTES LAYOUT_U64(0x0000400000000000)
#define DEVICE_WINDOW LAYOUT_U64(0xfffffe8000000000)
#define SCREEN_WINDOW LAYOUT_U64(0xfffffe8040000000)
#define CPU_WINDOW LAYOUT_U64(0xffffff0000000000)
#define IMAGE_WINDOW LAYOUT_U64(0xffffffff80000000)
#define IMAGE_PHYS LAYOUT_U64(0x0000000000100000)

#define SLOT_HOME 0
#define SLOT_VAS_FIRST 1
#define SLOT_VAS_END 256
#define SLOT_KERNEL_FIRST 256
#define SLOT_END 512

#endif
