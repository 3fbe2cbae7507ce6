/*
 * For who watches this program from outside, as a simulator of a TLB does: where the measured part
 * of a benchmark begins and ends. Of this word only the address is known there, from the program's
 * symbols, and that it is written: first at the begin, and then at the end.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdint.h>

extern volatile uint64_t bench_trace_mark; /* 1: it is being measured */

#endif
