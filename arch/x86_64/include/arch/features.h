/*
 * floor: 2
 *
 * CPU features that were found and are used (abi/features.def lists them and what is lost without).
 */
#ifndef VASCO_ARCH_FEATURES_H
#define VASCO_ARCH_FEATURES_H

#include "abi/features.h"
#include "base/types.h"

extern uint64_t features_in_use; /* bit n: enum feature n */

static inline bool feature_used(enum feature f)
{
    return (features_in_use >> f & 1) != 0;
}

#endif
