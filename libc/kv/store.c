/* A store: see vasco/kv_store.h. Its table is table.h's; here are locks, memory and rights. */
#include <string.h>
#include <vasco/cap.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "table.h"

#define ROOT "kv"
#define FIRST_BYTES ((uint64_t)256 << 10)
#define GROW_BYTES ((uint64_t)256 << 10)
#define DATA (ACCESS_READ | ACCESS_WRITE)

/* --- making and opening ----------------------------------------------------------------------- */

static int64_t attach_views(struct kv_store *store, bool writes)
{
    store->reads = vas_attach(HANDLE_SELF, store->vas, ACCESS_READ);
    if (store->reads < 0)
        return store->reads;
    store->writes = writes ? vas_attach(HANDLE_SELF, store->vas, DATA) : 0;
    return store->writes < 0 ? store->writes : STATUS_OK;
}

static void detach_views(struct kv_store *store)
{
    if (store->reads > 0)
        vas_detach(store->reads);
    if (store->writes > 0)
        vas_detach(store->writes);
}

/* Drops what is there, in part or whole. */
void kv_store_close(struct kv_store *store)
{
    detach_views(store);
    if (store->vas > 0)
        cap_delete(store->vas);
    if (store->seg > 0)
        cap_delete(store->seg);
    *store = (struct kv_store){0};
}

static int64_t fill_store(struct kv_store *store)
{
    struct seg_info info;
    int64_t status = seg_info(store->seg, &info);
    if (status == STATUS_OK)
        status = seg_fill(store->seg, 0, FIRST_BYTES);
    if (status >= 0)
        status = attach_views(store, true);
    if (status >= 0)
        status = vas_switch(store->writes);
    if (status < 0)
        return status;
    struct segheap *heap =
        segheap_create_growing((void *)info.base, FIRST_BYTES, KV_STORE_BYTES_MAX);
    store->table = heap != NULL ? kv_table_create(heap) : NULL;
    if (store->table != NULL)
        segheap_set_root(heap, ROOT, store->table);
    vas_switch(HANDLE_HOME);
    return store->table != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

int64_t kv_store_create(struct kv_store *store, const char *name)
{
    *store = (struct kv_store){
        .vas = vas_create(name),
        .seg = seg_create(name, 0, KV_STORE_BYTES_MAX, SEG_SPARSE | SEG_LOCKABLE)};
    int64_t status = store->vas < 0 ? store->vas : store->seg;
    if (status >= 0)
        status = seg_attach(store->vas, store->seg, DATA);
    if (status >= 0)
        status = fill_store(store);
    if (status < 0)
        kv_store_close(store);
    return status;
}

/* In a view of it. */
static struct kv_table *table_at(uint64_t base)
{
    struct segheap *heap = segheap_open((void *)base);
    return heap != NULL ? segheap_root(heap, ROOT) : NULL;
}

int64_t kv_store_open(struct kv_store *store, handle_t vas, handle_t seg)
{
    struct link_info link;
    *store = (struct kv_store){.vas = vas, .seg = seg};
    int64_t status = vas_link_info(vas, 0, &link);
    if (status == STATUS_OK)
        status = attach_views(store, seg != 0);
    if (status == STATUS_OK)
        status = vas_switch(store->reads);
    if (status >= 0) {
        store->table = table_at(link.base);
        vas_switch(HANDLE_HOME);
        status = store->table != NULL ? STATUS_OK : STATUS_NOT_FOUND;
    }
    if (status < 0)
        detach_views(store);
    return status;
}

/* --- under the lock --------------------------------------------------------------------------- */

/* An abandoned segment can be read as any other: see table.h. */
static int64_t enter_to_read(const struct kv_store *store)
{
    int64_t status = vas_switch(store->reads);
    return status < 0 ? status : STATUS_OK;
}

static int64_t enter_to_write(const struct kv_store *store)
{
    if (store->writes == 0)
        return STATUS_NO_RIGHT;
    int64_t status = vas_switch(store->writes);
    if (status != VAS_ABANDONED)
        return status;
    kv_table_settle(store->table);
    segheap_recover(store->table->heap);
    seg_mark_consistent(store->seg);
    return STATUS_OK;
}

static int64_t leave(int64_t result)
{
    vas_switch(HANDLE_HOME);
    return result;
}

/* Adds memory to the heap, of which it has no more: filled first, so that no touch of it fails. A
 * value can need more than one step. */
static int64_t grow(const struct kv_store *store)
{
    struct segheap *heap = store->table->heap;
    uint64_t had = segheap_bytes(heap);
    if (had + GROW_BYTES > KV_STORE_BYTES_MAX)
        return STATUS_NO_MEMORY;
    int64_t status = seg_fill(store->seg, had, GROW_BYTES);
    return status < 0 ? status : segheap_extend(heap, had + GROW_BYTES);
}

static bool key_is_good(struct kv_bytes key)
{
    return key.nbytes >= 1 && key.nbytes <= KV_KEY_BYTES_MAX;
}

int64_t kv_store_get(const struct kv_store *store, struct kv_bytes key, void *value, size_t room)
{
    if (!key_is_good(key))
        return STATUS_TOO_LARGE;
    int64_t status = enter_to_read(store);
    if (status < 0)
        return status;
    const struct kv_item *item = kv_table_find(store->table, key);
    if (item == NULL)
        return leave(STATUS_NOT_FOUND);
    memcpy(value, kv_item_value(item), item->value_bytes < room ? item->value_bytes : room);
    return leave(item->value_bytes);
}

int64_t kv_store_set(const struct kv_store *store, struct kv_bytes key, struct kv_bytes value)
{
    if (!key_is_good(key) || value.nbytes > KV_VALUE_BYTES_MAX)
        return STATUS_TOO_LARGE;
    int64_t status = enter_to_write(store);
    if (status < 0)
        return status;
    do
        status = kv_table_set(store->table, key, value);
    while (status == STATUS_NO_MEMORY && grow(store) == STATUS_OK);
    return leave(status);
}

int64_t kv_store_delete(const struct kv_store *store, struct kv_bytes key)
{
    if (!key_is_good(key))
        return STATUS_TOO_LARGE;
    int64_t status = enter_to_write(store);
    return status < 0 ? status : leave(kv_table_delete(store->table, key));
}

int64_t kv_store_count(const struct kv_store *store)
{
    int64_t status = enter_to_read(store);
    return status < 0 ? status : leave((int64_t)kv_table_count(store->table));
}

int64_t kv_store_check(const struct kv_store *store)
{
    int64_t status = enter_to_read(store);
    if (status < 0)
        return status;
    bool whole = kv_table_is_whole(store->table) && segheap_check(store->table->heap) == STATUS_OK;
    return leave(whole ? STATUS_OK : STATUS_BAD_ARGUMENT);
}
