/* registers.asm: what C cannot say about registers. Each returns how many were found changed. */
#ifndef TESTS_REGISTERS_H
#define TESTS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"

/* Holds a pattern (below 2^31) in x87 and SSE registers for so many rounds of a busy loop, or, if
 * `yields` is not 0, of yields. */
uint64_t vectors_hold(uint64_t pattern, uint64_t rounds, uint64_t yields);

/* raw_call (kit.h) with these words in the SSE registers, and what was in them after it. */
#define VECTOR_WORDS 32
void vectors_call(struct raw_registers *registers, const uint64_t before[VECTOR_WORDS],
                  uint64_t after[VECTOR_WORDS]);

/* The same in the upper halves of YMM registers, by yields. Needs AVX. */
uint64_t ymm_hold(uint64_t pattern, uint64_t rounds);

/* Holds a pattern in the integer registers through a busy loop of so many turns. */
uint64_t integers_hold(uint64_t pattern, uint64_t turns);

/* Holds a pattern as GS base through so many yields. Needs FSGSBASE. */
uint64_t gs_base_hold(uint64_t pattern, uint64_t rounds);

/* The CPU has AVX, and the kernel keeps its registers. */
bool cpu_has_avx(void);

/* As children: vectors_hold(value, address, value & 1); the number of vector registers not zero. */
extern const struct code code_vectors, code_vectors_zero;

#endif
