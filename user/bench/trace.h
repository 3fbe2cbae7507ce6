/*
 * For who watches this program from outside, as a simulator of a TLB does: where the measured part
 * of a benchmark begins and ends. The word's address is known there from the program's symbols.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdint.h>

extern volatile uint64_t bench_trace_mark; /* 1: it is being measured */

#endif
