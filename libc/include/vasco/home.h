/*
 * How the C library lays out a home space. Everything stands in granules of 2 MiB, since that is
 * what segments are linked by; between neighbours at least one page stays unmapped.
 *
 *      0x400000  text, constants, data: one granule or more each (libc/user.ld)
 *   0x1000000000  the heap, growing upwards
 *   0x2000000000  stacks of further threads, one granule each
 *   0x3000000000  the first thread's stack, with the startup block at its top
 *   0x4000000000  the archive (ARCHIVE_BASE)
 *   0x5000000000  free for programs, up to HOME_END
 */
#ifndef VASCO_HOME_H
#define VASCO_HOME_H

#include "abi/types.h"

#define HOME_GRANULE 0x200000
#define HOME_HEAP_BASE 0x1000000000
#define HOME_HEAP_END 0x2000000000
#define HOME_STACKS_BASE 0x2000000000
#define HOME_STACK_BASE 0x3000000000
#define HOME_STACK_BYTES (64 * 1024)
#define HOME_FREE_BASE 0x5000000000

_Static_assert(ARCHIVE_BASE == 0x4000000000, "as drawn above");
_Static_assert(HOME_STACK_BYTES < HOME_GRANULE,
               "a stack leaves unmapped pages below its neighbour");

#endif
