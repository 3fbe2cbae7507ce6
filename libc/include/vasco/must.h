/*
 * For programs that can do nothing about a failure but say so: short tools, examples, the first
 * draft of anything.
 *
 *     handle_t vas = must(vas_create("words"), "make a VAS");
 *
 * If that fails, standard error gets "NAME: cannot make a VAS: the pool, or the machine, has no
 * memory left for this", and the program ends with EXIT_FAILURE.
 */
#ifndef VASCO_MUST_H
#define VASCO_MUST_H

#include <stdint.h>

/* Ends the program, as said above. Needs no right. Errors: none. Does not block. */
_Noreturn void must_fail(int64_t status, const char *what);

/* Returns `result`, a handle or a number, unless it is a status that says what went wrong: then the
 * program ends. Needs no right. Errors: none. Does not block. */
static inline int64_t must(int64_t result, const char *what)
{
    if (__builtin_expect(result < 0, 0))
        must_fail(result, what);
    return result;
}

#endif
