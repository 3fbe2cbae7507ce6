/* The features of features.def as bit numbers: FEATURE_PCID and so on. */
#ifndef VASCO_ABI_FEATURES_H
#define VASCO_ABI_FEATURES_H

enum feature {
#define FEATURE(name, word, without) FEATURE_##name,
#include "abi/features.def"
#undef FEATURE
    FEATURES
};

#endif
