/*
 * Short ways to what nearly every test needs. Whatever a `kit_` function makes, the test drops.
 */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/counters.h"
#include "abi/features.h"
#include "abi/objects.h"
#include "abi/status.h"
#include "abi/types.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define MILLISECOND ((uint64_t)1000000)

#define ACCESS_DATA (ACCESS_READ | ACCESS_WRITE)
#define ACCESS_CODE (ACCESS_READ | ACCESS_EXECUTE)

/* Places in VASes for segments with an explicit base, far below what the kernel chooses itself. */
#define PLACE_A (VAS_BASE + 1 * GIB)
#define PLACE_B (VAS_BASE + 2 * GIB)

/* A name as the two words that calls take. */
#define NAME(text) name_words(text).lo, name_words(text).hi

/* Capabilities that the program was started with. */
handle_t kit_console(void);
handle_t kit_system(void);

/* Segments: anywhere, or at a base. kit_vas: an empty VAS. Statuses if it cannot be. */
handle_t kit_seg(uint64_t nbytes, uint64_t flags);
handle_t kit_seg_at(uint64_t base, uint64_t nbytes);
handle_t kit_vas(void);

/* A pool of so many frames, taken from this process's own. */
handle_t kit_pool(uint64_t nframes);

/* A segment of one page, linked to a VAS for reading and writing, its first word set. */
handle_t kit_seg_in(handle_t vas, uint64_t base, uint64_t word);

/* A view of the VAS in this process. */
handle_t kit_view(handle_t vas, uint64_t access);

/* A derived capability with all rights of the original but these. */
handle_t kit_without(handle_t cap, uint64_t rights);

/* Deletes capabilities; each must be there. */
void kit_drop(handle_t cap);
#define kit_drop_all(...)                                                                          \
    do {                                                                                           \
        const handle_t drop_[] = {__VA_ARGS__};                                                    \
        for (size_t i_ = 0; i_ < sizeof(drop_) / sizeof(drop_[0]); i_++)                           \
            kit_drop(drop_[i_]);                                                                   \
    } while (0)

/* What is known of things; all zeroes if the call fails. */
struct seg_info kit_seg_info(handle_t seg);
struct vas_info kit_vas_info(handle_t vas);
struct cap_info kit_cap_info(handle_t cap);
struct thread_info kit_thread_info(handle_t thread);
struct process_info kit_process_info(handle_t process);
struct pool_info kit_pool_info(handle_t pool); /* 0: this process's own */
struct system_info kit_system_info(void);
bool kit_has_feature(enum feature feature);

/* One word of a segment, attached or not. */
void kit_poke(handle_t seg, uint64_t offset, uint64_t word);
uint64_t kit_peek(handle_t seg, uint64_t offset);

/* The word at an address of the current view. */
static inline volatile uint64_t *kit_word(uint64_t address)
{
    return (volatile uint64_t *)(uintptr_t)address;
}

/* Every register of one system call: loaded before, stored after. */
struct raw_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rflags;
};
_Static_assert(sizeof(struct raw_registers) == 16 * 8, "as registers.asm stores them");
void raw_call(struct raw_registers *registers);

/* A system call by its number, with up to six arguments. */
int64_t kit_call(uint64_t number, const uint64_t arguments[6]);

#endif
