/*
 * A TLB that keeps every translation it was ever shown until it is told to drop it, each under the
 * tag (PCID) with which it was loaded (SDM 3A 4.10). The simulated CPU passes on what the kernel
 * says.
 */
#ifndef VASCO_TESTS_TLB_MODEL_H
#define VASCO_TESTS_TLB_MODEL_H

#include "base/types.h"

/* Empties it. */
void tlb_model_reset(void);

/* The CPU fills in the translation of an address, if the tables of the loaded root have one. */
void tlb_model_fill(uint64_t va);

/* Nothing kept under the loaded tag may allow what the tables no longer say. */
void tlb_model_check(void);

void tlb_model_drop_tag(uint64_t tag);
void tlb_model_drop_page(uint64_t tag, uint64_t va);

#endif
