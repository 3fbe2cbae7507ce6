/*
 * First-class virtual address spaces with the names and prototypes of the Linux RFC "Introduce
 * first class virtual address spaces" (linux-kernel, March 2017), for programs written against it.
 * Built on the registry (vasco/registry.h) and on capabilities: VASes and segments have names and
 * numbers, outlive the program that made them, and nine mode bits say who may use them. Who a
 * program is, a user and a group, it has from whoever started it (getuid, getgid).
 *
 *     int vid = vas_create("words", 0660);
 *     int sid = vas_seg_create("words", start, start + (1 << 20), 0660);
 *     vas_seg_attach(vid, sid, O_RDWR);
 *     vas_attach(0, vid, O_RDWR);
 *     vas_switch(vid);                              the segment's addresses are valid now
 *     vas_switch(0);                                and now they fault
 *
 * All calls but vas_switch and active_vas block until the registry answers. Each returns -1 with
 * errno set if it fails: EINVAL for a number that names nothing, EACCES for what the mode does not
 * allow, ENOSYS where there is no registry, and ENOMEM, EMFILE and ENOSPC.
 *
 * What differs from Linux:
 *   - a VAS does not hold the program itself. Text, data, heap and stacks are below VAS_BASE in
 *     every view, so segments must lie above, and nothing is copied or synchronised at a switch
 *   - segments can be attached to and detached from a VAS while it is in use, there at once, and
 *     one segment writable in many VASes
 *   - mode and group are changed by the owner, not by everybody who may write, and the owner by
 *     user 0 alone, as of a file
 *
 * vasco/vas.h has functions of the same names for capabilities. One file can include one of the
 * two; one program can contain both, since these here have link names of their own.
 */
#ifndef _SYS_VAS_H
#define _SYS_VAS_H

#ifdef VASCO_VAS_H
#error "vasco/vas.h and sys/vas.h give the same names to different functions: include one of them"
#endif

#include <fcntl.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VAS_MAX_NAME_LENGTH 256 /* with the null byte */

struct vas_attr {
    unsigned int mode; /* bits of 0666: read and write, for owner, group, others */
    unsigned int user;
    unsigned int group;
};

struct vas_seg_attr {
    unsigned int mode;
    unsigned int user;
    unsigned int group;
};

#define _VAS_LINK(name) __asm__("vas_rfc_" #name)

/* Creates an empty VAS that this program's user owns. Returns its number, above 0. EEXIST: the name
 * is taken. EINVAL: no name, an empty or too long one. */
int vas_create(const char *name, mode_t mode) _VAS_LINK(create);

/* Destroys a VAS, and its name. Segments live on. For those who may write. EBUSY: it is
 * attached. */
int vas_delete(int vid) _VAS_LINK(delete);

/* The number of the VAS of this name. ESRCH: there is none. */
int vas_find(const char *name) _VAS_LINK(find);

/*
 * Attaches a VAS to a process: 0 and getpid() are this one; another must be one to which this
 * process holds a capability with the right VIEW, by its id. `type` is O_RDONLY or O_RDWR, or
 * O_WRONLY, which here allows reading too and so needs both. A VAS that is attached already stays
 * as it is. ESRCH: there is no such process here.
 */
int vas_attach(pid_t pid, int vid, int type) _VAS_LINK(attach);

/* Detaches it; from another process only what this one has attached there. Threads of the process
 * that stand in the VAS come home with a fault (vasco/fault.h). EBUSY: the calling thread stands in
 * it. EINVAL: it is not attached. */
int vas_detach(pid_t pid, int vid) _VAS_LINK(detach);

/* Moves this thread into a VAS that is attached to its process, or for 0 back to where it began.
 * Its registers, stack and code stay. EINVAL: it is not attached. */
int vas_switch(int vid) _VAS_LINK(switch);

/* Where this thread is: the number, 0 at home. EINVAL: in a VAS without a number. */
int active_vas(void) _VAS_LINK(active);

/* Who owns it, and its mode. Anybody may ask. */
int vas_getattr(int vid, struct vas_attr *attr) _VAS_LINK(getattr);

/* Changes mode and group, and for user 0 the owner. For the owner. EPERM: this program's user is
 * not, or asks for another owner. */
int vas_setattr(int vid, struct vas_attr *attr) _VAS_LINK(setattr);

/*
 * Creates a segment of zeroes that holds the pages from `start` to `end`, both page-aligned, in
 * VAS_BASE to VAS_CHOSEN_BASE (abi/types.h). It occupies whole granules (2 MiB up to 32 MiB, 1 GiB
 * up to 16 GiB, 512 GiB above): a start inside of a granule costs the memory from the granule's
 * beginning on, and the segments of a VAS must differ in granules. Returns its number. EEXIST,
 * EINVAL as for vas_create.
 */
int vas_seg_create(const char *name, unsigned long start, unsigned long end, mode_t mode)
    _VAS_LINK(seg_create);

/* Destroys a segment, and its name. For those who may write. EBUSY: it is attached. */
int vas_seg_delete(int sid) _VAS_LINK(seg_delete);

/* The number of the segment of this name. ESRCH: there is none. */
int vas_seg_find(const char *name) _VAS_LINK(seg_find);

/* Attaches a segment to a VAS, for all who use it. Needs write permission of the VAS; `type` as for
 * vas_attach. One that is attached already stays as it is. EEXIST: another segment has the
 * addresses. */
int vas_seg_attach(int vid, int sid, int type) _VAS_LINK(seg_attach);

/* Detaches it. Needs write permission of the VAS. EINVAL: it is not attached. */
int vas_seg_detach(int vid, int sid) _VAS_LINK(seg_detach);

/* As vas_getattr, of a segment. */
int vas_seg_getattr(int sid, struct vas_seg_attr *attr) _VAS_LINK(seg_getattr);

/* As vas_setattr, of a segment. */
int vas_seg_setattr(int sid, struct vas_seg_attr *attr) _VAS_LINK(seg_setattr);

#undef _VAS_LINK

#ifdef __cplusplus
}
#endif

#endif
