/*
 * A balanced search tree (AVL) in a segheap, that can be put in order by anybody when somebody has
 * ended in the middle of changing it. Before a node is changed its contents go to a log beside the
 * tree; a change is done when the log is emptied, in one store. Undoing it can itself end half way
 * and be done again. A piece of the heap can get lost with who ends.
 *
 * Who looks at the tree keeps others from changing it, who changes it keeps all others away.
 */
#ifndef TESTS_AVL_H
#define TESTS_AVL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vasco/segheap.h>

struct node {
    uint64_t key, value;
    uint64_t height; /* of the tree below: 1 for a leaf */
    struct node *left, *right;
};

#define AVL_LOG 256 /* entries: more than any change of a tree of 2^32 nodes has */

struct avl {
    struct segheap *heap;
    struct node top; /* its left is the tree, its value the number of nodes */
    size_t nlog;
    struct {
        struct node *node;
        struct node was;
    } log[AVL_LOG];
};

/* An empty tree, in the heap itself; null if there is no memory. */
struct avl *avl_create(struct segheap *heap);

/* The value of a key; 0: it is not there. */
uint64_t avl_find(const struct avl *tree, uint64_t key);

/* Sets the value of a key; 0 takes the key away. False if there is no memory. */
bool avl_set(struct avl *tree, uint64_t key, uint64_t value);

/* Is it in the middle of a change? And as it was before that. */
bool avl_is_torn(const struct avl *tree);
void avl_undo(struct avl *tree);

/* Order, balance, number, and that every node is a piece of the heap. */
bool avl_is_whole(const struct avl *tree);

#endif
