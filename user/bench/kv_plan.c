/*
 * What the clients of the key-value store do in a round: see kv.h. By Zipf's law the line of rank r
 * has the weight 1/r. Which line has which rank is drawn once, so that popular lines are not
 * neighbours, neither in the text nor in the store.
 */
#include <stdlib.h>

#include "bench.h"
#include "kv.h"

#define WEIGHT_ONE ((uint64_t)1 << 32)

static uint64_t *weights; /* of all ranks up to this one, together */
static uint32_t *lines;   /* which line has this rank */

/* A number below `limit`, by the upper bits of a linear congruential generator, which are its best
 * ones. The constants are Knuth's. */
static uint64_t random_below(uint64_t *state, uint64_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint64_t)((unsigned __int128)*state * limit >> 64);
}

void plan_open(void)
{
    uint64_t sum = 0, random = 0;
    weights = malloc(hall()->nlines * sizeof(*weights));
    lines = malloc(hall()->nlines * sizeof(*lines));
    must(weights == NULL || lines == NULL ? STATUS_NO_MEMORY : STATUS_OK, "rank the lines");
    for (uint32_t i = 0; i < hall()->nlines; i++) {
        weights[i] = sum += WEIGHT_ONE / (i + 1);
        uint64_t j = random_below(&random, i + 1);
        lines[i] = lines[j];
        lines[j] = i;
    }
}

void plan_close(void)
{
    free(weights);
    free(lines);
}

/* The first rank whose sum is above a number drawn below the last one. */
static uint32_t choose_skewed(uint64_t *random)
{
    size_t low = 0, high = hall()->nlines - 1;
    const uint64_t drawn = random_below(random, weights[high]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (weights[middle] > drawn)
            high = middle;
        else
            low = middle + 1;
    }
    return lines[low];
}

static void plan_client(const struct mix *mix, uint32_t turn, uint32_t client)
{
    uint64_t random = (uint64_t)turn * KV_CLIENTS_MAX + client;
    uint32_t version = hall()->round << VERSION_ROUND_SHIFT | client << VERSION_CLIENT_SHIFT;
    for (int i = 0; i < KV_OPERATIONS; i++, version++) {
        struct operation *operation = &hall()->plan[client][i];
        bool is_set = random_below(&random, 100) < mix->nsets;
        operation->line = mix->is_skewed ? choose_skewed(&random)
                                         : (uint32_t)random_below(&random, hall()->nlines);
        operation->version = is_set ? version : 0;
        operation->answer = 0;
    }
}

void plan_round(const struct mix *mix, uint32_t turn, uint64_t nclients)
{
    hall()->round++;
    for (uint32_t client = 0; client < nclients; client++)
        plan_client(mix, turn, client);
}
