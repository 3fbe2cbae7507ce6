/*
 * Segments: memory of a fixed size at a fixed address, which can be attached to any number of
 * spaces. None of these calls blocks. Besides the errors named here each can give BAD_HANDLE,
 * DESTROYED, WRONG_TYPE and NO_RIGHT.
 */
#ifndef VASCO_SEG_H
#define VASCO_SEG_H

#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

/*
 * Creates a segment of `nbytes` zero bytes. `base` 0: at an address for VASes that no other segment
 * has, given out again only after all others. Otherwise at `base`, aligned to the granule (2 MiB up
 * to 32 MiB, 1 GiB up to 16 GiB, 512 GiB above): below HOME_END for home spaces, from VAS_BASE to
 * VAS_CHOSEN_BASE for VASes. `flags`: SEG_EAGER fills it now, not page by page at first touch.
 * SEG_PAGES_2M, SEG_PAGES_1G, or SEG_PAGES_BY_SIZE ask for large pages: where the machine has no
 * block that is large enough, smaller pages serve, and seg_info tells how many. All of its memory
 * is reserved now, so that a first touch cannot fail; but with SEG_SPARSE none is: it can be far
 * larger than memory (8 TiB at most), its pages are charged as they are touched, and a touch for
 * which its pool has no memory is a fault (FAULT_NO_MEMORY). With SEG_LOCKABLE who stands in a view
 * that has it has its lock (vas_switch); not for home spaces. With SEG_PAGED the kernel fills no
 * page by itself: a touch of one that is missing is a fault (FAULT_MISSING), and a pager supplies
 * it (seg_supply; vasco/fault.h). Not with SEG_EAGER or large pages; with SEG_SPARSE its memory is
 * charged as it is supplied. A call that is given a buffer there says BAD_ADDRESS where pages are
 * missing: touch it before. Returns a capability with all rights.
 * Errors: BAD_ARGUMENT, UNALIGNED, TOO_LARGE, NO_MEMORY, NO_SLOT, UNSUPPORTED (1 GiB pages).
 */
static inline handle_t seg_create(const char *name, uint64_t base, uint64_t nbytes, uint64_t flags)
{
    const struct name_words words = name_words(name);
    return sys_seg_create(words.lo, words.hi, base, nbytes, flags, 0);
}

/* The same, charged to a pool (vasco/pool.h). Needs POOL: CHARGE. */
static inline handle_t seg_create_in(handle_t pool, const char *name, uint64_t base,
                                     uint64_t nbytes, uint64_t flags)
{
    const struct name_words words = name_words(name);
    return sys_seg_create(words.lo, words.hi, base, nbytes, flags, pool);
}

/*
 * Links a segment to a space: a VAS, or the home space of a process (HANDLE_SELF for this one's).
 * `access` is ACCESS_READ with or without one of ACCESS_WRITE and ACCESS_EXECUTE. Needs LINK of the
 * space and the rights in `access` of the segment.
 * Errors: BAD_ARGUMENT, ALREADY_ATTACHED, COLLISION, WRONG_SPACE, ENDED, NO_MEMORY. Of a lockable
 * segment also BUSY (a thread stands in the VAS; or it is the first lockable one of a VAS that is
 * attached to a process: attach it before), NO_SLOT (VAS_LOCKABLE_MAX are attached).
 */
static inline int64_t seg_attach(handle_t space, handle_t seg, uint64_t access)
{
    return sys_seg_attach(space, seg, access);
}

/*
 * Changes what the link of a segment in a space allows, either way. The link descends from `seg`
 * then. When it returns nobody can do what is not allowed any more. Needs LINK of the space and the
 * rights in `access` of the segment. Errors: BAD_ARGUMENT, NOT_ATTACHED, ENDED; BUSY (to make a
 * lockable segment writable while a thread stands in the VAS).
 */
static inline int64_t seg_set_access(handle_t space, handle_t seg, uint64_t access)
{
    return sys_seg_set_access(space, seg, access);
}

