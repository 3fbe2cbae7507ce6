/*
 * Threads of several processes switch, touch, attach, detach, discard, narrow, revoke, destroy and
 * move at random on all CPUs, and look whether what they see is what must be there.
 *
 *     stress [seed=N] [seconds=N]      10 seconds, seed 1
 *
 * There are some VASes with some places each. At a place at most one segment is attached; segments
 * of one place have the same address, and one follows the other there. The board, a segment that
 * all processes have at home, says of each place what is attached and what is allowed, and has its
 * version: odd while that changes. A thread that touches a place notes the version before and
 * after. If it was the same and even, the outcome is known exactly: this value, or a fault. If not,
 * the value is still that of some segment of that place.
 *
 *   masters   the threads of the first process, which change places, VASes and children
 *   others    those of its children, which only look, and attach and detach views of their own;
 *             they are killed now and then, wherever they are
 *
 * Every word says which segment and page it belongs to, so a stale page and a foreign one are told
 * by their value. Prints TAP. The seed says what each thread does, not when.
 */
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/home.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

#define VASES 4
#define PLACES 4
#define SEGS 3 /* for each place */
#define PROCESSES 3
#define THREADS 8 /* of a process, at most; a power of two */

#define ACCESS_DATA (ACCESS_READ | ACCESS_WRITE)

/* The places: the last one is of segments that are too large to be dropped page by page. */
#define PLACE_GRANULE 0x200000
#define place_base(place) (VAS_BASE + ((uint64_t)1 << 30) + (place) * (uint64_t)PLACE_GRANULE)
#define place_pages(place) ((place) == PLACES - 1 ? 40 : 3)

/* --- what a word says ------------------------------------------------------------------------- */

#define NOTHING 0xdead /* of a load that faulted */
#define MARK_PATTERN 0x5a
#define MARK_STORED 0xa5

/* The words of a page: its own pattern, and one for each thread to store to. */
static inline uint64_t word_of(uint64_t mark, uint64_t number, uint64_t place, uint64_t page)
{
    return mark << 56 | number << 16 | place << 8 | page;
}

#define word_number(word) ((word) >> 16 & 0xffffffffff)

/* --- the board -------------------------------------------------------------------------------- */

struct state {
    uint64_t number; /* of the segment that is attached; 0: none */
    uint64_t access;
    uint64_t empty;       /* bit n: page n was discarded, and reads as zero */
    uint64_t incarnation; /* of the VAS */
};

struct slot {
    volatile uint64_t version;
    volatile struct state state;
};

/* The capability of a process to a VAS. Handles are never used again, so who reads the same one
 * before and after has read what belongs to it. */
struct offer {
    volatile handle_t handle;
    volatile uint64_t incarnation;
};

/* What is counted. */
enum kind {
#define TALLY(name, text) KIND_##name,
#include "tally.def"
#undef TALLY
    NKINDS
};

struct finding {
    const char *volatile what;
    uint64_t process, thread, vas, place, page, word, expected, version;
};

struct board {
    volatile bool stop;
    volatile uint64_t nfindings;
    struct finding finding; /* the first; its text is at the same address in all processes */
    struct slot slots[VASES][PLACES];
    struct offer offers[PROCESSES][VASES];
    volatile uint64_t highest; /* number of a segment */
    volatile uint64_t counts[PROCESSES][THREADS][NKINDS];
    volatile uint64_t beats[PROCESSES][THREADS];
};

#define BOARD ((struct board *)HOME_FREE_BASE)

/* --- a thread --------------------------------------------------------------------------------- */

/* A view of this process. */
struct view {
    handle_t handle;
    uint64_t incarnation; /* of the VAS */
    uint64_t access;
};

struct me {
    uint64_t process, thread, random;
    uint64_t vas;         /* in whose view it stands, */
    struct view view;     /* this one; handle 0: at home */
    uint64_t lost_before; /* faults of its kind when it went in */
    volatile uint64_t lost, refused;
    _Alignas(PAGE_BYTES) char fault_stack[PAGE_BYTES];
};

static inline void count(const struct me *me, enum kind kind)
{
    BOARD->counts[me->process][me->thread][kind]++;
}

static inline uint64_t below(struct me *me, uint64_t n)
{
    uint64_t x = me->random += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (x ^ x >> 31) % n;
}

/* A lock of this process that is only tried. */
static inline bool try_lock(volatile bool *lock)
{
    return !__atomic_exchange_n(lock, true, __ATOMIC_ACQUIRE);
}

static inline void unlock(volatile bool *lock)
{
    __atomic_store_n(lock, false, __ATOMIC_RELEASE);
}

/* look.c: goes to a view and looks at places there; attaches and detaches views. */
void look(struct me *me);
void change_view(struct me *me);
void drop_views(void);
void find(const struct me *me, const char *what, uint64_t place, uint64_t page, uint64_t word,
          uint64_t expected);

/* change.c: what masters do. */
bool change_begin(void);
void change_something(struct me *me);
void change_offer(uint64_t process);
void change_end(void);

/* crowd.c: the threads of a process; and its children. */
void crowd_run(uint64_t process, uint64_t seed);
bool children_begin(uint64_t seed);
void children_kill(struct me *me);
void children_end(void);

#endif
