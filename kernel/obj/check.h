/*
 * floor 6: the kernel checks itself. Walks all objects and asserts the invariants that the headers
 * of the floors state, by counting again what is counted as it changes. For tests: takes time.
 */
#ifndef VASCO_OBJ_CHECK_H
#define VASCO_OBJ_CHECK_H

#include "obj/seg.h"
#include "obj/space.h"

/* Everything. Between two system calls, or in one: objects that are being cleared are checked as
 * far as what they still have. */
void check_everything(void);

/* P1 to P3, and the counts of entries and links. */
void check_space(const struct space *space);

/* S1 to S3, and the counts of entries and pages. */
void check_seg(const struct seg *seg);

#endif
