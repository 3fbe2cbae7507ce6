/*
 * Capabilities, whatever they name. Rights are RIGHT_TYPE_NAME and RIGHT_NAME of abi/objects.h.
 * None of these calls waits for others; those that end something return when that is done. Besides
 * the errors named here each can give BAD_HANDLE, DESTROYED and NO_RIGHT.
 */
#ifndef VASCO_CAP_H
#define VASCO_CAP_H

#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/*
 * Makes a child of `cap` in this process, with `rights` (which `cap` must have, and GRANT) and a
 * badge. A badge is given once: the child of a badged capability has its parent's, and asks for
 * that or 0. Returns its handle. Errors: NO_SLOT, NO_MEMORY, BAD_ARGUMENT (unknown rights, another
 * badge).
 */
static inline handle_t cap_derive(handle_t cap, uint64_t rights, uint64_t badge)
{
    return sys_cap_derive(cap, rights, badge);
}

/*
 * The same, but the child is put in the table of `process`, which needs its right PLACE. Returns
 * the child's handle in that table. Errors: ENDED, NO_SLOT, NO_MEMORY, BAD_ARGUMENT, BUSY (of two
 * processes that have not started only the younger may hold the older, or neither could end).
 */
static inline handle_t cap_place(handle_t process, handle_t cap, uint64_t rights, uint64_t badge)
{
    return sys_cap_place(process, cap, rights, badge);
}

/*
 * Drops a capability, a dead one too; needs no right. What was derived from it stays and becomes
 * its parent's; an object that nothing holds any more ends. BAD_ARGUMENT for HANDLE_HOME.
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
 * which may be deleted meanwhile; 0 begins. NO_DATA at the end. Needs no right.
 */
static inline handle_t cap_next(handle_t after)
{
    return sys_cap_next(after);
}

/*
 * Ends the object itself, whoever uses it: a process, a thread, a VAS, a segment, an endpoint, a
 * notification or a pool (BAD_ARGUMENT for others). Every capability to it goes dead, and its
 * memory is free when the call returns; a dead capability must still be deleted. Of a process or a
 * thread stays known how it ended. With a pool ends all that is charged to it. Needs DESTROY.
 */
static inline int64_t object_destroy(handle_t cap)
{
    return sys_object_destroy(cap);
}

#endif
