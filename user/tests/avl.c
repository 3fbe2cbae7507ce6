/* A balanced tree that survives whoever changes it: see avl.h. */
#include "avl.h"

/* Whoever ends here has done what stands before this line, and nothing of what stands behind it:
 * the compiler moves nothing across, and x86 stores in order. */
#define in_order() __atomic_signal_fence(__ATOMIC_SEQ_CST)

struct avl *avl_create(struct segheap *heap)
{
    struct avl *tree = segheap_alloc(heap, sizeof(*tree));
    if (tree == NULL)
        return NULL;
    tree->heap = heap;
    tree->top = (struct node){0};
    tree->nlog = 0;
    return tree;
}

static struct node *find(const struct avl *tree, uint64_t key)
{
    struct node *node = tree->top.left;
    while (node != NULL && node->key != key)
        node = key < node->key ? node->left : node->right;
    return node;
}

uint64_t avl_find(const struct avl *tree, uint64_t key)
{
    const struct node *node = find(tree, key);
    return node != NULL ? node->value : 0;
}

/* --- the log ---------------------------------------------------------------------------------- */

/* To be called before a node is changed. */
static void remember(struct avl *tree, struct node *node)
{
    if (tree->nlog == AVL_LOG)
        __builtin_trap();
    tree->log[tree->nlog].node = node;
    tree->log[tree->nlog].was = *node;
    in_order();
    tree->nlog++;
    in_order();
}

static void commit(struct avl *tree)
{
    in_order();
    tree->nlog = 0;
    in_order();
}

bool avl_is_torn(const struct avl *tree)
{
    return tree->nlog > 0;
}

void avl_undo(struct avl *tree)
{
    while (tree->nlog > 0) {
        *tree->log[tree->nlog - 1].node = tree->log[tree->nlog - 1].was;
        in_order();
        tree->nlog--;
        in_order();
    }
}

/* --- balance: of nodes that have been remembered ---------------------------------------------- */

static uint64_t height(const struct node *node)
{
    return node != NULL ? node->height : 0;
}

static void measure(struct node *node)
{
    uint64_t left = height(node->left), right = height(node->right);
    node->height = 1 + (left > right ? left : right);
}

static struct node *rotate_right(struct avl *tree, struct node *node)
{
    struct node *up = node->left;
    remember(tree, up);
    node->left = up->right;
    up->right = node;
    measure(node);
    measure(up);
    return up;
}

static struct node *rotate_left(struct avl *tree, struct node *node)
{
    struct node *up = node->right;
    remember(tree, up);
    node->right = up->left;
    up->left = node;
    measure(node);
    measure(up);
    return up;
}

/* What takes the node's place. */
static struct node *balance(struct avl *tree, struct node *node)
{
    struct node *left = node->left, *right = node->right;
    measure(node);
    if (height(left) > height(right) + 1) {
        if (height(left->right) > height(left->left)) {
            remember(tree, left);
            node->left = rotate_left(tree, left);
        }
        return rotate_right(tree, node);
    }
    if (height(right) > height(left) + 1) {
        if (height(right->left) > height(right->right)) {
            remember(tree, right);
            node->right = rotate_right(tree, right);
        }
        return rotate_left(tree, node);
    }
    return node;
}

/* --- changes: each gives what takes the node's place ------------------------------------------ */

static struct node *with(struct avl *tree, struct node *node, struct node *fresh)
{
    if (node == NULL)
        return fresh;
    remember(tree, node);
    if (fresh->key < node->key)
        node->left = with(tree, node->left, fresh);
    else
        node->right = with(tree, node->right, fresh);
    return balance(tree, node);
}

static struct node *without_first(struct avl *tree, struct node *node, struct node **first)
{
    remember(tree, node);
    if (node->left == NULL) {
        *first = node;
        return node->right;
    }
    node->left = without_first(tree, node->left, first);
    return balance(tree, node);
}

static struct node *without(struct avl *tree, struct node *node, uint64_t key, struct node **gone)
{
    struct node *next;
    remember(tree, node);
    if (key < node->key) {
        node->left = without(tree, node->left, key, gone);
        return balance(tree, node);
    }
    if (key > node->key) {
        node->right = without(tree, node->right, key, gone);
        return balance(tree, node);
    }
    *gone = node;
    if (node->right == NULL)
        return node->left;
    struct node *right = without_first(tree, node->right, &next);
    next->left = node->left;
    next->right = right;
    return balance(tree, next);
}

static bool add(struct avl *tree, uint64_t key, uint64_t value)
{
    struct node *fresh = segheap_alloc(tree->heap, sizeof(*fresh));
    if (fresh == NULL)
        return false;
    *fresh = (struct node){.key = key, .value = value, .height = 1};
    remember(tree, &tree->top);
    tree->top.left = with(tree, tree->top.left, fresh);
    tree->top.value++;
    commit(tree);
    return true;
}

static void take(struct avl *tree, uint64_t key)
{
    struct node *gone = NULL;
    remember(tree, &tree->top);
    tree->top.left = without(tree, tree->top.left, key, &gone);
    tree->top.value--;
    commit(tree);
    segheap_free(tree->heap, gone);
}

bool avl_set(struct avl *tree, uint64_t key, uint64_t value)
{
    struct node *node = find(tree, key);
    if (node == NULL)
        return value == 0 || add(tree, key, value);
    if (value == 0)
        take(tree, key);
    else
        node->value = value; /* one store: before it, or after it */
    return true;
}

/* --- the check -------------------------------------------------------------------------------- */

#define DEPTH_MAX 64

/* Keys below a node are from `low` to `high`. Counts down *left, so that a ring is found. */
static bool is_whole(const struct avl *tree, const struct node *node, uint64_t low, uint64_t high,
                     uint64_t *left)
{
    if (node == NULL)
        return true;
    if (segheap_size(tree->heap, node) < sizeof(*node) || *left == 0)
        return false;
    --*left;
    if (node->key < low || node->key > high || node->height > DEPTH_MAX)
        return false;
    if ((node->left != NULL && node->key == 0) || (node->right != NULL && node->key == UINT64_MAX))
        return false;
    if (!is_whole(tree, node->left, low, node->key - 1, left) ||
        !is_whole(tree, node->right, node->key + 1, high, left))
        return false;
    uint64_t l = height(node->left), r = height(node->right);
    return node->height == 1 + (l > r ? l : r) && l <= r + 1 && r <= l + 1;
}

bool avl_is_whole(const struct avl *tree)
{
    uint64_t left = tree->top.value;
    return !avl_is_torn(tree) && is_whole(tree, tree->top.left, 0, UINT64_MAX, &left) && left == 0;
}
