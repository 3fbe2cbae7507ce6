/* The table: see table.h. */
#include "table.h"

#include <string.h>

/* Whoever ends here has done what stands before this line, and nothing of what stands behind it:
 * the compiler moves nothing across, and x86 stores in order (SDM 3A 8.2.2). */
#define in_order() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* --- hashes ----------------------------------------------------------------------------------- */

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* The last word overlaps the one before. Odd constants: the golden ratio, and that of Murmur. */
static uint64_t hash_of(struct kv_bytes key)
{
    uint64_t hash = key.nbytes, last = 0;
    if (key.nbytes < sizeof(last)) {
        for (size_t i = 0; i < key.nbytes; i++)
            last = last << 8 | key.bytes[i];
    } else {
        for (size_t i = 0; i + sizeof(last) < key.nbytes; i += sizeof(last)) {
            hash = (hash ^ word_at(key.bytes + i)) * 0x9e3779b97f4a7c15u;
            hash ^= hash >> 32;
        }
        last = word_at(key.bytes + key.nbytes - sizeof(last));
    }
    hash = (hash ^ last) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 29) * 0xc6a4a7935bd1e995u;
    return hash ^ hash >> 32;
}

static uint64_t reverse(uint64_t bits)
{
    bits = __builtin_bswap64(bits);
    bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
    bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
    return (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
}

/* --- buckets ---------------------------------------------------------------------------------- */

/* 2^n for the n bits of the largest bucket's number. */
static uint64_t power_above(uint64_t bucket)
{
    return bucket == 0 ? 1 : (uint64_t)2 << (63 - __builtin_clzll(bucket));
}

static struct kv_node *head_of(const struct kv_table *table, uint64_t bucket)
{
    return &table->pages[bucket / KV_PAGE_BUCKETS][bucket % KV_PAGE_BUCKETS];
}

/* The last bucket, in the order of the list, that begins at or before the items of this hash. */
static uint64_t bucket_of(const struct kv_table *table, uint64_t hash)
{
    uint64_t power = power_above(table->nbuckets - 1), bucket = hash & (power - 1);
    return bucket < table->nbuckets ? bucket : bucket - power / 2;
}

/* The node behind which `order` belongs: all up to it are smaller. */
static struct kv_node *node_before(struct kv_node *node, uint64_t order)
{
    while (node->next != NULL && node->next->order < order)
        node = node->next;
    return node;
}

/* Divides the bucket that has waited longest. The head may be in the list already, if somebody
 * ended behind that. Without memory for it buckets get longer. */
static void split_one(struct kv_table *table)
{
    uint64_t bucket = table->nbuckets, page = bucket / KV_PAGE_BUCKETS;
    if (page == KV_PAGES)
        return;
    if (table->pages[page] == NULL) {
        table->pages[page] = segheap_alloc(table->heap, KV_PAGE_BUCKETS * sizeof(struct kv_node));
        if (table->pages[page] == NULL)
            return;
    }
    struct kv_node *head = head_of(table, bucket);
    uint64_t order = reverse(bucket);
    struct kv_node *before = node_before(head_of(table, bucket - power_above(bucket) / 2), order);
    if (before->next != head) {
        *head = (struct kv_node){before->next, order};
        in_order();
        before->next = head;
    }
    in_order();
    table->nbuckets++;
}

struct kv_table *kv_table_create(struct segheap *heap)
{
    struct kv_table *table = segheap_alloc(heap, sizeof(*table));
    struct kv_node *page = segheap_alloc(heap, KV_PAGE_BUCKETS * sizeof(struct kv_node));
    if (table == NULL || page == NULL)
        return NULL;
    memset(table, 0, sizeof(*table));
    *page = (struct kv_node){NULL, 0};
    table->heap = heap;
    table->pages[0] = page;
    table->nbuckets = 1;
    return table;
}

/* --- items ------------------------------------------------------------------------------------ */

static struct kv_item *item_of(struct kv_node *node)
{
    return (struct kv_item *)node;
}

/* memcmp by words. */
static bool is_same(const unsigned char *a, const unsigned char *b, size_t nbytes)
{
    if (nbytes < 8) {
        for (size_t i = 0; i < nbytes; i++) {
            if (a[i] != b[i])
                return false;
        }
        return true;
    }
    for (size_t i = 0; i + 8 < nbytes; i += 8) {
        if (word_at(a + i) != word_at(b + i))
            return false;
    }
    return word_at(a + nbytes - 8) == word_at(b + nbytes - 8);
}

static bool has_key(const struct kv_item *item, struct kv_bytes key)
{
    return item->key_bytes == key.nbytes && is_same(item->bytes, key.bytes, key.nbytes);
}

/* Where a key is, or belongs. */
struct place {
    uint64_t order;
    struct kv_node *before;
    struct kv_item *item; /* behind it: that of the key; or null */
};

static struct place place_of(const struct kv_table *table, struct kv_bytes key)
{
    uint64_t hash = hash_of(key), order = reverse(hash) | 1;
    struct kv_node *before = node_before(head_of(table, bucket_of(table, hash)), order);
    for (; before->next != NULL && before->next->order == order; before = before->next) {
        if (has_key(item_of(before->next), key))
            return (struct place){order, before, item_of(before->next)};
    }
    return (struct place){order, before, NULL};
}

const struct kv_item *kv_table_find(const struct kv_table *table, struct kv_bytes key)
{
    return place_of(table, key).item;
}

/* --- changes ---------------------------------------------------------------------------------- */

static bool has_happened(const struct kv_change *change)
{
    return change->before->next != change->was;
}

uint64_t kv_table_count(const struct kv_table *table)
{
    const struct kv_change *change = &table->change;
    if (!change->announced)
        return table->count;
    if (!has_happened(change))
        return change->count;
    return change->count + (change->fresh != NULL) - (change->old != NULL);
}

/* To free twice is to free once, as long as nobody allocates between. */
void kv_table_settle(struct kv_table *table)
{
    struct kv_change *change = &table->change;
    if (!change->announced)
        return;
    table->count = kv_table_count(table);
    segheap_free(table->heap, has_happened(change) ? change->old : change->fresh);
    in_order();
    change->announced = false;
}

/* Before the store; in between what is fresh is filled. */
static void announce(struct kv_table *table, struct place place, struct kv_item *fresh)
{
    table->change.before = place.before;
    table->change.was = place.before->next;
    table->change.fresh = fresh;
    table->change.old = place.item;
    table->change.count = table->count;
    in_order();
    table->change.announced = true;
    in_order();
}

/* The store itself, and what follows. */
static void commit(struct kv_table *table, struct place place, struct kv_node *next)
{
    in_order();
    place.before->next = next;
    in_order();
    kv_table_settle(table);
}

static void fill(struct kv_item *item, struct place place, struct kv_bytes key,
                 struct kv_bytes value)
{
    item->node.next = place.item != NULL ? place.item->node.next : place.before->next;
    item->node.order = place.order;
    item->key_bytes = (uint32_t)key.nbytes;
    item->value_bytes = (uint32_t)value.nbytes;
    memcpy(item->bytes, key.bytes, key.nbytes);
    memcpy(item->bytes + key.nbytes, value.bytes, value.nbytes);
}

int64_t kv_table_set(struct kv_table *table, struct kv_bytes key, struct kv_bytes value)
{
    struct place place = place_of(table, key);
    struct kv_item *fresh = segheap_alloc(table->heap, sizeof(*fresh) + key.nbytes + value.nbytes);
    if (fresh == NULL)
        return STATUS_NO_MEMORY;
    announce(table, place, fresh);
    fill(fresh, place, key, value);
    commit(table, place, &fresh->node);
    if (table->count > table->nbuckets * KV_BUCKET_ITEMS)
        split_one(table);
    return STATUS_OK;
}

int64_t kv_table_delete(struct kv_table *table, struct kv_bytes key)
{
    struct place place = place_of(table, key);
    if (place.item == NULL)
        return STATUS_NOT_FOUND;
    announce(table, place, NULL);
    commit(table, place, place.item->node.next);
    return STATUS_OK;
}

/* --- the check -------------------------------------------------------------------------------- */

static bool is_in_list(const struct kv_table *table, const struct kv_item *item)
{
    return place_of(table, (struct kv_bytes){item->bytes, item->key_bytes}).item == item;
}

static bool item_is_good(const struct kv_table *table, struct kv_item *item)
{
    struct kv_bytes key = {item->bytes, item->key_bytes};
    return segheap_size(table->heap, item) >=
               sizeof(*item) + (size_t)item->key_bytes + item->value_bytes &&
           item->node.order == (reverse(hash_of(key)) | 1) && is_in_list(table, item);
}

/* A head may be in the list that does not count yet: see split_one. */
static bool head_is_good(const struct kv_table *table, const struct kv_node *node)
{
    uint64_t bucket = reverse(node->order);
    return bucket <= table->nbuckets && table->pages[bucket / KV_PAGE_BUCKETS] != NULL &&
           node == head_of(table, bucket);
}

bool kv_table_is_whole(const struct kv_table *table)
{
    uint64_t nheads = 0, nitems = 0, order = 0;
    for (struct kv_node *node = head_of(table, 0); node != NULL; node = node->next) {
        bool is_item = node->order & 1;
        if (node->order < order || nitems > kv_table_count(table))
            return false;
        if (is_item ? !item_is_good(table, item_of(node)) : !head_is_good(table, node))
            return false;
        nitems += is_item;
        nheads += !is_item && reverse(node->order) < table->nbuckets;
        order = node->order;
    }
    return nheads == table->nbuckets && nitems == kv_table_count(table);
}
