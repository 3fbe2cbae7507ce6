/*
 * The table of a process: slots, handles, lookup. A table grows page by page and never shrinks
 * before its process ends, so that a slot's generation is never forgotten.
 */
#include <arch/phys.h>

#include "base/assert.h"
#include "base/string.h"
#include "cap/cap.h"
#include "mem/frame.h"
#include "mem/pool.h"

#define GENERATION_MAX INT32_MAX

void cap_table_init(struct cap_table *table, struct pool *pool)
{
    *table = (struct cap_table){.pool = pool, .fresh = CAPS_PER_PAGE};
    table->pages = table->direct;
}

static void table_free_frame(struct cap_table *table, void *frame)
{
    frame_free(ptr_to_paddr(frame));
    pool_refund(table->pool, 1);
}

/* Moves the directory out of the table into a frame of its own, which has been charged. */
static void directory_grow(struct cap_table *table)
{
    void *directory = paddr_to_ptr(frame_take(FRAME_CAPS, table));
    memcpy(directory, table->direct, sizeof(table->direct));
    __atomic_store_n(&table->pages, directory, __ATOMIC_RELEASE);
}

static status_t table_add_page(struct cap_table *table)
{
    if (table->npages == CAP_PAGES_MAX)
        return STATUS_NO_SLOT;
    bool grow = table->npages == CAP_PAGES_DIRECT;
    TRY(pool_charge(table->pool, grow ? 2 : 1));
    if (grow)
        directory_grow(table);
    table->pages[table->npages] = paddr_to_ptr(frame_take(FRAME_CAPS, table));
    __atomic_store_n(&table->npages, table->npages + 1, __ATOMIC_RELEASE);
    table->fresh = 0;
    return STATUS_OK;
}

static status_t reserve(struct cap_table *table, bool view)
{
    if (table->free[view] != NULL || table->fresh < CAPS_PER_PAGE)
        return STATUS_OK;
    return table_add_page(table);
}

status_t cap_reserve(struct cap_table *table)
{
    return reserve(table, false);
}

status_t cap_reserve_view(struct cap_table *table)
{
    return reserve(table, true);
}

static bool has_free(const struct cap_table *table, uint32_t n)
{
    for (const struct cap *slot = table->free[false]; slot != NULL && n > 0; slot = slot->next)
        n--;
    return n <= CAPS_PER_PAGE - table->fresh;
}

/* Makes a slot that was never used a free one. */
static void slot_prepare(struct cap *slot, uint64_t page, uint64_t place)
{
    slot->badge = (uint64_t)HANDLE_OF(page, place, 0);
    slot->generation = 1;
}

/* A slot that was never used. */
static struct cap *slot_fresh(struct cap_table *table)
{
    ASSERT(table->fresh < CAPS_PER_PAGE);
    uint64_t page = table->npages - 1;
    struct cap *slot = &table->pages[page][table->fresh];
    slot_prepare(slot, page, table->fresh);
    table->fresh++;
    return slot;
}

/* What is left of the last page goes among the free slots when another page follows. */
status_t cap_reserve_many(struct cap_table *table, uint32_t n)
{
    uint32_t page = table->npages - 1, fresh = table->fresh;
    if (likely(has_free(table, n)))
        return STATUS_OK;
    TRY(table_add_page(table));
    for (; fresh < CAPS_PER_PAGE; fresh++) {
        struct cap *slot = &table->pages[page][fresh];
        slot_prepare(slot, page, fresh);
        slot->next = table->free[false];
        table->free[false] = slot;
    }
    return STATUS_OK;
}

/* A free slot, and the handle that it is to get. */
static struct cap *slot_take(struct cap_table *table, bool view, handle_t *handle)
{
    struct cap *slot = table->free[view];
    if (slot != NULL)
        table->free[view] = slot->next;
    else
        slot = slot_fresh(table);
    *handle = (handle_t)((uint64_t)slot->generation << HANDLE_GENERATION_SHIFT | slot->badge);
    table->ncaps++;
    return slot;
}

