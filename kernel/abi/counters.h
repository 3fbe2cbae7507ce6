/* The counters of counters.def as indices: COUNTER_CR3_FLUSH and so on. */
#ifndef VASCO_ABI_COUNTERS_H
#define VASCO_ABI_COUNTERS_H

enum counter {
#define COUNTER(name, word, meaning) COUNTER_##name,
#include "abi/counters.def"
#undef COUNTER
    COUNTERS
};

#endif
