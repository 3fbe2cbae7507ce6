/*
 * A hash table of byte strings in a segheap, which grows a bucket at a time and is whole at every
 * moment: whoever changes it can be ended anywhere, and whoever looks next finds a table.
 *
 * All items are one list, ordered by the reversed bits of their hashes ("split-ordered list",
 * Shalev and Shavit 2006). The head of bucket b lies in the list where the items begin whose hash
 * ends with the bits of b, so a bucket that is split gets another head in its middle, and no item
 * moves:
 *
 *     bucket 0            bucket 2            bucket 1            bucket 3
 *     head -> item -> ... head -> item -> ... head -> item -> ... head -> item -> ... null
 *
 * Invariants, whenever nobody is in the middle of a change or somebody has ended there:
 *   K1  the list is ordered, and every bucket below nbuckets has its head in it
 *   K2  every item in the list is a piece of the heap, with key and value as they were set
 *   K3  count is the number of items, unless a change is announced
 *
 * A change to the list is one store of a pointer, to a piece that is filled by then: before it the
 * old state holds and behind it the new one. What else there is to be done (which piece of the heap
 * is to go, and what the count is) is announced before it, and follows from whether the store has
 * happened. So kv_table_settle does what is left, however often its caller ends in the middle; who
 * can only read needs it not. A piece of the heap can get lost with who ends between allocating and
 * announcing it.
 *
 * Who looks keeps those who change away, who changes keeps all others away.
 */
#ifndef KV_TABLE_H
#define KV_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <vasco/kv_store.h>
#include <vasco/segheap.h>

#define KV_PAGES 4096
#define KV_PAGE_BUCKETS 512 /* so 2^21 buckets; then they only get longer */
#define KV_BUCKET_ITEMS 2   /* on the average */

struct kv_node {
    struct kv_node *next;
    uint64_t order; /* the reversed hash; even: of a head, odd: of an item */
};

struct kv_item {
    struct kv_node node;
    uint32_t key_bytes;
    uint32_t value_bytes;
    unsigned char bytes[]; /* of the key, then of the value */
};

/* A store to before->next: it puts a fresh item into the list, takes an old one out, or both. */
struct kv_change {
    bool announced;
    struct kv_node *before;
    struct kv_node *was;         /* before->next until the store, and never behind it */
    struct kv_item *fresh, *old; /* or null */
    uint64_t count;              /* of the table, before it */
};

struct kv_table {
    struct segheap *heap;
    uint64_t nbuckets;
    uint64_t count;
    struct kv_change change;
    struct kv_node *pages[KV_PAGES]; /* of heads */
};

/* An empty table in the heap; null if there is no memory. */
struct kv_table *kv_table_create(struct segheap *heap);

/* The item of a key, or null. */
const struct kv_item *kv_table_find(const struct kv_table *table, struct kv_bytes key);

/* Errors: NO_MEMORY; then nothing has changed. */
int64_t kv_table_set(struct kv_table *table, struct kv_bytes key, struct kv_bytes value);

/* Errors: NOT_FOUND. */
int64_t kv_table_delete(struct kv_table *table, struct kv_bytes key);

/* How many items there are, a change announced or not. */
uint64_t kv_table_count(const struct kv_table *table);

/* Does what somebody has left to be done who ended in the middle of a change. */
void kv_table_settle(struct kv_table *table);

/* Whether K1 to K3 hold. Looks at everything. */
bool kv_table_is_whole(const struct kv_table *table);

static inline const unsigned char *kv_item_value(const struct kv_item *item)
{
    return item->bytes + item->key_bytes;
}

#endif
