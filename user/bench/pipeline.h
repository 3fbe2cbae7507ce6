/*
 * Three processes, one after the other, on the words of a text (words.h): the first indexes it, the
 * second sorts, the third reports. They hand on the structure in three ways:
 *
 *     vas         it lies in a segment of a VAS; each attaches that, goes into it and works there
 *     copy        each has it in its own heap, writes it as a message into a segment that all share
 *                 and leaves the next one to build it again, node by node
 *     copy-block  the same, but what is built again is taken from one block of memory
 *
 * What was handed on is known from the digest of the report, which is compared with one that was
 * made of the text in another way.
 */
#ifndef BENCH_PIPELINE_H
#define BENCH_PIPELINE_H

#include <stddef.h>
#include <stdint.h>
#include <vasco/archive.h>
#include <vasco/home.h>

#define PARTNER_PIPELINE "pipeline"

#define PIPELINE_TEXT "text/fortunes"
#define PIPELINE_TEXT_BYTES_MIN 1000000
#define PIPELINE_STAGES 3

/* Where the processes see the board and the message at home. */
#define BOARD_BASE (HOME_FREE_BASE + 0x1800000000)
#define MESSAGE_BASE (BOARD_BASE + 0x40000000)
#define BOARD_CAP "board"
#define MESSAGE_CAP "message"
#define WORDS_CAP "words"
#define WORDS_BYTES ((uint64_t)16 << 20)
#define MESSAGE_BYTES ((uint64_t)4 << 20)

#define DIGEST_WORDS 10
#define DIGEST_PLACES 3
#define DIGEST_WORD_BYTES 16

/* What is reported: the commonest words with their first places, and a sum over everything. */
struct digest {
    uint64_t nwords; /* different ones */
    uint64_t nplaces;
    uint64_t sum;
    struct {
        char bytes[DIGEST_WORD_BYTES];
        uint64_t count;
        uint64_t places[DIGEST_PLACES];
    } commonest[DIGEST_WORDS];
};

/* By the time-stamp counter. */
struct stage_times {
    uint64_t begin; /* the process is ready */
    uint64_t has;   /* the structure is at hand */
    uint64_t done;  /* the work is */
    uint64_t end;   /* it is handed on */
};

struct board {
    struct stage_times times[PIPELINE_STAGES];
    struct digest digest;
};

static inline struct board *board(void)
{
    return (struct board *)BOARD_BASE;
}

/* --- pipeline_digest.c ------------------------------------------------------------------------ */

/* Words come in their order, each followed by its places. */
void digest_add_word(struct digest *digest, const char *bytes, size_t nbytes, uint64_t count);
void digest_add_place(struct digest *digest, uint64_t offset);

/* The digest of a text, made by sorting. */
void digest_of_text(struct digest *digest, const struct archive_file *text);

/* --- pipeline_stage.c ------------------------------------------------------------------------- */

/* Finds the text. */
void pipeline_find_text(struct archive_file *text);

/* A process of the pipeline: by the way `arguments[0]`, as stage number `arguments[1]`. */
void pipeline_stage_main(char **arguments);

#endif
