/*
 * What the tests of segment locks (obj/lock.h) share: a room that threads of init go into, and the
 * threads.
 */
#ifndef VASCO_TESTS_ROOM_H
#define VASCO_TESTS_ROOM_H

#include "obj/lock.h"
#include "world.h"

#define MS ((uint64_t)1000000)

/* A VAS with one lockable segment, a view of init that writes it and one that only reads. */
struct room {
    handle_t vas, seg, writes, reads;
};

struct room make_room(void);
handle_t make_lockable(void);
struct seg_lock *lock_of(handle_t seg);

/* A thread of init's that is current now, at a priority above all before it. */
struct thread *enter_thread(void);

/* The running thread switches; who runs then. */
struct thread *switch_to(handle_t view);

/* The running thread sleeps for longer than any test takes; who runs then. */
struct thread *sleep_long(void);

/* The heartbeat, after so many milliseconds; who runs then. */
struct thread *tick(uint64_t ms);

/* What the last call of a thread returned. */
int64_t result_of(const struct thread *thread);

#endif
