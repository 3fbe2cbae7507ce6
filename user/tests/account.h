/*
 * The account of the system's memory and of this process's capabilities, by which the frame of the
 * tests sees whether a test has left something behind.
 */
#ifndef TESTS_ACCOUNT_H
#define TESTS_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account {
    uint64_t free_frames;
    uint64_t charged_frames;
    uint64_t object_bytes;
    uint64_t ncaps;
};

/* Touches what this program fills only on first use: its stack, its data, the C library's buffers
 * and the capability table. Afterwards a test that cleans up leaves the account as it was. */
void account_warm_up(void);

void account_take(struct account *account);

bool account_is_same(const struct account *a, const struct account *b);

/* Takes the account until it is again as it was, for half a second at most: an ended thread may
 * still be on its way out. */
bool account_settle(const struct account *before, struct account *after);

#endif