/* Frees a slot. One that has used up its generations is never used again. `object` stays as it is:
 * a switch that has just found the handle reads it, and what it points to lasts until that switch
 * has ended (view_release). */
static void slot_put(struct cap *slot)
{
    struct cap_table *table = frame_of(ptr_to_paddr(slot))->owner;
    bool view = slot->type == OBJECT_VIEW;
    uint64_t place = (uint64_t)slot->handle & (((uint64_t)1 << HANDLE_GENERATION_SHIFT) - 1);
    __atomic_store_n(&slot->handle, 0, __ATOMIC_RELEASE);
    slot->type = slot->quick = 0;
    slot->rights = 0;
    slot->generation++;
    slot->badge = place;
    slot->parent = slot->children = slot->next = slot->prev = NULL;
    table->ncaps--;
    if (slot->generation > GENERATION_MAX)
        return;
    slot->next = table->free[view];
    table->free[view] = slot;
}

/* Where a capability stands among its siblings. */
static struct cap **siblings(struct cap *parent, struct object *object)
{
    return parent != NULL ? &parent->children : &object->caps;
}

static inlined void link_to_parent(struct cap *cap, struct cap *parent)
{
    struct cap **first = siblings(parent, cap->object);
    cap->parent = parent;
    cap->prev = NULL;
    cap->next = *first;
    if (cap->next != NULL)
        cap->next->prev = cap;
    *first = cap;
}

static inlined void unlink_from_parent(struct cap *cap)
{
    if (cap->next != NULL)
        cap->next->prev = cap->prev;
    if (cap->prev != NULL)
        cap->prev->next = cap->next;
    else
        *siblings(cap->parent, cap->object) = cap->next;
}

static uint8_t quick_of(uint16_t type, uint16_t rights)
{
    if (type < OBJECT_ENDPOINT || type >= OBJECT_TYPES)
        return 0;
    return type == OBJECT_GATE && (rights & RIGHT_GATE_CALL) != 0 ? CAP_CALLS_GATE : CAP_MEETS;
}

static void cap_fill(struct cap *cap, struct cap *parent, struct object *object, uint16_t rights)
{
    cap->object = object;
    cap->type = (uint8_t)object->type;
    cap->rights = rights;
    cap->quick = quick_of(object->type, rights);
    cap->children = NULL;
    link_to_parent(cap, parent);
    if (!(rights & CAP_WEAK))
        object_get(object);
}

struct cap *cap_insert(struct cap_table *table, struct cap *parent, struct object *object,
                       uint16_t rights, uint64_t badge)
{
    handle_t handle;
    struct cap *cap = slot_take(table, object->type == OBJECT_VIEW, &handle);
    cap_fill(cap, parent, object, rights);
    cap->badge = badge;
    __atomic_store_n(&cap->handle, handle, __ATOMIC_RELEASE); /* last: now it can be found */
    return cap;
}

void cap_embed(struct cap *cap, struct cap *parent, struct object *object, uint16_t rights)
{
    cap->handle = 0;
    cap->badge = 0;
    cap->generation = 0;
    cap_fill(cap, parent, object, rights);
}

void cap_move(struct cap *cap, struct cap *parent, uint16_t rights)
{
    ASSERT(cap->children == NULL);
    unlink_from_parent(cap);
    link_to_parent(cap, parent);
    cap->rights = rights;
}

static bool is_buried(const struct cap *cap)
{
    return cap->object == &object_grave;
}

/* A capability loses its place in the tree, and its object a reference. */
static inlined void let_go(struct cap *cap, bool keep_slot)
{
    struct object *object = cap->object;
    bool weak = (cap->rights & CAP_WEAK) != 0;
    if (!is_buried(cap))
        unlink_from_parent(cap);
    if (keep_slot) {
        cap->parent = cap->next = cap->prev = NULL;
        cap->object = &object_grave;
        cap->rights = CAP_WEAK;
        cap->quick = 0;
    } else if (cap->handle != 0) {
        slot_put(cap);
    }
    if (!weak)
        object_put(object);
}

