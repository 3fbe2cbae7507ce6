/* What masters change: segments, places and VASes. See stress.h. */
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "main.h"
#include "stress.h"

struct segment {
    handle_t handle;
    uint64_t number;
    uint64_t empty; /* as in struct state */
};

/* Whoever has the lock of a place changes its segments and what is attached there, in every VAS;
 * with the locks of all places, also the VASes. */
static struct {
    volatile bool lock;
    struct segment segs[SEGS];
} places[PLACES];

static volatile handle_t vases[VASES];
static uint64_t incarnation;

static struct slot *slot_of(uint64_t vas, uint64_t place)
{
    return &BOARD->slots[vas][place];
}

static void expect(const struct me *me, int64_t status, const char *what, uint64_t place)
{
    if (status < 0)
        find(me, what, place, 0, (uint64_t)status, 0);
}

/* --- segments --------------------------------------------------------------------------------- */

static void seg_mark(const struct me *me, struct segment *seg, uint64_t place, uint64_t page)
{
    uint64_t word = word_of(MARK_PATTERN, seg->number, place, page);
    int64_t status = sys_seg_write(seg->handle, page * PAGE_BYTES, (uintptr_t)&word, sizeof(word));
    expect(me, status, "a segment that is not written", place);
    seg->empty &= ~((uint64_t)1 << page);
}

static void seg_make(struct me *me, struct segment *seg, uint64_t place)
{
    uint64_t flags = below(me, 2) == 0 ? SEG_EAGER : 0;
    uint64_t nbytes = place_pages(place) * PAGE_BYTES;
    seg->number = __atomic_add_fetch(&BOARD->highest, 1, __ATOMIC_RELAXED);
    seg->handle = seg_create_in(main_pool(), "stress", place_base(place), nbytes, flags);
    expect(me, seg->handle, "a segment that is not made", place);
    for (uint64_t page = 0; page < place_pages(place); page++)
        seg_mark(me, seg, place, page);
}

/* Every slot that has the segment is marked as in change; and what it has become then. */
static void seg_change(const struct segment *seg, uint64_t place)
{
    for (uint64_t vas = 0; vas < VASES; vas++)
        if (slot_of(vas, place)->state.number == seg->number)
            slot_of(vas, place)->version++;
}

static void seg_changed(const struct segment *seg, uint64_t place, bool gone)
{
    for (uint64_t vas = 0; vas < VASES; vas++) {
        struct slot *slot = slot_of(vas, place);
        if (slot->state.number != seg->number)
            continue;
        slot->state.empty = seg->empty;
        if (gone)
            slot->state.number = 0;
        slot->version++;
    }
}

static void discard(struct me *me, struct segment *seg, uint64_t place)
{
    uint64_t page = below(me, place_pages(place));
    uint64_t n = below(me, 4) == 0 ? place_pages(place) - page : 1;
    seg_change(seg, place);
    int64_t status = sys_seg_discard(seg->handle, page * PAGE_BYTES, n * PAGE_BYTES);
    expect(me, status, "a page that is not discarded", place);
    for (uint64_t i = page; i < page + n; i++)
        seg->empty |= (uint64_t)1 << i;
    seg_changed(seg, place, false);
    count(me, KIND_DISCARD);
}

static void mark_again(struct me *me, struct segment *seg, uint64_t place)
{
    seg_change(seg, place);
    for (uint64_t page = 0; page < place_pages(place); page++)
        if ((seg->empty >> page & 1) != 0)
            seg_mark(me, seg, place, page);
    seg_changed(seg, place, false);
}

static void revoke(struct me *me, struct segment *seg, uint64_t place)
{
    seg_change(seg, place);
    expect(me, sys_cap_revoke(seg->handle), "a segment that is not revoked", place);
    seg_changed(seg, place, true);
    count(me, KIND_REVOKE);
}

static void destroy(struct me *me, struct segment *seg, uint64_t place)
{
    seg_change(seg, place);
    expect(me, sys_object_destroy(seg->handle), "a segment that is not destroyed", place);
    seg_changed(seg, place, true);
    sys_cap_delete(seg->handle);
    seg->empty = 0;
    seg_make(me, seg, place);
    count(me, KIND_SEG);
}

/* --- places ----------------------------------------------------------------------------------- */

static uint64_t any_access(struct me *me)
{
    return below(me, 2) == 0 ? ACCESS_READ : ACCESS_DATA;
}

static struct segment *attached(const struct slot *slot, uint64_t place)
{
    struct segment *seg = places[place].segs;
    while (seg->number != slot->state.number)
        seg++;
    return seg;
}

static void attach(struct me *me, uint64_t vas, uint64_t place)
{
    struct slot *slot = slot_of(vas, place);
    const struct segment *seg = &places[place].segs[below(me, SEGS)];
    uint64_t access = any_access(me);
    slot->version++;
    int64_t status = sys_seg_attach(vases[vas], seg->handle, access);
    expect(me, status, "a segment that is not attached", place);
    slot->state.number = seg->number;
    slot->state.access = access;
    slot->state.empty = seg->empty;
    slot->version++;
    count(me, KIND_ATTACH);
}

static void detach(struct me *me, uint64_t vas, uint64_t place)
{
    struct slot *slot = slot_of(vas, place);
    slot->version++;
    int64_t status = sys_seg_detach(vases[vas], attached(slot, place)->handle);
    expect(me, status, "a segment that is not detached", place);
    slot->state.number = 0;
    slot->version++;
    count(me, KIND_DETACH);
}

