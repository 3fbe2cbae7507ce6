/* The mark of the measured part: see trace.h. */
#include "trace.h"

volatile uint64_t bench_trace_mark;
