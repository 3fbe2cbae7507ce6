/* What user code finds when it looks for arguments: users.h. */
#include "abi/objects.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "users.h"

static bool looking;

void look(void)
{
    stores_show_all();
    looking = true;
}

void looked(void)
{
    if (looking)
        stores_hide_all();
    looking = false;
}

void call6(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
           uint64_t a5)
{
    looked();
    entry_call(number, a0, a1, a2, a3, a4, a5);
}

void call(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2)
{
    call6(number, a0, a1, a2, 0, 0, 0);
}

bool is_init(void)
{
    return process_on(running) == world_init;
}

/* The first process must not end, so it leaves itself and its buffer alone. */
static bool is_taboo(const struct cap *cap)
{
    if (cap->object == &world_buffer->object)
        return true;
    return is_init() && (cap->handle == HANDLE_SELF || cap->handle == HANDLE_HOME);
}

#define for_each_slot(cap, caps)                                                                   \
    for (uint32_t page = 0; page < (caps)->npages; page++)                                         \
        for (const struct cap *cap = (caps)->pages[page];                                          \
             cap < (caps)->pages[page] + CAPS_PER_PAGE; cap++)

const struct cap *find(uint16_t type, uint32_t *n)
{
    const struct cap_table *caps = running->cpu.caps;
    const struct cap *found = NULL;
    *n = 0;
    for_each_slot(cap, caps)
    {
        bool fits = type == OBJECT_NONE || (cap->type == type && !cap->object->dead);
        if (cap->handle != 0 && fits && !is_taboo(cap) && SELDOM(++*n))
            found = cap;
    }
    return found;
}

uint64_t any(uint16_t type)
{
    uint32_t n;
    const struct cap *cap = find(type, &n);
    return cap != NULL ? (uint64_t)cap->handle : 0;
}

uint32_t count(uint16_t type)
{
    uint32_t n;
    (void)find(type, &n);
    return n;
}

uint64_t handle_of(const struct object *object)
{
    const struct cap_table *caps = running->cpu.caps;
    for_each_slot(cap, caps)
    {
        if (cap->handle != 0 && cap->object == object && !is_taboo(cap))
            return (uint64_t)cap->handle;
    }
    return 0;
}

/* The handle that a free slot will have: of the one that is used next, or of any. */
uint64_t guess(void)
{
    const struct cap_table *caps = running->cpu.caps;
    const struct cap *slot = caps->free[1]; /* views' */
    if (slot == NULL || SELDOM(4))
        slot = &caps->pages[choose(caps->npages)][choose(CAPS_PER_PAGE)];
    return (uint64_t)slot->generation << HANDLE_GENERATION_SHIFT | slot->badge;
}

/* --- segments and spaces ---------------------------------------------------------------------- */

uint64_t sample(uint64_t nbytes)
{
    switch (choose(4)) {
    case 0:
        return nbytes - PAGE_SIZE;
    case 1:
        return align_down(nbytes / 2, PAGE_SIZE);
    default:
        return choose(2) * PAGE_SIZE;
    }
}

const struct seg *any_seg(uint64_t *handle)
{
    uint32_t n;
    const struct cap *cap = find(OBJECT_SEG, &n);
    if (cap == NULL)
        return NULL;
    *handle = (uint64_t)cap->handle;
    return container_of(cap->object, struct seg, object);
}

const struct link *any_link(const struct space *space)
{
    const struct link *found = NULL;
    uint32_t n = 0;
    list_for_each(node, &space->links) {
        if (SELDOM(++n))
            found = list_item(node, struct link, in_space);
    }
    return found;
}

uint64_t any_access(void)
{
    static const uint64_t some[] = {ACCESS_READ, ACCESS_READ | ACCESS_WRITE,
                                    ACCESS_READ | ACCESS_WRITE, ACCESS_READ | ACCESS_EXECUTE};
    return some[choose(array_count(some))];
}

uint64_t any_space(const struct seg *seg)
{
    if (seg->range.base.v >= HOME_END)
        return any(OBJECT_VAS);
    return SELDOM(2) ? (uint64_t)HANDLE_SELF : any(OBJECT_PROCESS);
}

uint64_t handle_of_space(struct space *space)
{
    if (space->kind == SPACE_VAS)
        return handle_of(&container_of(space, struct vas, space)->object);
    const struct process *process = container_of(space, struct process, home);
    return process == process_on(running) ? (uint64_t)HANDLE_SELF : handle_of(&process->object);
}
