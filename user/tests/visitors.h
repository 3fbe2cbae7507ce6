/*
 * Visitors: workers that stand in a view which locks a segment, until they are told to leave; and
 * the room that they visit. What the tests of segment locks share.
 */
#ifndef TESTS_VISITORS_H
#define TESTS_VISITORS_H

#include <vasco/seg.h>
#include <vasco/vas.h>

#include "test.h"
#include "worker.h"

/* A VAS with one lockable segment of a page, a view that writes it and one that only reads. */
struct room {
    handle_t vas, seg, writes, reads;
    uint64_t base; /* of the segment */
};

bool room_make(struct room *room);

/* Another VAS with the same segment. */
bool room_share(struct room *room, handle_t seg);

/* Takes away the VAS and its views, those that are left; and room_drop the segment, too, which
 * nobody may hold then but this thread. */
void room_leave(struct room *room);
void room_drop(struct room *room);

/* Does nobody hold its segment? And how many threads wait to enter a view of its VAS? */
bool room_is_free(const struct room *room);
uint32_t room_waiting(const struct room *room);

/* Has somebody left its segment in the middle of a change? And says, as its next holder, that the
 * segment is whole. */
bool room_is_abandoned(const struct room *room);
void room_put_in_order(const struct room *room);

struct visitor {
    struct worker worker; /* the first: its body finds the visitor by it */
    handle_t view;
    uint64_t deadline;
    bool ends_inside;
    volatile bool inside;
    volatile int64_t result; /* of the switch, when it is through */
    _Alignas(16) char fault_stack[PAGE_BYTES];
};

extern struct visitor visitors[WORKERS];

#define NO_DEADLINE UINT64_MAX

/* Starts number `i`, which enters the view, stays until it is told to stop, and comes home. */
bool visitor_start(size_t i, handle_t view);
bool visitor_start_until(size_t i, handle_t view, uint64_t deadline);

/* The same, and waits until it is inside, or waits in front of the room. */
bool visitor_enters(size_t i, handle_t view);
bool visitor_waits(size_t i, handle_t view, const struct room *room);

/* Is it the writer? */
bool visitor_holds(size_t i, const struct room *room);

/* Lets it leave and end. Its status is 0, or the kind of the fault that it met. */
void visitor_end(size_t i, uint64_t status);

/* Ends it where it is. */
void visitor_destroy(size_t i);

/* Waits for a worker as worker_end does, but not for ever: one that hangs is one failed test. */
uint64_t worker_end_soon(struct worker *worker);

/* What others bring about, in a while. */
#define SOON_TURNS 2000
#define check_soon(x)                                                                              \
    do {                                                                                           \
        for (int turn_ = 0; turn_ < SOON_TURNS && !(x); turn_++)                                   \
            sys_thread_sleep(MILLISECOND);                                                         \
        check(x);                                                                                  \
    } while (0)

#endif
