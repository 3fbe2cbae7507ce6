/* Looking: what is seen must be what the board says. See stress.h. */
#include <vasco/vas.h>

#include "stress.h"

/* Looks in one stay. An access for which a fault is to be expected is made only in one of so many
 * cases: faults take the kernel lock, and where fewer CPUs emulate more than they are, a lock that
 * everybody wants is what takes all the time. */
#define LOOKS 3000
#define FAULTS 200

/* The views of this process. */
static struct {
    volatile bool lock;
    volatile handle_t handle;
    volatile uint64_t incarnation, access;
} views[VASES];

void find(const struct me *me, const char *what, uint64_t place, uint64_t page, uint64_t word,
          uint64_t expected)
{
    if (__atomic_fetch_add(&BOARD->nfindings, 1, __ATOMIC_RELAXED) == 0)
        BOARD->finding =
            (struct finding){what,    me->process, me->thread,
                             me->vas, place,       page,
                             word,    expected,    BOARD->slots[me->vas][place].version};
}

/* --- views ------------------------------------------------------------------------------------ */

static bool view_now(uint64_t vas, struct view *view)
{
    view->handle = views[vas].handle;
    view->incarnation = views[vas].incarnation;
    view->access = views[vas].access;
    return view->handle != 0 && views[vas].handle == view->handle;
}

static void attach(struct me *me, uint64_t vas)
{
    const struct offer *offer = &BOARD->offers[me->process][vas];
    handle_t handle = offer->handle;
    uint64_t incarnation = offer->incarnation;
    uint64_t access = below(me, 3) == 0 ? ACCESS_READ : ACCESS_DATA;
    if (handle == 0 || offer->handle != handle)
        return;
    handle_t view = sys_vas_attach(HANDLE_SELF, handle, access);
    if (view < 0)
        return; /* the VAS goes just now */
    views[vas].incarnation = incarnation;
    views[vas].access = access;
    views[vas].handle = view;
}

void change_view(struct me *me)
{
    uint64_t vas = below(me, VASES);
    if (!try_lock(&views[vas].lock))
        return;
    handle_t handle = views[vas].handle;
    if (handle == 0) {
        attach(me, vas);
    } else {
        int64_t status = sys_vas_detach(handle);
        if (status != STATUS_OK && status != STATUS_BAD_HANDLE)
            find(me, "a view that is not detached", 0, 0, (uint64_t)status, 0);
        views[vas].handle = 0;
        count(me, KIND_VIEW);
    }
    unlock(&views[vas].lock);
}

void drop_views(void)
{
    for (uint64_t vas = 0; vas < VASES; vas++) {
        sys_vas_detach(views[vas].handle);
        views[vas].handle = 0;
    }
}

/* --- one access ------------------------------------------------------------------------------- */

/* Instructions of 3 bytes, which the fault handler skips. */
static uint64_t load(uint64_t address)
{
    uint64_t word;
    __asm__ volatile("movq (%1), %0" : "=a"(word) : "c"(address) : "memory");
    return word;
}

static void store(uint64_t address, uint64_t word)
{
    __asm__ volatile("movq %0, (%1)" : "+a"(word) : "c"(address) : "memory");
}

/* What the board said before an access, and where that was. */
struct shot {
    struct slot slot;
    uint64_t place, page, refused;
    bool gone; /* the view was taken away, or its VAS destroyed */
};

static struct shot aim(const struct me *me, uint64_t place, uint64_t page)
{
    const struct slot *slot = &BOARD->slots[me->vas][place];
    struct shot shot = {.place = place, .page = page, .refused = me->refused};
    shot.gone = views[me->vas].handle != me->view.handle;
    shot.slot.version = slot->version;
    shot.slot.state = slot->state;
    shot.gone |= shot.slot.version % 2 == 0 &&
                 shot.slot.state.incarnation != me->view.incarnation &&
                 slot->version == shot.slot.version;
    return shot;
}

/* True if it is known what had to happen. A thread that could still touch something after its view
 * was gone is found here. */
