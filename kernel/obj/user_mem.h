/*
 * floor 6: memory that user code names. The kernel never follows a user address: it walks the
 * tables of the view in which the caller stands and copies through the physical window. So a bad
 * address is a status, a page not yet touched is filled, and the CPU's guard against user access
 * (SMAP) is never lifted. A page of a paged segment that is missing is a bad address: no pager is
 * asked in the middle of a call, so a program touches such memory before it passes it on.
 */
#ifndef VASCO_OBJ_USER_MEM_H
#define VASCO_OBJ_USER_MEM_H

#include "base/status.h"
#include "base/types.h"

struct view;

/* Is every byte mapped for this access (ACCESS_READ or ACCESS_WRITE)? BAD_ADDRESS otherwise. */
status_t must_check view_check(const struct view *view, uptr_t address, uint64_t nbytes,
                               uint64_t access);

/* Copies into or out of user memory. BAD_ADDRESS with nothing copied if any byte is not mapped. */
status_t must_check view_read(const struct view *view, void *to, uptr_t from, uint64_t nbytes);
status_t must_check view_write(const struct view *view, uptr_t to, const void *from,
                               uint64_t nbytes);

/* The longest piece at `address`, at most *nbytes, that is contiguous in the kernel's window; the
 * range has been checked. Shortens *nbytes to it. */
void *view_piece(const struct view *view, uptr_t address, uint64_t *nbytes);

/* The same in the view in which the running thread stands. */
status_t must_check user_check(uptr_t address, uint64_t nbytes, uint64_t access);
status_t must_check user_read(void *to, uptr_t from, uint64_t nbytes);
status_t must_check user_write(uptr_t to, const void *from, uint64_t nbytes);
void *user_piece(uptr_t address, uint64_t *nbytes);

#endif
