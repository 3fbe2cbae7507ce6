/*
 * Counting words in a treap: a search tree by word and a heap by priority, which keeps it balanced.
 * The priority is a hash of the word, so that the same text gives the same tree.
 */
#include "book.h"

#include <string.h>

/* A word as it stands in the text, capitals and all. */
struct slice {
    const char *text;
    size_t length;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Less than, equal to or greater than zero as the slice stands before, at or behind the node's
 * word. */
static int slice_compare(struct slice slice, const struct node *node)
{
    size_t common = slice.length < node->length ? slice.length : node->length;
    for (size_t i = 0; i < common; i++) {
        int difference = small(slice.text[i]) - node->word[i];
        if (difference != 0)
            return difference;
    }
    return slice.length < node->length ? -1 : slice.length > node->length;
}

/* FNV-1a. */
static uint32_t slice_hash(struct slice slice)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < slice.length; i++)
        hash = (hash ^ (uint8_t)small(slice.text[i])) * 16777619;
    return hash;
}

/* Memory is only ever taken, from the front of the segment. */
static void *book_take(struct book *book, size_t nbytes)
{
    nbytes = (nbytes + 7) / 8 * 8;
    if (nbytes > book->nbytes - book->used)
        return NULL;
    book->used += nbytes;
    return (char *)book + book->used - nbytes;
}

static struct node *node_new(struct book *book, struct slice slice)
{
    struct node *node = book_take(book, sizeof(*node) + slice.length + 1);
    if (node == NULL)
        return NULL;
    *node = (struct node){.priority = slice_hash(slice), .length = (uint32_t)slice.length};
    for (size_t i = 0; i < slice.length; i++)
        node->word[i] = small(slice.text[i]);
    node->word[slice.length] = '\0';
    book->ndifferent++;
    return node;
}

/*
 *        n            l          The order of the words stays; who is above changes.
 *      l   c   -->  a   n
 *     a b              b c
 */
static void rotate_right(struct node **link)
{
    struct node *node = *link, *left = node->left;
    node->left = left->right;
    left->right = node;
    *link = left;
}

static void rotate_left(struct node **link)
{
    struct node *node = *link, *right = node->right;
    node->right = right->left;
    right->left = node;
    *link = right;
}

/* Counts one word in the tree below `link`. */
static bool count_word(struct book *book, struct node **link, struct slice slice)
{
    struct node *node = *link;
    if (node == NULL) {
        *link = node = node_new(book, slice);
        if (node == NULL)
            return false;
        node->count = 1;
        return true;
    }
    int order = slice_compare(slice, node);
    if (order == 0) {
        node->count++;
        return true;
    }
    struct node **below = order < 0 ? &node->left : &node->right;
    if (!count_word(book, below, slice))
        return false;
    if ((*below)->priority > node->priority)
        order < 0 ? rotate_right(link) : rotate_left(link);
    return true;
}

void book_init(struct book *book, uint64_t nbytes, const char *title)
{
    *book = (struct book){.nbytes = nbytes, .used = sizeof(*book)};
    strncpy(book->title, title, sizeof(book->title) - 1);
}

bool book_read(struct book *book, const char *text, size_t nbytes)
{
    for (size_t i = 0; i < nbytes;) {
        size_t start = i;
        while (i < nbytes && is_letter(text[i]))
            i++;
        if (i == start) {
            i++;
            continue;
        }
        if (!count_word(book, &book->root, (struct slice){text + start, i - start}))
            return false;
        book->nwords++;
    }
    return true;
}

/* Puts a node in its place among the best so far. Nodes come in the order of the alphabet, so
 * one with the same count goes behind. */
static size_t best_insert(const struct node *best[], size_t have, size_t n, const struct node *node)
{
    size_t at = have;
    while (at > 0 && best[at - 1]->count < node->count)
        at--;
    if (at == n)
        return have;
    have += have < n;
    memmove(&best[at + 1], &best[at], (have - 1 - at) * sizeof(best[0]));
    best[at] = node;
    return have;
}

static size_t best_below(const struct node *best[], size_t have, size_t n, const struct node *node)
{
    if (node == NULL)
        return have;
    have = best_below(best, have, n, node->left);
    have = best_insert(best, have, n, node);
    return best_below(best, have, n, node->right);
}

size_t book_commonest(const struct book *book, const struct node *best[], size_t n)
{
    return best_below(best, 0, n, book->root);
}

static uint64_t sum_below(const struct node *node)
{
    return node == NULL ? 0 : sum_below(node->left) + node->count + sum_below(node->right);
}

uint64_t book_sum(const struct book *book)
{
    return sum_below(book->root);
}
