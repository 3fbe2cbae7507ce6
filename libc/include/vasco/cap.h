/*
 * Capabilities, whatever they name. Rights are RIGHT_TYPE_NAME and RIGHT_NAME of abi/objects.h.
 * None of these calls blocks; those that end something return when that is done. Besides the errors
 * named here each can give BAD_HANDLE, DESTROYED and NO_RIGHT.
 */
#ifndef VASCO_CAP_H
#define VASCO_CAP_H

#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/*
 * Makes a child of `cap` in this process, with these rights and a badge. A badge is given once: the
 * child of a badged capability has its parent's, and asks for that or 0. Needs GRANT and the rights
 * in `rights`. Returns the child's handle. Errors: NO_SLOT, NO_MEMORY, BAD_ARGUMENT (unknown
 * rights, another badge).
 */
static inline handle_t cap_derive(handle_t cap, uint64_t rights, uint64_t badge)
{
    return sys_cap_derive(cap, rights, badge);
}

/*
 * The same, but the child is put in the table of `process`. Needs PROCESS: PLACE; of `cap` GRANT
 * and the rights in `rights`. Returns the child's handle in that table. Errors: ENDED, NO_SLOT,
 * NO_MEMORY, BAD_ARGUMENT, BUSY (of two processes that have not started only the younger may hold
 * the older, or neither could end).
 */
static inline handle_t cap_place(handle_t process, handle_t cap, uint64_t rights, uint64_t badge)
{
    return sys_cap_place(process, cap, rights, badge);
}

/*
 * Drops a capability, a dead one too. What was derived from it stays and becomes its parent's; an
 * object that nothing holds any more ends. Needs no right. Errors: BAD_ARGUMENT (HANDLE_HOME).
 */
static inline int64_t cap_delete(handle_t cap)
{
    return sys_cap_delete(cap);
}

/*
 * Deletes all that was derived from `cap`, in every process: capabilities, views and links. `cap`
 * itself stays. Needs REVOKE.
 */
static inline int64_t cap_revoke(handle_t cap)
{
    return sys_cap_revoke(cap);
}

/* What is known of `cap`. Needs INFO. */
static inline int64_t cap_info(handle_t cap, struct cap_info *info)
{
    return sys_cap_info(cap, (uintptr_t)info);
}

/*
 * The capabilities of this process, one after the other: the handle of the one behind `after`,
 * which may be deleted meanwhile; 0 begins. Needs no right. Errors: NO_DATA (at the end).
 */
static inline handle_t cap_next(handle_t after)
{
    return sys_cap_next(after);
}

/*
 * Ends the object itself, whoever uses it: a process, a thread, a VAS, a segment, an endpoint, a
 * gate, a notification or a pool. Every capability to it goes dead, and its memory is free when the
 * call returns; a dead capability must still be deleted. Of a process or a thread stays known how
 * it ended. With a pool ends all that is charged to it. Needs DESTROY. Errors: BAD_ARGUMENT (an
 * object of another type, or the pool of all memory).
 */
static inline int64_t object_destroy(handle_t cap)
{
    return sys_object_destroy(cap);
}

#endif
