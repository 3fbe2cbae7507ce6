/*
 * Large trees of capabilities. The leaves are in the tables of empty processes, since no table
 * holds as many, and go with them.
 */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include "kit.h"

#define TREE_PROCESSES 4

struct tree {
    handle_t seg;   /* what all of it names */
    handle_t trunk; /* derived from seg; the leaves from this one */
    size_t nleaves; /* in each of the processes */
    handle_t processes[TREE_PROCESSES];
};

/* A segment, a trunk, and so many leaves altogether. */
bool tree_make(struct tree *tree, size_t nleaves);

/* Leaves of another capability, among the others. */
void tree_add(struct tree *tree, handle_t parent, size_t nleaves);

/* Leaves that are still there, altogether. */
size_t tree_count(const struct tree *tree);

/* Drops what is still there. */
void tree_drop(struct tree *tree);

/* The longest step of the kernel so far, in cycles. */
uint64_t longest_step(void);

#endif
