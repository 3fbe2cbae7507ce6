/* System calls on gates. The common cases of gate_call and gate_return are in entry.asm, which
 * comes here with the thread's registers in its frame. */
#include "obj/gate.h"

#include <arch/layout.h>

#include "base/string.h"
#include "obj/sched.h"
#include "obj/user_mem.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define GATE_RIGHTS                                                                                \
    (RIGHT_GATE_CALL | RIGHT_GATE_STACK | RIGHT_INFO | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_DESTROY)

int64_t sys_gate_create(handle_t view_handle, uint64_t entry, uint64_t name_lo, uint64_t name_hi,
                        handle_t pool_handle)
{
    struct view *view;
    struct gate *gate;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_view(view_handle, RIGHT_VIEW_SWITCH, &view));
    TRY(decode_pool(pool_handle, &pool));
    if (entry >= USER_END)
        return STATUS_BAD_ADDRESS;
    TRY(cap_reserve(caps));
    TRY(gate_create(pool, name_from_words(name_lo, name_hi), view, entry, &gate));
    return cap_insert(caps, NULL, &gate->object, GATE_RIGHTS, 0)->handle;
}

int64_t sys_gate_add_stack(handle_t handle, uint64_t top, uint64_t tls)
{
    struct gate *gate;
    TRY(decode_gate(handle, RIGHT_GATE_STACK, &gate));
    if (top > USER_END || tls >= USER_END)
        return STATUS_BAD_ADDRESS;
    if (!is_aligned(top, 8))
        return STATUS_UNALIGNED;
    return gate_add_stack(gate, top, tls);
}

int64_t sys_gate_info(handle_t handle, uint64_t info_out)
{
    struct gate *gate;
    TRY(decode_gate(handle, RIGHT_INFO, &gate));
    struct gate_info info = {
        .id = gate->object.id,
        .process = gate->process == NULL ? 0 : gate->process->object.id,
        .nstacks = gate->nframes,
        .ncalls = gate_count_calls(gate),
        .nfaults = gate->nfaults,
    };
    memcpy(info.name, gate->object.name.text, sizeof(info.name));
    return user_write(UPTR(info_out), &info, sizeof(info));
}

int64_t enter_gate(handle_t handle)
{
    struct cap *cap;
    TRY(decode(handle, OBJECT_GATE, RIGHT_GATE_CALL, &cap));
    TRY(gate_call(cap));
    sched_go_on();
}

int64_t leave_gate(void)
{
    TRY(gate_return());
    sched_go_on();
}
