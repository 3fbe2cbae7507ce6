/*
 * The key-value store loaded with a text: each distinct line is a key, its value says where it is
 * met first, and which operation has set it. What the store must answer is known from a table of
 * the lines that was made without it, by sorting. It lies in the hall, a segment that this process
 * and the clients, each a process too, have at home.
 *
 * A round begins with a plan: what each client is to do, one operation after the other. The clients
 * do it, which is measured, and note each answer beside the operation. Then the answers are
 * checked. So neither choosing nor checking is part of what is measured.
 */
#ifndef BENCH_KV_H
#define BENCH_KV_H

#include <vasco/home.h>
#include <vasco/kv.h>

#include "abi/types.h"

#define PARTNER_KV "kv"

#define KV_TEXT "text/fortunes"
#define KV_TEXT_BYTES_MIN 1000000
#define KV_LINES_MAX 32768
#define KV_CLIENTS_MAX 8
#define KV_OPERATIONS 1500 /* of each client in a round */

#define HALL_BASE HOME_FREE_BASE
#define HALL_CAP "hall"

struct line {
    uint32_t offset; /* in the text, where it is met first */
    uint32_t nbytes;
    uint32_t number;  /* of the line there */
    uint32_t version; /* that of the operation which has set it last; 0: it was loaded */
};

struct operation {
    uint32_t line;    /* its index in the hall's table */
    uint32_t version; /* of the value that it sets; 0: it gets */
    uint64_t answer;  /* a value or, of a set, a status */
};

struct hall {
    volatile uint64_t is_over;                             /* there are no more rounds */
    uint64_t ndone;                                        /* clients, with this round */
    uint32_t round;                                        /* of all, from 1 */
    uint64_t starts[KV_CLIENTS_MAX], ends[KV_CLIENTS_MAX]; /* by the time-stamp counter */
    struct operation plan[KV_CLIENTS_MAX][KV_OPERATIONS];
    size_t nlines;
    struct line lines[KV_LINES_MAX];
};

static inline struct hall *hall(void)
{
    return (struct hall *)HALL_BASE;
}

/*
 * Each set has a version of its own:
 *
 *      31            14 13   11 10          0
 *     | round, from 1  | client | operation  |
 */
#define VERSION_CLIENT_SHIFT 11
#define VERSION_ROUND_SHIFT 14
_Static_assert(KV_OPERATIONS <= 1 << VERSION_CLIENT_SHIFT, "an operation's number has room");
_Static_assert(KV_CLIENTS_MAX <= 1 << (VERSION_ROUND_SHIFT - VERSION_CLIENT_SHIFT),
               "a client's number has room");

static inline uint32_t version_client(uint32_t version)
{
    return version >> VERSION_CLIENT_SHIFT & (KV_CLIENTS_MAX - 1);
}

static inline uint32_t version_round(uint32_t version)
{
    return version >> VERSION_ROUND_SHIFT;
}

/* The value that a line has in the store. */
static inline uint64_t line_value(const struct line *line, uint32_t version)
{
    return (uint64_t)version << 32 | line->number;
}

/* --- kv_lines.c ------------------------------------------------------------------------------- */

/* Finds the text. */
void lines_open(void);

/* Fills the hall's table with its distinct lines. Empty ones are left out. */
void lines_sort(void);

const char *line_text(const struct line *line);

/* --- kv_plan.c -------------------------------------------------------------------------------- */

/* What clients do, in which benchmark. */
struct mix {
    const char *bench;
    const char *operation; /* what is counted */
    const char *name;
    uint32_t nsets; /* of a hundred operations */
    bool is_skewed; /* keys by Zipf's law, or all alike */
};

/* Learns the lines of the hall. */
void plan_open(void);
void plan_close(void);

/* Plans a round. The `turn` says which: for each turn and client the lines are always the same. */
void plan_round(const struct mix *mix, uint32_t turn, uint64_t nclients);

/* --- kv_check.c ------------------------------------------------------------------------------- */

/* Checks the answers of a round, then what the store has now, and notes that in the table of the
 * lines. Returns how much was wrong. */
uint64_t check_round(struct kv *kv, uint64_t nclients);

/* Checks everything that is in the store, and that nothing else is. */
uint64_t check_store(struct kv *kv);

/* --- kv_client.c ------------------------------------------------------------------------------ */

/* A client in a process of its own: by the way `arguments[0]`, as number `arguments[1]`. */
void kv_client_main(char **arguments);

/* Opens the store by the way of that name. */
void kv_open_by(struct kv *kv, const char *way, handle_t service);

/* The value of a line in the store; 0: none that has its size. */
uint64_t line_get(struct kv *kv, const struct line *line);

#endif
