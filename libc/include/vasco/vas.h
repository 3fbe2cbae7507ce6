/*
 * Virtual address spaces as objects. A VAS belongs to no process; to enter one, attach it to the
 * process, which makes a view, and switch to the view. Only a switch can block, and only for locks.
 * Besides the errors named here each can give BAD_HANDLE, DESTROYED, WRONG_TYPE and NO_RIGHT.
 *
 *     handle_t vas = vas_create("words");
 *     handle_t seg = seg_create("words", 0, 1 << 20, 0);
 *     seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE);
 *     handle_t view = vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE);
 *     vas_switch(view);            the segment's addresses are valid now
 *     vas_switch(HANDLE_HOME);     and now they fault
 */
#ifndef VASCO_VAS_H
#define VASCO_VAS_H

#ifdef _SYS_VAS_H
#error "vasco/vas.h and sys/vas.h give the same names to different functions: include one of them"
#endif

#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/* Creates an empty VAS. Returns a capability to it with all rights. Errors: NO_MEMORY, NO_SLOT. */
static inline handle_t vas_create(const char *name)
{
    const struct name_words words = name_words(name);
    return sys_vas_create(words.lo, words.hi, 0);
}

/* The same, charged to a pool (vasco/pool.h). Needs POOL: CHARGE. */
static inline handle_t vas_create_in(handle_t pool, const char *name)
{
    const struct name_words words = name_words(name);
    return sys_vas_create(words.lo, words.hi, pool);
}

/*
 * Creates a VAS that has the same segments attached as `vas`, each with what its link allows of
 * `access`. It takes time by the number of links. The segments go from the clone too when the
 * capabilities through which they were attached are revoked, and the clone itself goes when `vas`
 * is revoked. Needs VAS: VIEW and the rights in `access`. Returns a capability with all rights;
 * with GRANT only if `vas` has it. Errors: BAD_ARGUMENT, NO_MEMORY, NO_SLOT.
 */
static inline handle_t vas_clone(handle_t vas, uint64_t access)
{
    return sys_vas_clone(vas, access, 0);
}

/*
 * The link number `index` of a VAS, from 0: which segment, where, and what it allows. The order is
 * that of attaching. Needs INFO. Errors: NOT_FOUND (there are fewer).
 */
static inline int64_t vas_link_info(handle_t vas, uint64_t index, struct link_info *info)
{
    return sys_link_info(vas, index, (uintptr_t)info);
}

/*
 * Attaches a VAS to a process (HANDLE_SELF for this one): a view in which at most `access` is
 * allowed, ACCESS_READ with or without ACCESS_WRITE and ACCESS_EXECUTE. Needs PROCESS: VIEW; VAS:
 * VIEW and the rights in `access`. Returns the view's handle in the table of that process. Errors:
 * BAD_ARGUMENT, ENDED, NO_MEMORY, NO_SLOT.
 */
static inline handle_t vas_attach(handle_t process, handle_t vas, uint64_t access)
{
    return sys_vas_attach(process, vas, access);
}

/* Takes a view away from its process. The calling thread comes home if it stands in it; others come
 * home with a fault (vasco/fault.h). Needs no right. Errors: BAD_ARGUMENT (the home view). */
static inline int64_t vas_detach(handle_t view)
{
    return sys_vas_detach(view);
}

/*
 * Moves this thread to another view of its process; HANDLE_HOME is the one without a VAS.
 * Registers, stack and code stay. Needs VIEW: SWITCH.
 *
 * If lockable segments (SEG_LOCKABLE) are attached to the VAS, the thread has the lock of each
 * while it stands there: shared where the view only reads the segment, exclusive where it can write
 * it. It blocks until it has all locks; who came first is served first. The locks of the view that
 * it leaves are given back before, and while it blocks it stands at home. Returns VAS_ABANDONED
 * instead of 0 if somebody has left one of the segments in the middle of a change: seg_info tells
 * which, and seg_mark_consistent ends it. Errors: BUSY (the thread would turn a shared lock into an
 * exclusive one, and what it has read could have changed before: it has to switch home first).
 */
static inline int64_t vas_switch(handle_t view)
{
    return syscall_1(SYSCALL_vas_switch, (uint64_t)view);
}

/* The same if all locks are free now. Does not block. Errors: also TIMED_OUT; then nothing has
 * changed. */
static inline int64_t vas_switch_try(handle_t view)
{
    return sys_vas_switch_until(view, 0);
}

/* The same, blocking until the clock (vasco/clock.h) shows `deadline` nanoseconds at most. Errors:
 * also TIMED_OUT; then the thread holds no locks: if it stood in a view with locks it is at home,
 * but for a deadline that was over from the start. */
static inline int64_t vas_switch_until(handle_t view, uint64_t deadline)
{
    return sys_vas_switch_until(view, deadline);
}

/* The view in which this thread stands. */
static inline handle_t vas_active(void)
{
    return sys_vas_active();
}

/* What is known of a VAS. Needs INFO. */
static inline int64_t vas_info(handle_t vas, struct vas_info *info)
{
    return sys_vas_info(vas, (uintptr_t)info);
}

#endif
