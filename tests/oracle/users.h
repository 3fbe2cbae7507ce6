/*
 * What user code does, in three rooms: arguments.c finds arguments, users.c has the calls, and
 * hostile.c aims at what other CPUs are doing.
 *
 * To find arguments it looks at what the kernel has, with all stores of all CPUs, and calls nothing
 * of the kernel's code; then it acts.
 */
#ifndef VASCO_TESTS_ORACLE_USERS_H
#define VASCO_TESTS_ORACLE_USERS_H

#include "cap/cap.h"
#include "oracle.h"

struct link;
struct seg;
struct space;

void look(void);
void looked(void);

/* The running thread is one of the first process. */
bool is_init(void);

/* A capability of this type (OBJECT_NONE: any, a buried one too) of the running process, and how
 * many there are. */
const struct cap *find(uint16_t type, uint32_t *n);
uint32_t count(uint16_t type);

/* A handle of this type, or of this object; 0 if there is none. */
uint64_t any(uint16_t type);
uint64_t handle_of(const struct object *object);

const struct seg *any_seg(uint64_t *handle);
const struct link *any_link(const struct space *space);
uint64_t any_access(void);

/* Where a segment may be linked, and where it is. */
uint64_t any_space(const struct seg *seg);
uint64_t handle_of_space(struct space *space);

/* A handle that the process does not have, but could have soon. */
uint64_t guess(void);

/* One of the pages of something of this size that are looked at. */
uint64_t sample(uint64_t nbytes);

/* Ends the looking, and makes the call. */
void call(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2);
void call6(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
           uint64_t a5);

/* Takes something away from another CPU that is on its way somewhere; false if there is none. */
bool act_hostile(void);

#endif
