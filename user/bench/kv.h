/*
 * The key-value store loaded with a text: each distinct line is a key, its value says where it is
 * met first. What the store must answer is known from a table of the lines that was made without
 * it, by sorting; it lies in the hall, a segment that this process and the clients have at home.
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
#define KV_CLIENTS_MAX 4
#define KV_OPERATIONS 2000 /* of each client in a round */

#define HALL_BASE HOME_FREE_BASE
#define HALL_CAP "hall"

struct line {
    uint32_t offset; /* in the text, where it is met first */
    uint32_t nbytes;
    uint32_t number;  /* of the line there */
    uint32_t version; /* how often a client has set it */
};

enum deed {
    DEED_GET,
    DEED_SET,
    DEED_GO, /* there are no more rounds */
};

struct hall {
    volatile uint64_t deed; /* enum deed: what is done in this round */
    volatile uint64_t round;
    uint64_t ndone; /* clients, with this round */
    uint64_t nwrong;
    uint64_t starts[KV_CLIENTS_MAX], ends[KV_CLIENTS_MAX]; /* by the time-stamp counter */
    size_t nlines;
    struct line lines[KV_LINES_MAX];
};

static inline struct hall *hall(void)
{
    return (struct hall *)HALL_BASE;
}

/* --- kv_lines.c ------------------------------------------------------------------------------- */

/* Finds the text. */
void lines_open(void);

/* Fills the hall's table with its distinct lines. Empty ones are left out. */
void lines_sort(void);

const char *line_text(const struct line *line);

/* The value that a line has in the store. */
uint64_t line_value(const struct line *line);

/* The lines that a client chooses in a round, one after the other: always the same. */
struct choice {
    uint64_t random;
};
struct choice choice_begin(uint64_t client, uint64_t round);
struct line *choice_next(struct choice *choice);

/* --- kv_client.c ------------------------------------------------------------------------------ */

/* A client in a process of its own: by the way `arguments[0]`, as number `arguments[1]`. */
void kv_client_main(char **arguments);

/* Opens the store by the way of that name. */
void kv_open_by(struct kv *kv, const char *way, handle_t service);

#endif
