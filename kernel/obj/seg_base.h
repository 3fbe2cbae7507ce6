/* floor 6: where segments lie whose base the kernel chooses. For seg.c. */
#ifndef VASCO_OBJ_SEG_BASE_H
#define VASCO_OBJ_SEG_BASE_H

#include "base/status.h"
#include "obj/seg.h"

void seg_base_init(void);

/* A base that no segment has: the next behind the one that was chosen last. When the end has been
 * reached it begins anew, and gives out what has become free. NO_MEMORY if there is no room. */
status_t must_check seg_base_choose(uint64_t extent, uint64_t granule, uint64_t *out);

/* The segment has the base that was chosen last; or it has one that was asked for. */
void seg_base_claim(struct seg *seg);

void seg_base_release(struct seg *seg);

#endif
