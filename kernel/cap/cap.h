/*
 * floor 5: capabilities, the tables that hold them, and who was derived from whom.
 *
 *   table of a process                         derivation, across all tables
 *   directory -> page of 64 slots              first cap of an object
 *                page of 64 slots                 +-- child (fewer rights)
 *                ...                              |     +-- its child
 *                                                 +-- a view or a link: attachments are derived too
 *
 * Capabilities without a parent are on a list of their object, so that all that name an object can
 * be found. Whatever touches many capabilities is cut into steps that take constant time; between
 * two steps everything below holds.
 *
 * Invariants:
 *   C1  a used slot holds its own handle; a free slot holds 0, and its generation is newer than
 *       every handle that ever named it
 *   C2  a capability keeps its object alive, unless it is weak: a process does not keep itself
 *   C3  a child's rights are a subset of its parent's where both name the same object, or its
 *       parent is being removed and has none left; so nothing can be derived from it any more
 *   C4  a capability that is in a list of siblings is in exactly one: its parent's children, or its
 *       object's capabilities; a buried one is in none
 *
 * The fast path of the switch reads `pages`, `npages` and the first words of a slot without a lock
 * (arch/x86_64/trap/entry.asm), while another CPU may change them: a slot's handle is written last
 * and taken away first, and a page is there before it is counted. A slot that has held a view holds
 * nothing else afterwards, and is free only when no switch that has found its handle is under way:
 * so a switch never takes one capability for the next in its slot.
 */
#ifndef VASCO_CAP_CAP_H
#define VASCO_CAP_CAP_H

#include "base/status.h"
#include "cap/object.h"

#define CAP_WEAK 0x8000   /* in rights: this capability does not keep its object */
#define CAP_SLOWLY 0x4000 /* in rights: not for the fast path of the switch */
#define CAP_RIGHTS 0x0fff

#define CAP_MEETS 0x80      /* in `quick`: threads wait at its object, or are inside */
#define CAP_CALLS_GATE 0x81 /* and the fast path of gates may use it */

struct cap {
    handle_t handle; /* 0: free, or not in a table */
    struct object *object;
    uint8_t type;
    uint8_t quick; /* CAP_MEETS, CAP_CALLS_GATE */
    uint16_t rights;
    uint32_t generation; /* of the slot */
    uint64_t badge;      /* in a free slot: its place, as in a handle */
    struct cap *parent;
    struct cap *children; /* the first child */
    struct cap *next;     /* sibling, null-terminated; in a free slot: next free slot */
    struct cap *prev;
};
_Static_assert(sizeof(struct cap) == 64, "one cache line; HANDLE_SLOT_SHIFT says so too");

#define CAPS_PER_PAGE 64
#define CAP_PAGES_DIRECT 8
#define CAP_PAGES_MAX 512

struct cap_table {
    struct pool *pool; /* that its memory is charged to */
    struct cap **pages;
    uint32_t npages;
    uint32_t ncaps;
    struct cap *free[2]; /* free slots but the fresh ones: but for views, and for views */
    uint32_t fresh;      /* slots of the last page that were used at all */
    struct cap *direct[CAP_PAGES_DIRECT];
};

void cap_table_init(struct cap_table *table, struct pool *pool);

/* One step of emptying a table and giving its memory back; true when that is done. */
bool cap_table_clear_some(struct cap_table *table);

/* Makes sure that the next cap_insert into the table succeeds: of anything but a view; of a
 * view. */
status_t must_check cap_reserve(struct cap_table *table);
status_t must_check cap_reserve_view(struct cap_table *table);

/* The same for the next `n` of them, at most CAPS_PER_PAGE, of anything but views. */
status_t must_check cap_reserve_many(struct cap_table *table, uint32_t n);

/* Puts a capability into a reserved slot and refers to the object. `parent` may be null. */
struct cap *cap_insert(struct cap_table *table, struct cap *parent, struct object *object,
                       uint16_t rights, uint64_t badge);

/* The same for a capability inside its object, in no table. */
void cap_embed(struct cap *cap, struct cap *parent, struct object *object, uint16_t rights);

/* Makes a capability the child of another one, and gives it other rights. It has no children. */
void cap_move(struct cap *cap, struct cap *parent, uint16_t rights);

/* One step of removing a capability; its children become its parent's. True when it is gone. From
 * the first step on it carries no rights. May end the object. */
bool cap_remove_some(struct cap *cap);

/* Removes a capability that has no children. */
void cap_remove(struct cap *cap);

/*
 * One step of removing all descendants of a capability, in every table, and every attachment made
 * through them; true when there are none. Each descendant is touched once when its parent goes and
 * once when it goes itself.
 */
bool cap_revoke_some(struct cap *cap);

/* One step of burying the capabilities to a dead object: each stays in its table and answers
 * DESTROYED, but no longer refers to the object. True when none is left. */
bool cap_bury_some(struct object *object);

/* The capability that a handle names. BAD_HANDLE, or DESTROYED when its object is dead; *out is
 * then set all the same, since a dead capability can still be deleted. */
static inline status_t must_check cap_lookup(const struct cap_table *table, handle_t handle,
                                             struct cap **out)
{
    uint64_t page = (uint32_t)handle >> HANDLE_PAGE_SHIFT;
    if (unlikely(page >= table->npages))
        return STATUS_BAD_HANDLE;
    uint64_t slot = ((uint64_t)handle & HANDLE_SLOT_MASK); /* in bytes, since one has 64 */
    struct cap *cap = (struct cap *)((char *)table->pages[page] + slot);
    if (unlikely(cap->handle != handle || handle == 0))
        return STATUS_BAD_HANDLE;
    *out = cap;
    return unlikely(cap->object->dead) ? STATUS_DESTROYED : STATUS_OK;
}

/* Is it of this type and has at least these rights? WRONG_TYPE, NO_RIGHT. */
static inline status_t must_check cap_check(const struct cap *cap, uint16_t type, uint64_t rights)
{
    if (cap->type != type)
        return STATUS_WRONG_TYPE;
    return (cap->rights & rights) == rights ? STATUS_OK : STATUS_NO_RIGHT;
}

/* Lookup and check in one. */
static inline status_t must_check cap_find(const struct cap_table *table, handle_t handle,
                                           uint16_t type, uint64_t rights, struct cap **out)
{
    TRY(cap_lookup(table, handle, out));
    return cap_check(*out, type, rights);
}

/*
 * One step of looking for the next capability of a table, from the slot number *slot on. True when
 * the search is over: *out is its handle, or 0 if there is none.
 */
bool cap_next_some(const struct cap_table *table, uint64_t *slot, handle_t *out);

/* The number of the slot that a handle names, there or not. */
static inline uint64_t handle_slot(handle_t handle)
{
    return (uint32_t)handle >> HANDLE_SLOT_SHIFT;
}

/* Counts no further than `most`. */
uint64_t cap_count_children(const struct cap *cap, uint64_t most);

#endif