static bool is_known(const struct me *me, const struct shot *shot)
{
    if (me->lost != me->lost_before)
        return false;
    if (shot->gone) {
        find(me, "a thread that still stands where nothing is", shot->place, shot->page, 0, 0);
        return false;
    }
    bool known = shot->slot.version % 2 == 0 &&
                 BOARD->slots[me->vas][shot->place].version == shot->slot.version;
    if (!known)
        count(me, KIND_RACED);
    return known;
}

/* A word of some segment that is or was at that place. */
static bool is_of_place(uint64_t word, uint64_t mark, const struct shot *shot)
{
    return word == 0 || word == NOTHING ||
           (word == word_of(mark, word_number(word), shot->place, shot->page) &&
            word_number(word) <= BOARD->highest);
}

static bool is_empty(const struct shot *shot)
{
    return (shot->slot.state.empty >> shot->page & 1) != 0;
}

static void check_load(const struct me *me, const struct shot *shot, uint64_t word)
{
    const volatile struct state *state = &shot->slot.state;
    uint64_t expected = state->number == 0 ? NOTHING
                        : is_empty(shot)
                            ? 0
                            : word_of(MARK_PATTERN, state->number, shot->place, shot->page);
    if (!is_of_place(word, MARK_PATTERN, shot))
        find(me, "a foreign word", shot->place, shot->page, word, expected);
    if (!is_known(me, shot))
        return;
    if (word != expected)
        find(me, "a stale word", shot->place, shot->page, word, expected);
    count(me, word == NOTHING ? KIND_REFUSED : KIND_LOAD);
}

static void check_store(const struct me *me, const struct shot *shot, uint64_t word, uint64_t found,
                        bool refused)
{
    const volatile struct state *state = &shot->slot.state;
    bool allowed = state->number != 0 && (state->access & me->view.access & ACCESS_WRITE) != 0;
    if (!is_of_place(found, MARK_STORED, shot))
        find(me, "a foreign word where this thread stores", shot->place, shot->page, found, word);
    if (!is_known(me, shot))
        return;
    if (refused == allowed)
        find(me, allowed ? "a store refused" : "a store that had to be refused", shot->place,
             shot->page, found, word);
    else if (!refused && found != word)
        find(me, "a store that went elsewhere", shot->place, shot->page, found, word);
    count(me, refused ? KIND_REFUSED : KIND_STORE);
}

static uint64_t address_of(const struct shot *shot)
{
    return place_base(shot->place) + shot->page * PAGE_BYTES;
}

/* --- a stay ----------------------------------------------------------------------------------- */

static void look_once(struct me *me)
{
    uint64_t place = below(me, PLACES), page = below(me, place_pages(place));
    struct shot shot = aim(me, place, page);
    bool stores = below(me, 3) == 0;
    bool faults = shot.slot.state.number == 0 ||
                  (stores && (shot.slot.state.access & me->view.access & ACCESS_WRITE) == 0);
    if (faults && below(me, FAULTS) != 0)
        return;
    if (stores) {
        uint64_t word = word_of(MARK_STORED, shot.slot.state.number, place, page);
        uint64_t mine = 8 * (1 + me->process * THREADS + me->thread);
        store(address_of(&shot) + mine, word);
        bool refused = me->refused != shot.refused;
        check_store(me, &shot, word, refused ? NOTHING : load(address_of(&shot) + mine), refused);
    } else {
        check_load(me, &shot, load(address_of(&shot)));
    }
}

static bool go(struct me *me)
{
    struct view view;
    me->vas = below(me, VASES);
    me->lost_before = me->lost;
    if (!view_now(me->vas, &view) || vas_switch(view.handle) != STATUS_OK)
        return false;
    me->view = view;
    return true;
}

void look(struct me *me)
{
    if (!go(me))
        return;
    for (uint64_t n = 1 + below(me, LOOKS); n > 0 && me->lost == me->lost_before; n--) {
        look_once(me);
        BOARD->beats[me->process][me->thread]++;
    }
    if (me->lost != me->lost_before)
        count(me, KIND_LOST);
    me->view.handle = 0;
    if (below(me, 2) == 0)
        vas_switch(HANDLE_HOME);
}