static void set_access(struct me *me, uint64_t vas, uint64_t place)
{
    struct slot *slot = slot_of(vas, place);
    uint64_t access = any_access(me);
    slot->version++;
    int64_t status = sys_seg_set_access(vases[vas], attached(slot, place)->handle, access);
    expect(me, status, "an access that is not changed", place);
    slot->state.access = access;
    slot->version++;
    count(me, KIND_ACCESS);
}

/* A clone has the same at this place, and its end takes nothing from the VAS. */
static void clone(struct me *me, uint64_t vas, uint64_t place)
{
    handle_t copy = sys_vas_clone(vases[vas], ACCESS_READ, main_pool());
    handle_t view = sys_vas_attach(HANDLE_SELF, copy, ACCESS_READ);
    const struct slot *slot = slot_of(vas, place);
    if (slot->state.number != 0 && (slot->state.empty & 1) == 0 && vas_switch(view) == STATUS_OK) {
        uint64_t word = *(volatile uint64_t *)place_base(place);
        if (word != word_of(MARK_PATTERN, slot->state.number, place, 0))
            find(me, "another word in a clone", place, 0, word, slot->state.number);
    }
    expect(me, sys_object_destroy(copy), "a clone that is not destroyed", place);
    sys_cap_delete(copy);
    vas_switch(HANDLE_HOME);
    count(me, KIND_CLONE);
}

static void change_place(struct me *me, uint64_t place)
{
    uint64_t vas = below(me, VASES), what = below(me, 32);
    struct segment *seg = &places[place].segs[below(me, SEGS)];
    if (what < 3)
        discard(me, seg, place);
    else if (what < 8)
        mark_again(me, seg, place);
    else if (what < 9)
        revoke(me, seg, place);
    else if (what < 11)
        destroy(me, seg, place);
    else if (what < 12)
        clone(me, vas, place);
    else if (slot_of(vas, place)->state.number == 0)
        attach(me, vas, place);
    else if (what < 22)
        set_access(me, vas, place);
    else
        detach(me, vas, place);
}

/* --- VASes ------------------------------------------------------------------------------------ */

static void offer(uint64_t process, uint64_t vas)
{
    struct offer *place = &BOARD->offers[process][vas];
    handle_t handle = process == 0
                          ? vases[vas]
                          : sys_cap_place(main_child(process), vases[vas],
                                          RIGHT_VAS_VIEW | RIGHT_VAS_READ | RIGHT_VAS_WRITE, 0);
    place->handle = 0;
    place->incarnation = BOARD->slots[vas][0].state.incarnation;
    place->handle = handle > 0 ? handle : 0; /* the child may just have been killed */
}

static void vas_make(uint64_t vas)
{
    vases[vas] = vas_create_in(main_pool(), "stress");
    incarnation++;
    for (uint64_t place = 0; place < PLACES; place++) {
        slot_of(vas, place)->state.number = 0;
        slot_of(vas, place)->state.incarnation = incarnation;
        slot_of(vas, place)->version++;
    }
    for (uint64_t process = 0; process < PROCESSES; process++)
        offer(process, vas);
}

static void vas_drop(const struct me *me, uint64_t vas)
{
    for (uint64_t place = 0; place < PLACES; place++)
        slot_of(vas, place)->version++;
    expect(me, sys_object_destroy(vases[vas]), "a VAS that is not destroyed", 0);
    sys_cap_delete(vases[vas]);
}

static void change_vas(struct me *me)
{
    uint64_t nlocked = 0, vas = below(me, VASES);
    while (nlocked < PLACES && try_lock(&places[nlocked].lock))
        nlocked++;
    if (nlocked == PLACES) {
        vas_drop(me, vas);
        vas_make(vas);
        count(me, KIND_VAS);
    }
    while (nlocked > 0)
        unlock(&places[--nlocked].lock);
}

void change_something(struct me *me)
{
    uint64_t place = below(me, PLACES);
    vas_switch(HANDLE_HOME);
    if (below(me, 40) == 0) {
        change_vas(me);
    } else if (try_lock(&places[place].lock)) {
        change_place(me, place);
        unlock(&places[place].lock);
    }
}

/* VASes are made only by who has all locks, so one is enough to keep them as they are. */
void change_offer(uint64_t process)
{
    while (!try_lock(&places[0].lock))
        sys_thread_sleep(0);
    for (uint64_t vas = 0; vas < VASES; vas++)
        offer(process, vas);
    unlock(&places[0].lock);
}

/* --- the first and the last ------------------------------------------------------------------- */

bool change_begin(void)
{
    struct me me = {.random = 1};
    for (uint64_t vas = 0; vas < VASES; vas++) {
        for (uint64_t place = 0; place < PLACES; place++)
            slot_of(vas, place)->version = 1;
        vas_make(vas);
    }
    for (uint64_t place = 0; place < PLACES; place++)
        for (uint64_t i = 0; i < SEGS; i++)
            seg_make(&me, &places[place].segs[i], place);
    for (uint64_t vas = 0; vas < VASES; vas++)
        for (uint64_t place = 0; place < PLACES; place++)
            attach(&me, vas, place);
    return BOARD->nfindings == 0;
}

void change_end(void)
{
    for (uint64_t vas = 0; vas < VASES; vas++) {
        sys_object_destroy(vases[vas]);
        sys_cap_delete(vases[vas]);
    }
    for (uint64_t place = 0; place < PLACES; place++) {
        for (uint64_t i = 0; i < SEGS; i++) {
            sys_object_destroy(places[place].segs[i].handle);
            sys_cap_delete(places[place].segs[i].handle);
        }
    }
}