/* At its object threads wait; who waits at one that is dead will hear of it anyway. */
static inlined bool leads_to_meeting(const struct cap *cap)
{
    return unlikely((cap->quick & CAP_MEETS) != 0) && !cap->object->dead;
}

static rarely void let_go_of_meeting(struct cap *cap, bool keep_slot)
{
    object_cap_leaves(cap->object, cap);
    let_go(cap, keep_slot);
}

static inlined void cap_let_go(struct cap *cap, bool keep_slot)
{
    if (leads_to_meeting(cap))
        let_go_of_meeting(cap, keep_slot);
    else
        let_go(cap, keep_slot);
}

/* Gives the first child to the parent. */
static void raise_child(struct cap *cap)
{
    struct cap *child = cap->children;
    unlink_from_parent(child);
    link_to_parent(child, cap->parent);
}

/* Without its rights it is no good to who waits through it. */
static rarely bool remove_some_of_meeting(struct cap *cap)
{
    if (cap->children == NULL) {
        let_go_of_meeting(cap, false);
        return true;
    }
    if ((cap->rights & CAP_RIGHTS) != 0)
        object_cap_leaves(cap->object, cap);
    cap->rights &= CAP_WEAK;
    cap->quick = CAP_MEETS;
    raise_child(cap);
    return false;
}

bool cap_remove_some(struct cap *cap)
{
    if (leads_to_meeting(cap))
        return remove_some_of_meeting(cap);
    if (cap->children != NULL) {
        cap->rights &= CAP_WEAK;
        raise_child(cap);
        return false;
    }
    let_go(cap, false);
    return true;
}

void cap_remove(struct cap *cap)
{
    ASSERT(cap->children == NULL);
    cap_let_go(cap, false);
}

bool cap_revoke_some(struct cap *cap)
{
    if (cap->children != NULL)
        (void)cap_remove_some(cap->children);
    return cap->children == NULL;
}

bool cap_bury_some(struct object *object)
{
    struct cap *cap = object->caps;
    if (cap == NULL)
        return true;
    if (cap->children != NULL)
        raise_child(cap);
    else
        cap_let_go(cap, true);
    return false;
}

/* From the last page to the first: a page goes when its last capability has gone. */
bool cap_table_clear_some(struct cap_table *table)
{
    if (table->npages == 0) {
        if (table->pages != table->direct)
            table_free_frame(table, table->pages);
        cap_table_init(table, table->pool);
        return true;
    }
    struct cap *page = table->pages[table->npages - 1];
    while (table->fresh > 0 && page[table->fresh - 1].handle == 0)
        table->fresh--;
    if (table->fresh > 0) {
        (void)cap_remove_some(&page[table->fresh - 1]);
        return false;
    }
    table_free_frame(table, page);
    table->npages--;
    table->fresh = CAPS_PER_PAGE;
    return false;
}

/* A step is a page. */
bool cap_next_some(const struct cap_table *table, uint64_t *slot, handle_t *out)
{
    uint64_t page = *slot / CAPS_PER_PAGE;
    *out = 0;
    if (page >= table->npages)
        return true;
    uint64_t fresh = page + 1 == table->npages ? table->fresh : CAPS_PER_PAGE;
    for (uint64_t i = *slot % CAPS_PER_PAGE; i < fresh && *out == 0; i++)
        *out = table->pages[page][i].handle;
    *slot = (page + 1) * CAPS_PER_PAGE;
    return *out != 0;
}

uint64_t cap_count_children(const struct cap *cap, uint64_t most)
{
    uint64_t count = 0;
    for (const struct cap *child = cap->children; child != NULL && count < most;
         child = child->next)
        count++;
    return count;
}
