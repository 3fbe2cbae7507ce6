/*
 * The garden: a VAS with two lockable segments, the heap with a tree (avl.h), and a ledger of what
 * must be in the tree. Gardeners are processes of this program that change both or look at them,
 * until they are killed. Who is told VAS_ABANDONED, and can, puts the garden in order.
 *
 *     tests gardener changes SEED
 *     tests gardener looks SEED
 */
#ifndef TESTS_GARDEN_H
#define TESTS_GARDEN_H

#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "avl.h"
#include "kit.h"

#define GARDEN_KEYS 256
#define GARDEN_HEAP PLACE_A
#define GARDEN_HEAP_BYTES MIB
#define GARDEN_LEDGER PLACE_B
#define GARDEN_TALLY 0x20000000 /* near the program: a new table would stay */

/* A change is announced, made in the tree, and entered: who ends between leaves an announcement. */
struct ledger {
    uint64_t gardener; /* who changes the garden */
    uint64_t nchanges;
    uint64_t announced;
    uint64_t key, value; /* what is announced */
    uint64_t values[GARDEN_KEYS];
};

/* At home in every gardener: what they have done, and what they have found. */
struct tally {
    uint64_t changes, looks;
    uint64_t told; /* VAS_ABANDONED, to who could put it in order */
    uint64_t torn; /* then the tree was in the middle of a change */
};

static inline struct ledger *garden_ledger(void)
{
    return (struct ledger *)(uintptr_t)GARDEN_LEDGER;
}

static inline struct tally *garden_tally(void)
{
    return (struct tally *)(uintptr_t)GARDEN_TALLY;
}

/* The capabilities of a garden, and its tree. */
struct garden {
    handle_t vas, heap, ledger;
    struct avl *tree;
};

/* In a view of the garden: finds the tree; tells whether tree and ledger say the same. */
bool garden_open(struct garden *garden);
bool garden_is_right(const struct garden *garden);

/* To be called when a view that writes it has been entered, with what the switch has returned: puts
 * the garden in order if somebody has left it abandoned. Says what is wrong, null if nothing is. */
const char *garden_enter(const struct garden *garden, int64_t status);

/* A sequence of numbers that the state determines. */
static inline uint64_t garden_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* The gardener: ends with status 1 when it has found something wrong, and says what. */
int gardener_main(const char *what, const char *seed);

#endif
