/*
 * floor 7: decoding handles of the calling process into objects. Each fails with BAD_HANDLE,
 * DESTROYED, WRONG_TYPE or NO_RIGHT.
 */
#ifndef VASCO_SYS_DECODE_H
#define VASCO_SYS_DECODE_H

#include <arch/cpu.h>

#include "abi/objects.h"
#include "cap/cap.h"
#include "obj/endpoint.h"
#include "obj/gate.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

static inline status_t must_check decode(handle_t handle, uint16_t type, uint64_t rights,
                                         struct cap **out)
{
    return cap_find(cpu_this()->caps, handle, type, rights, out);
}

/* decode_seg(handle, rights, &seg) and its kin. */
#define DECODE(type, TYPE)                                                                         \
    static inline status_t must_check decode_##type(handle_t handle, uint64_t rights,              \
                                                    struct type **out)                             \
    {                                                                                              \
        struct cap *cap;                                                                           \
        TRY(decode(handle, OBJECT_##TYPE, rights, &cap));                                          \
        *out = container_of(cap->object, struct type, object);                                     \
        return STATUS_OK;                                                                          \
    }
DECODE(process, PROCESS)
DECODE(thread, THREAD)
DECODE(vas, VAS)
DECODE(view, VIEW)
DECODE(seg, SEG)
DECODE(endpoint, ENDPOINT)
DECODE(gate, GATE)
#undef DECODE

/* The pool that a new object is charged to: that of a handle, or for 0 the calling process's
 * own. */
static inline status_t must_check decode_pool(handle_t handle, struct pool **out)
{
    struct cap *cap;
    *out = process_current()->object.pool;
    if (handle == 0)
        return STATUS_OK;
    TRY(decode(handle, OBJECT_POOL, RIGHT_POOL_CHARGE, &cap));
    *out = &container_of(cap->object, struct pool_object, object)->pool;
    return STATUS_OK;
}

/* A process that has not ended. */
static inline status_t must_check decode_live_process(handle_t handle, uint64_t rights,
                                                      struct process **out)
{
    TRY(decode_process(handle, rights, out));
    return process_has_ended(*out) ? STATUS_ENDED : STATUS_OK;
}

/* What a view or a link may allow: reading at least, which x86 cannot refuse alone. */
static inline status_t must_check check_access(uint64_t access)
{
    bool known = (access & ~(uint64_t)ACCESS_ALL) == 0;
    return known && (access & ACCESS_READ) != 0 ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

#endif
