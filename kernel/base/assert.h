/*
 * Invariants. ASSERT is on in every build: a broken invariant stops the kernel with registers and a
 * backtrace instead of going on with wrong memory.
 */
#ifndef VASCO_BASE_ASSERT_H
#define VASCO_BASE_ASSERT_H

#include "base/types.h"

/* Prints the reason, registers and a backtrace with function names, then stops the machine.
 * Supplied by the floor that can (arch/x86_64/trap); host tests supply their own. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

#define ASSERT(condition)                                                                          \
    do {                                                                                           \
        if (unlikely(!(condition)))                                                                \
            panic("%s:%d: %s: broken: %s", __FILE__, __LINE__, __func__, #condition);              \
    } while (0)

#endif
