/* The kinds of trace events of trace.def: TRACE_CALL and so on. */
#ifndef VASCO_ABI_TRACE_H
#define VASCO_ABI_TRACE_H

enum trace_kind {
#define TRACE(kind, word, number, values) TRACE_##kind,
#include "abi/trace.def"
#undef TRACE
    TRACE_KINDS
};

#endif
