/*
 * floor 8: the end of the kernel when an invariant is broken. panic() itself is in base/assert.h.
 */
#ifndef VASCO_TRAP_PANIC_H
#define VASCO_TRAP_PANIC_H

#include <arch/trap_frame.h>

#include "base/assert.h"

/* For a trap that must not happen: also prints the registers at the trap, and the backtrace from
 * there. */
_Noreturn void panic_with_frame(const struct trap_frame *f, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

#endif