/* Unlinks a segment from a space. When it returns, nobody can reach it through that space. Needs
 * LINK of the space. Errors: NOT_ATTACHED, ENDED. */
static inline int64_t seg_detach(handle_t space, handle_t seg)
{
    return sys_seg_detach(space, seg);
}

/*
 * Copies `nbytes` from a segment, attached or not, at `offset` to a buffer, or from the buffer to
 * the segment; any length. Needs SEG: READ or SEG: WRITE. Returns `nbytes`. After an error the
 * pieces of 64 KiB before the failing one have been copied. Errors: BAD_ADDRESS, BAD_ARGUMENT (out
 * of the segment). BAD_ADDRESS also if pages of a paged segment are missing, there or under the
 * buffer.
 */
int64_t seg_read(handle_t seg, uint64_t offset, void *buffer, uint64_t nbytes);
int64_t seg_write(handle_t seg, uint64_t offset, const void *buffer, uint64_t nbytes);

/*
 * Fills the pages from `offset` on with zeroes where they are not there, so that touching them does
 * not fault. `offset` and `nbytes` are multiples of 4 KiB. Returns `seg`. Needs SEG: WRITE. Errors:
 * BAD_ARGUMENT (out of the segment), UNALIGNED, NO_MEMORY (a sparse one; some pages may be filled
 * then).
 */
static inline int64_t seg_fill(handle_t seg, uint64_t offset, uint64_t nbytes)
{
    return sys_seg_fill(seg, offset, nbytes);
}

/*
 * Supplies pages of a paged segment from `offset` on, where they are missing, with the contents of
 * a buffer; a page that is there stays as it is, so two pagers may supply the same one. Nobody sees
 * a page before its content is there. `offset` and `nbytes` are multiples of 4 KiB; the buffer lies
 * anywhere. Returns how many bytes were missing. Needs SEG: WRITE. After an error the pieces of
 * SEG_SUPPLY_BYTES_MAX before the failing one have been supplied. To supply zeroes: seg_fill.
 * Errors: BAD_ADDRESS, BAD_ARGUMENT (out of the segment, or it is not a paged one), UNALIGNED,
 * NO_MEMORY (a sparse one; some pages may be supplied then).
 */
int64_t seg_supply(handle_t seg, uint64_t offset, const void *buffer, uint64_t nbytes);

/*
 * Empties the pages from `offset` on, in every space at once: they read as zeroes then, and of a
 * paged segment they are missing. Their memory stays promised to the segment; that of a sparse one
 * goes back to its pool. `offset` and `nbytes` are multiples of 4 KiB. Of a large page that is
 * emptied in part the memory stays. Needs SEG: WRITE. Errors: BAD_ARGUMENT (out of the segment),
 * UNALIGNED, UNSUPPORTED (the archive).
 */
static inline int64_t seg_discard(handle_t seg, uint64_t offset, uint64_t nbytes)
{
    return sys_seg_discard(seg, offset, nbytes);
}

/* The link number `index` of a segment, from 0: which space, and what it allows. Needs INFO.
 * Errors: NOT_FOUND (there are fewer). */
static inline int64_t seg_link_info(handle_t seg, uint64_t index, struct link_info *info)
{
    return sys_link_info(seg, index, (uintptr_t)info);
}

/*
 * Says that an abandoned segment (VAS_ABANDONED) is whole again. The thread must hold it
 * exclusively: stand in a view that can write it. Needs SEG: WRITE. Errors: NOT_LOCKED.
 */
static inline int64_t seg_mark_consistent(handle_t seg)
{
    return sys_seg_mark_consistent(seg);
}

/* What is known of a segment. Needs INFO. */
static inline int64_t seg_info(handle_t seg, struct seg_info *info)
{
    return sys_seg_info(seg, (uintptr_t)info);
}

/*
 * A segment of this process's home space at `base`, created, attached with `access` and kept by the
 * attachment alone: it ends with the process. Returns 0. Errors: as seg_create and seg_attach.
 */
int64_t seg_make_home(const char *name, uint64_t base, uint64_t nbytes, uint64_t access);

#endif
